using Winnow.Catalog;

namespace Winnow.Networks.Budgets;

public static partial class BudgetCatalog
{
    /// <summary>The same density but for the first and the last layer.</summary>
    public static Method<IBudget> UniformPlus => new("uniform-plus",
        "Keep the first layer whole, at least a share of the last, and the same share of all others.",
        "Gale et al., The State of Sparsity in Deep Neural Networks, 2019; as in Liu et al., The Unreasonable Effectiveness of Random Pruning, ICLR 2022",
        [new("last", 0.2, 0, 1, "the least density of the last layer") { Example = "0.5" }],
        static p => new UniformPlusBudget(p["last"]));
}

/// <summary>
/// The first layer whole, since it has few weights and all inputs pass it; of the last one at least <paramref name="Last"/>; the same density in each other one, and in the last where that is more. Layers
/// are first and last by their place in the list.
/// </summary>
/// <param name="Last">The least density of the last layer, in [0, 1]. 0.2 in the papers.</param>
public sealed record UniformPlusBudget(double Last = 0.2) : IBudget
{
    /// <inheritdoc/>
    public bool NeedsScores => false;

    /// <inheritdoc/>
    public bool SetsDensity => false;

    /// <inheritdoc/>
    public long[] Share(IReadOnlyList<BudgetLayer> layers, long keep)
    {
        ArgumentNullException.ThrowIfNull(layers);
        long[] least = new long[layers.Count], most = [.. layers.Select(static layer => layer.Available)];
        least[^1] = Math.Min(most[^1], (long)Math.Ceiling((Last * layers[^1].Count) - 1e-9));
        least[0] = most[0];
        return ClaimShares.Of(this, [.. layers.Select(static layer => (double)layer.Count)], least, most, keep);
    }
}
