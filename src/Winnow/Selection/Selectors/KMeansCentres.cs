using Winnow.Catalog;
using Winnow.Geometry;

namespace Winnow.Selection;

public static partial class SelectorCatalog
{
    /// <summary>A sample for each of as many clusters as samples are kept.</summary>
    public static Method<ISelector> KMeans => new("k-means",
        "Divide the embeddings into as many clusters as samples are kept, and keep of each the sample nearest to its centre.",
        "baseline; Lloyd 1982",
        [EmbeddingMetric.Parameter],
        static p => new KMeansSelector { Metric = EmbeddingMetric.Of(p) });
}

/// <summary>
/// The sample nearest to the centre of each of k clusters. Where there are fewer clusters than that, since samples are equal, the next nearest of the largest clusters fill up.
/// </summary>
public sealed record KMeansSelector : ISelector
{
    /// <summary>How far apart two samples are.</summary>
    public Metric Metric { get; init; }

    /// <inheritdoc/>
    public SelectionNeeds Needs => SelectionNeeds.Embeddings;

    /// <inheritdoc/>
    public bool IsRanked => false;

    /// <inheritdoc/>
    public SampleSelection Select(SelectionInput input, int keep)
    {
        if (keep == 0)
        {
            return new([]);
        }

        var clusters = ClusterCount.Run(input, keep, Metric);
        var (assignments, distances, sizes) = (clusters.Assignments.ToArray(), clusters.Distances.ToArray(), clusters.Sizes.ToArray());

        // Each cluster's samples, the nearest first; then the first of all clusters, the second, and so on, larger clusters before smaller ones.
        var place = new int[input.Count];
        var seen = new int[keep];
        foreach (var id in Enumerable.Range(0, input.Count).OrderBy(id => distances[id]).ThenBy(static id => id))
        {
            place[id] = seen[assignments[id]]++;
        }

        int[] ids = [.. Enumerable.Range(0, input.Count).OrderBy(id => place[id]).ThenByDescending(id => sizes[assignments[id]]).ThenBy(static id => id).Take(keep)];
        Array.Sort(ids);
        return new(ids) { Scores = [.. ids.Select(id => distances[id])] };
    }
}
