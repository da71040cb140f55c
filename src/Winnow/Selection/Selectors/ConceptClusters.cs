using Winnow.Catalog;
using Winnow.Geometry;
using Winnow.Selection.Allocation;

namespace Winnow.Selection;

public static partial class SelectorCatalog
{
    /// <summary>More samples of clusters that are wide and apart.</summary>
    public static Method<ISelector> Dbp => new("dbp",
        "Divide the embeddings into clusters, give more places to those that are wide and far from others, and keep in each the samples farthest from its centre.",
        "Abbas et al., Effective pruning of web-scale datasets based on complexity of concept clusters, ICLR 2024 (density-based pruning)",
        [
            ClusterCount.Parameter("unset: the square root of the number of samples"),
            new("tau", 0.1, 0, 100, "the temperature: the lower, the more the widest clusters are preferred") { MinOpen = true, Example = "0.5" },
            new("balance", 0.5, 0, 1, "the share of an equal budget that each cluster gets at least") { Example = "0.2" },
            new("neighbours", 20, 1, 100000, "from how many nearest other centres a cluster's distance is averaged") { Integer = true, Example = "10" },
        ],
        static p => new ConceptClusterSelector { Clusters = (int?)p.Maybe("clusters"), Tau = p["tau"], Balance = p["balance"], Neighbours = (int)p["neighbours"] });
}

/// <summary>
/// Density-based pruning: spherical k-means; a cluster's complexity is the mean distance of its samples from its centre times the mean distance of the centre from its nearest
/// others (cosine distances); the softmax of complexity over τ, times k, is projected by <see cref="CappedProjection"/> to what clusters have and at least
/// min(size, floor(balance·k/clusters)) of each. In a cluster the samples farthest from the centre are kept, of equally far ones those with the smaller ids.
/// </summary>
public sealed record ConceptClusterSelector : ISelector
{
    /// <summary>How many clusters; null for the square root of the number of samples.</summary>
    public int? Clusters { get; init; }

    /// <summary>The temperature τ, above 0. The paper has 0.1, its program 0.5.</summary>
    public double Tau { get; init; } = 0.1;

    /// <summary>The share of an equal budget that each cluster gets at least, in [0, 1].</summary>
    public double Balance { get; init; } = 0.5;

    /// <summary>How many nearest other centres count, at least 1; all where there are fewer.</summary>
    public int Neighbours { get; init; } = 20;

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

        var clusters = ClusterCount.Run(input, Clusters ?? ClusterCount.Root(input.Count), Metric.Cosine);
        var budgets = Budgets(clusters, keep);
        var (assignments, distances) = (clusters.Assignments.ToArray(), clusters.Distances.ToArray());
        var taken = new int[clusters.Count];
        int[] ids = [.. Enumerable.Range(0, input.Count).OrderByDescending(id => distances[id]).ThenBy(static id => id).Where(id => taken[assignments[id]]++ < budgets[assignments[id]])];
        Array.Sort(ids);
        return new(ids) { Scores = [.. ids.Select(id => distances[id])] };
    }

    private int[] Budgets(KMeansResult clusters, int keep)
    {
        var complexities = Complexities(clusters);
        var sizes = clusters.Sizes.ToArray();
        var filled = sizes.Count(static size => size > 0);
        var most = complexities.Where((_, c) => sizes[c] > 0).Max();
        double[] weights = [.. complexities.Select((complexity, c) => sizes[c] > 0 ? Math.Exp((complexity - most) / Tau) : 0)];
        var sum = weights.Sum();
        var minimum = (int)Math.Floor(Balance * keep / filled);
        return CappedProjection.Share([.. weights.Select(weight => weight / sum * keep)], [.. sizes.Select(size => Math.Min(size, minimum))], sizes, keep);
    }

    private double[] Complexities(KMeansResult clusters)
    {
        var (width, count) = (clusters.Width, clusters.Count);
        var inside = new double[count];
        for (var i = 0; i < clusters.Assignments.Length; i++)
        {
            inside[clusters.Assignments[i]] += clusters.Distances[i];
        }

        var filled = Enumerable.Range(0, count).Where(c => clusters.Sizes[c] > 0).ToArray();
        var near = Math.Min(Neighbours, filled.Length - 1);
        if (near == 0)
        {
            return new double[count];
        }

        var centres = new float[filled.Length * width];
        for (var k = 0; k < filled.Length; k++)
        {
            clusters.Centroid(filled[k]).CopyTo(centres.AsSpan(k * width));
        }

        var others = NearestNeighbours.Among(EmbeddingMatrix.Of(centres, width), near, new NearestNeighboursOptions { Metric = Metric.Cosine });
        var complexities = new double[count];
        for (var k = 0; k < filled.Length; k++)
        {
            double apart = 0;
            foreach (var distance in others.Distances(k))
            {
                apart += distance;
            }

            complexities[filled[k]] = inside[filled[k]] / clusters.Sizes[filled[k]] * (apart / near);
        }

        return complexities;
    }
}
