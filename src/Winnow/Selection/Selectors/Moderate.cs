using Winnow.Catalog;
using Winnow.Geometry;

namespace Winnow.Selection;

public static partial class SelectorCatalog
{
    /// <summary>Samples neither near to the centre of their class nor far from it.</summary>
    public static Method<ISelector> Moderate => new("moderate",
        "Order the samples by their distance from the centre of their class and keep the middle.",
        "Xia et al., Moderate Coreset, ICLR 2023",
        [Parameter.Choice("centre", "the centre of a class: the median of each number, as in the published program, or the mean, as in the paper", "median", "mean")],
        static p => new ModerateSelector { Mean = p.Choice("centre") == "mean" });
}

/// <summary>
/// The middle of one ascending order of all samples by their Euclidean distance from the centre of their class: behind the first round((n − k)/2). Within each class it is
/// <c>moderate+classes</c>.
/// </summary>
public sealed record ModerateSelector : ISelector
{
    /// <summary>Whether the centre is the mean in place of the median.</summary>
    public bool Mean { get; init; }

    /// <inheritdoc/>
    public SelectionNeeds Needs => SelectionNeeds.Embeddings | SelectionNeeds.Labels;

    /// <inheritdoc/>
    public bool IsRanked => false;

    /// <inheritdoc/>
    public SampleSelection Select(SelectionInput input, int keep) => input.Count == 0
        ? new([])
        : new MiddleSelector().Select(input with { Scores = ClassCentres.Distances(input, Metric.Euclidean, median: !Mean) }, keep);
}
