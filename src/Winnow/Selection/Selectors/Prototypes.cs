using Winnow.Catalog;
using Winnow.Geometry;

namespace Winnow.Selection;

public static partial class SelectorCatalog
{
    /// <summary>Samples far from, or near to, the centre of their cluster.</summary>
    public static Method<ISelector> Prototypes => new("prototypes",
        "Divide the embeddings into clusters and keep the samples farthest from the centre of theirs, the least typical; or the nearest, where there are few samples.",
        "Sorscher et al., Beyond neural scaling laws, NeurIPS 2022 (self-supervised prototypes)",
        [ClusterCount.Parameter("unset: as many as there are classes, without labels the square root of the number of samples"), Direction, EmbeddingMetric.ByAngle],
        static p => new PrototypeSelector { Clusters = (int?)p.Maybe("clusters"), Nearest = p.Choice("keeps") == "near", Metric = EmbeddingMetric.Of(p) });

    /// <summary>Samples far from, or near to, the centre of their class.</summary>
    public static Method<ISelector> ClassPrototypes => new("class-prototypes",
        "Keep the samples farthest from the mean embedding of their class, the least typical; or the nearest, where there are few samples.",
        "Sorscher et al., Beyond neural scaling laws, NeurIPS 2022 (supervised prototypes)",
        [Direction, EmbeddingMetric.ByAngle],
        static p => new PrototypeSelector { ByClass = true, Nearest = p.Choice("keeps") == "near", Metric = EmbeddingMetric.Of(p) });

    private static Parameter Direction => Parameter.Choice("keeps", "which samples are kept: those far from the centre, for abundant data, or those near to it, for scarce data", "far", "near");
}

/// <summary>Samples in the order of their distance from the centre of their cluster or class. Scores are those distances.</summary>
public sealed record PrototypeSelector : ISelector
{
    /// <summary>How many clusters; null for as many as there are classes, or, where there are no labels, the square root of the number of samples.</summary>
    public int? Clusters { get; init; }

    /// <summary>Whether the centres are the classes' means in place of clusters'.</summary>
    public bool ByClass { get; init; }

    /// <summary>Whether those near to the centres are kept in place of those far away.</summary>
    public bool Nearest { get; init; }

    /// <summary>How far apart two samples are.</summary>
    public Metric Metric { get; init; } = Metric.Cosine;

    /// <inheritdoc/>
    public SelectionNeeds Needs => SelectionNeeds.Embeddings | (ByClass ? SelectionNeeds.Labels : SelectionNeeds.None);

    /// <inheritdoc/>
    public bool IsRanked => true;

    /// <inheritdoc/>
    public SampleSelection Select(SelectionInput input, int keep)
    {
        if (input.Count == 0)
        {
            return new([]);
        }

        var distances = ByClass ? ClassCentres.Distances(input, Metric, median: false) : Clustered(input);
        return new TopSelector { Easiest = Nearest }.Select(input with { Scores = distances }, keep);
    }

    private float[] Clustered(SelectionInput input)
    {
        var clusters = Clusters ?? (input.Labels.IsEmpty ? ClusterCount.Root(input.Count) : Math.Min(input.Count, input.Classes));
        return ClusterCount.Run(input, clusters, Metric).Distances.ToArray();
    }
}
