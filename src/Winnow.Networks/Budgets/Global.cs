using Winnow.Catalog;

namespace Winnow.Networks.Budgets;

public static partial class BudgetCatalog
{
    /// <summary>The largest scores of the whole network.</summary>
    public static Method<IBudget> Global => new("global",
        "Keep the largest scores of the whole network, wherever they are.",
        "Frankle and Carbin, The Lottery Ticket Hypothesis, ICLR 2019",
        [],
        static _ => new GlobalBudget());
}

/// <summary>The largest scores of all layers together; of equal ones those of the earlier layer, then of the lower index. A layer may be left with nothing: scores have to be comparable from layer to layer.</summary>
public sealed record GlobalBudget : IBudget
{
    /// <inheritdoc/>
    public bool NeedsScores => true;

    /// <inheritdoc/>
    public bool SetsDensity => false;

    /// <inheritdoc/>
    public long[] Share(IReadOnlyList<BudgetLayer> layers, long keep) => LargestScores.Counts(layers, keep);
}
