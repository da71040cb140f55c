using Winnow.Policies;
using Winnow.Policies.Modifiers;
using Winnow.Samples;

namespace Winnow.Training.Comparing;

/// <summary>A policy whose visited samples all count the same: the ablation that shows what its weights are worth.</summary>
/// <param name="inner">The policy inside.</param>
public sealed class WithoutWeights(IPruningPolicy inner) : PolicyModifier(inner)
{
    /// <inheritdoc/>
    public override void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
    {
        base.Plan(epoch, samples, weights);
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = weights[i] == 0 ? 0 : 1;
        }
    }

    /// <summary>Whether a policy ever gives a visited sample another weight than 1. Found by a rehearsal, since no policy says so of itself.</summary>
    /// <param name="policy">The policy.</param>
    public static bool Matters(IPruningPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return PolicyHabits.Of(policy, RehearsedEpochs).Rescales;
    }

    private const int RehearsedEpochs = 16;
}
