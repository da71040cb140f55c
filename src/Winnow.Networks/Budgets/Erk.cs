using Winnow.Catalog;

namespace Winnow.Networks.Budgets;

public static partial class BudgetCatalog
{
    /// <summary>Erdős–Rényi with kernel extents.</summary>
    public static Method<IBudget> Erk => new("erk",
        "Keep more of small layers: in proportion to the sum of a layer's extents.",
        "Evci et al., Rigging the Lottery, ICML 2020; Liu et al., The Unreasonable Effectiveness of Random Pruning, ICLR 2022",
        [
            new("power", 1, 0, 10, "the exponent of sum over product of the extents; 0 is uniform") { Example = "0.5" },
            Parameter.Choice("classifier", "whether the last layer is kept whole (ERK+)", "sparse", "dense"),
        ],
        static p => new ErkBudget(p["power"]) { DenseClassifier = p.Choice("classifier") == "dense" });

    /// <summary>Erdős–Rényi by the first two extents.</summary>
    public static Method<IBudget> Er => new("er",
        "Keep more of small layers: in proportion to the sum of a layer's outputs and inputs.",
        "Mocanu et al., Scalable training of artificial neural networks with adaptive sparse connectivity, Nature Communications 2018",
        [
            new("power", 1, 0, 10, "the exponent of sum over product of outputs and inputs; 0 is uniform") { Example = "0.5" },
            Parameter.Choice("classifier", "whether the last layer is kept whole", "sparse", "dense"),
        ],
        static p => new ErkBudget(p["power"]) { Kernel = false, DenseClassifier = p.Choice("classifier") == "dense" });
}

/// <summary>
/// Density d_l = min(1, ε · (sum of extents / product of extents)^power), with the ε for which Σ d_l · n_l is the budget; layers above 1 are dense and the others share the rest. Published programs then
/// draw a coin a weight, so that the total is only near; here it is exact.
/// </summary>
/// <param name="Power">The exponent, at least 0; 0 is uniform. Default 1.</param>
public sealed record ErkBudget(double Power = 1) : IBudget
{
    /// <summary>Whether kernel extents count as well as outputs and inputs: ERK with them, ER without. Default true.</summary>
    public bool Kernel { get; init; } = true;

    /// <summary>Whether the last layer of the list is kept whole: ERK+. Default false.</summary>
    public bool DenseClassifier { get; init; }

    /// <inheritdoc/>
    public bool NeedsScores => false;

    /// <inheritdoc/>
    public bool SetsDensity => false;

    /// <inheritdoc/>
    public long[] Share(IReadOnlyList<BudgetLayer> layers, long keep)
    {
        ArgumentNullException.ThrowIfNull(layers);
        long[] least = new long[layers.Count], most = [.. layers.Select(static layer => layer.Available)];
        least[^1] = DenseClassifier ? most[^1] : 0;
        return ClaimShares.Of(this, [.. layers.Select(Claim)], least, most, keep);
    }

    private double Claim(BudgetLayer layer)
    {
        double[] extents = [.. layer.Shape.Take(Kernel ? layer.Shape.Count : 2).Select(static extent => (double)extent)];
        return layer.Count == 0 ? 0 : Math.Pow(extents.Sum() / extents.Aggregate(1.0, static (a, b) => a * b), Power) * layer.Count;
    }
}
