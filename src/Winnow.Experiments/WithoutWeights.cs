using Winnow.Policies;
using Winnow.Policies.Modifiers;
using Winnow.Samples;

namespace Winnow.Experiments;

/// <summary>A policy whose visited samples all count the same: the ablation that shows what its weights are worth.</summary>
/// <param name="inner">The policy inside.</param>
public sealed class WithoutWeights(IPruningPolicy inner) : PolicyModifier(inner)
{
    /// <inheritdoc/>
    public override IBatchSelection? BatchSelection => base.BatchSelection is { } selection ? new Selection(selection) : null;

    /// <inheritdoc/>
    public override void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
    {
        base.Plan(epoch, samples, weights);
        Flatten(weights);
    }

    /// <summary>Whether a policy ever gives a visited sample another weight than 1. Found by a rehearsal, since no policy says so of itself.</summary>
    /// <param name="policy">The policy.</param>
    public static bool Matters(IPruningPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return PolicyProbe.Of(policy, RehearsedEpochs).Rescales;
    }

    private const int RehearsedEpochs = 16;

    private static void Flatten(Span<float> weights)
    {
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = weights[i] == 0 ? 0 : 1;
        }
    }

    private sealed class Selection(IBatchSelection inner) : IBatchSelection
    {
        public bool SelectsAt(double progress, long step) => inner.SelectsAt(progress, step);

        public void Select(in BatchSelectionContext context, ReadOnlySpan<float> losses, Span<float> weights)
        {
            inner.Select(context, losses, weights);
            Flatten(weights);
        }
    }
}
