using Winnow.Catalog;
using Winnow.Geometry;

namespace Winnow.Selection;

public static partial class SelectorCatalog
{
    /// <summary>Samples whose mean is that of all.</summary>
    public static Method<ISelector> Herding => new("herding",
        "Keep the sample that brings the mean embedding of the kept ones nearest to the mean of all, again and again.",
        "Welling, Herding dynamical weights to learn, ICML 2009; Chen, Welling and Smola, Super-samples from kernel herding, UAI 2010",
        [Parameter.Choice("takes", "which sample is kept next: the one that brings the mean nearest, as in the paper, or the one that takes it farthest away, as DeepCore's program does", "nearest", "farthest")],
        static p => new HerdingSelector { Farthest = p.Choice("takes") == "farthest" });
}

/// <summary>
/// Herding by <see cref="Geometry.Herding"/>: each next sample is the one with which the mean of the kept ones is nearest to the mean of all, by Euclidean distance; of equal
/// ones the smaller id. Scores are those distances.
/// </summary>
public sealed record HerdingSelector : ISelector
{
    /// <summary>Whether the sample that takes the mean farthest away is kept in place of the best: DeepCore's program, of which its published numbers are, chooses outliers by this.</summary>
    public bool Farthest { get; init; }

    /// <inheritdoc/>
    public SelectionNeeds Needs => SelectionNeeds.Embeddings;

    /// <inheritdoc/>
    public bool IsRanked => true;

    /// <inheritdoc/>
    public SampleSelection Select(SelectionInput input, int keep)
    {
        var found = Geometry.Herding.Select(input.Embeddings!, keep, new HerdingOptions { Farthest = Farthest, Threads = input.Threads, Progress = done => input.Progress?.Invoke((double)done / keep) }, input.Stop);
        return new([.. found.Ids]) { Scores = [.. found.Distances.Select(static distance => (float)distance)] };
    }
}
