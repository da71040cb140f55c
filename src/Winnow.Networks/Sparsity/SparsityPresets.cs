namespace Winnow.Networks.Sparsity;

/// <summary>A method of the literature as a composition of a weight score, a budget and a density schedule.</summary>
/// <param name="Name">The name that specs begin with.</param>
/// <param name="Summary">One sentence on what it does.</param>
/// <param name="Citation">The paper it is from.</param>
/// <param name="Parts">Score, budget and schedule, as specs.</param>
public sealed record SparsityPreset(string Name, string Summary, string Citation, (string Score, string Budget, string Schedule) Parts);

/// <summary>The methods of the literature that are compositions, by name.</summary>
public static class SparsityPresets
{
    /// <summary>All of them, by name.</summary>
    public static IReadOnlyList<SparsityPreset> All { get; } =
    [
        new("gmp", "Gradual magnitude pruning: while training goes on, the smallest weights of each layer go along a cubic ramp.",
            "Zhu and Gupta, To prune, or not to prune, ICLR 2018 workshop", ("magnitude", "uniform", "cubic")),
        new("grasp", "Before training, keep the weights whose loss would harm the flow of gradients.",
            "Wang et al., Picking Winning Tickets Before Training by Preserving Gradient Flow, ICLR 2020", ("grasp", "global", "one-shot")),
        new("journey", "Dense for a quarter, gradual magnitude pruning until three quarters, sparse to the end.",
            "The Journey Matters: average parameter count over pre-training, 2025", ("magnitude", "uniform", "window")),
        new("random-erk", "Before training, a random mask with more of the small layers and less of the large ones, kept as it is.",
            "Liu et al., The Unreasonable Effectiveness of Random Pruning, ICLR 2022", ("random", "erk", "one-shot")),
        new("snip", "Before training, keep the weights that the loss is most sensitive to.",
            "Lee et al., SNIP: Single-shot Network Pruning based on Connection Sensitivity, ICLR 2019", ("snip", "global", "one-shot")),
        new("synflow", "Before training and without data, in a hundred rounds, keep the weights that carry most of the synaptic flow.",
            "Tanaka et al., Pruning neural networks without any data by iteratively conserving synaptic flow, NeurIPS 2020", ("synflow", "global", "one-shot:rounds=100")),
    ];
}
