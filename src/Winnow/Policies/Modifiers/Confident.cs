using Winnow.Catalog;
using Winnow.Samples;

namespace Winnow.Policies.Modifiers;

public static partial class ModifierCatalog
{
    /// <summary>Leave out only what is surely right.</summary>
    public static Method<Func<IPruningPolicy, IPruningPolicy>> Confident => new("confident",
        "Visit every sample whose last prediction wasn't right with some confidence, whatever its loss.",
        "a guard; the condition of KAKURENBO (Nguyen et al., NeurIPS 2023) on its own",
        [new("tau", 0.7, 0, 1, "the confidence that a right prediction must have for its sample to be left out") { MinOpen = true, Example = "0.9" }],
        static p => inner => new ConfidentGuard(inner, p["tau"]));
}

/// <summary>
/// A guard: a sample is visited with weight 1, whatever the inner policy says, unless its last prediction was right with confidence at least
/// <paramref name="tau"/>. A sample without a prediction isn't right. A weight above 1, by which a drawn sample stands for others, becomes 1
/// for it too: it doesn't depend on the draw any more.
/// </summary>
/// <param name="inner">The policy inside.</param>
/// <param name="tau">The confidence, in (0, 1].</param>
public sealed class ConfidentGuard(IPruningPolicy inner, double tau) : PolicyModifier(inner)
{
    private static readonly Column s_certainty = new("confident/certainty");

    private readonly string _spec = ModifierCatalog.Confident.SpecOf(("tau", tau));

    private readonly float _tau = tau is > 0 and <= 1 ? (float)tau : throw new ArgumentOutOfRangeException(nameof(tau), tau, "tau is a probability, in (0, 1]");

    /// <inheritdoc/>
    protected override IReadOnlyList<Column> OwnColumns => [s_certainty];

    /// <inheritdoc/>
    protected override string OwnSpec => _spec;

    /// <inheritdoc/>
    public override IReadOnlyList<Signal> Needs => [.. base.Needs.Union([Signal.Confidence, Signal.Correct])];

    /// <inheritdoc/>
    public override void Observe(SampleTable samples, in BatchSignals batch)
    {
        ArgumentNullException.ThrowIfNull(samples);
        Certainty.Store(samples[s_certainty], batch);
        base.Observe(samples, batch);
    }

    /// <inheritdoc/>
    public override void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
    {
        ArgumentNullException.ThrowIfNull(samples);
        base.Plan(epoch, samples, weights);
        ForcedVisits.Below(samples[s_certainty], _tau, weights, epoch.Threads);
    }
}
