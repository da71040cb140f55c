using Winnow.Catalog;
using Winnow.Samples;

namespace Winnow.Policies;

public static partial class PolicyCatalog
{
    /// <summary>Every sample in every epoch: the control that pruning is measured against.</summary>
    public static Method<IPruningPolicy> Full => new("full",
        "Visit every sample in every epoch: the control that pruning is measured against.",
        "baseline", [], static _ => new FullPolicy());
}

/// <summary>Every sample in every epoch, weight 1.</summary>
public sealed record FullPolicy : IPruningPolicy
{
    /// <summary>The canonical spec.</summary>
    public override string ToString() => PolicyCatalog.Full.SpecOf();

    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns => [];

    /// <inheritdoc/>
    public IReadOnlyList<Signal> Needs => [];

    /// <inheritdoc/>
    public void Observe(SampleTable samples, in BatchSignals batch) { }

    /// <inheritdoc/>
    public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights) => weights.Fill(1f);
}
