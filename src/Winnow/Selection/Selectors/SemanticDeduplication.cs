using Winnow.Catalog;
using Winnow.Geometry;

namespace Winnow.Selection;

public static partial class SelectorCatalog
{
    /// <summary>Samples that aren't like others.</summary>
    public static Method<ISelector> SemDeDup => new("semdedup",
        "Divide the embeddings into clusters and leave out, within each, the samples most like one that comes before them, until as few are left as are to be kept.",
        "Abbas et al., SemDeDup: data-efficient learning at web-scale through semantic deduplication, 2023",
        [
            ClusterCount.Parameter("unset: the square root of the number of samples"),
            Parameter.Choice("first", "which of two samples that are alike comes first and stays: the one farther from the centre of the cluster, the nearer one, or one drawn", "far", "near", "random"),
        ],
        static p => new SemanticDeduplicationSelector { Clusters = (int?)p.Maybe("clusters"), Order = p.Choice("first") switch { "near" => DuplicateOrder.SmallestFirst, "random" => DuplicateOrder.Random, _ => DuplicateOrder.LargestFirst } });
}

/// <summary>
/// SemDeDup with a budget in place of a threshold: samples in ascending order of their largest cosine to an earlier sample of their cluster, which is their score; 1 − the
/// largest score that is kept is the ε at which the paper's rule keeps as many. Of equal ones the smaller id comes first.
/// </summary>
public sealed record SemanticDeduplicationSelector : ISelector
{
    /// <summary>How many clusters; null for the square root of the number of samples.</summary>
    public int? Clusters { get; init; }

    /// <summary>In which order the samples of a cluster stand.</summary>
    public DuplicateOrder Order { get; init; }

    /// <inheritdoc/>
    public SelectionNeeds Needs => SelectionNeeds.Embeddings;

    /// <inheritdoc/>
    public bool IsRanked => true;

    /// <inheritdoc/>
    public SampleSelection Select(SelectionInput input, int keep)
    {
        if (input.Count == 0)
        {
            return new([]);
        }

        var clusters = ClusterCount.Run(input, Clusters ?? ClusterCount.Root(input.Count), Metric.Cosine);
        var found = SemanticDuplicates.Find(input.Embeddings!, clusters.Assignments, new SemanticDuplicatesOptions { Order = Order, Keys = clusters.Distances.ToArray(), Seed = input.Seed, Threads = input.Threads }, input.Stop);
        return new TopSelector { Easiest = true }.Select(input with { Scores = found.LargestEarlier.ToArray() }, keep);
    }
}
