using Winnow.Catalog;

namespace Winnow.Networks.Budgets;

public static partial class BudgetCatalog
{
    /// <summary>The same density in each layer.</summary>
    public static Method<IBudget> Uniform => new("uniform",
        "Keep the same share of each layer.",
        "baseline; Zhu and Gupta, To prune, or not to prune, ICLR 2018 workshop",
        [],
        static _ => new UniformBudget());
}

/// <summary>The same density in each layer: density · size, rounded by largest remainder so that the total is exact and no layer is off by one or more.</summary>
public sealed record UniformBudget : IBudget
{
    /// <inheritdoc/>
    public bool NeedsScores => false;

    /// <inheritdoc/>
    public bool SetsDensity => false;

    /// <inheritdoc/>
    public long[] Share(IReadOnlyList<BudgetLayer> layers, long keep) => ClaimShares.Of(this, layers, static layer => layer.Count, keep);
}
