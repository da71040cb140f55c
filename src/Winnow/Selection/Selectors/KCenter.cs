using Winnow.Catalog;
using Winnow.Geometry;

namespace Winnow.Selection;

public static partial class SelectorCatalog
{
    /// <summary>Samples that leave none far away.</summary>
    public static Method<ISelector> KCenter => new("k-center",
        "Keep the sample farthest from all kept before, again and again, so that no sample is far from a kept one.",
        "Sener and Savarese, Active Learning for CNNs: a Core-Set Approach, ICLR 2018; Gonzalez 1985",
        [EmbeddingMetric.Parameter],
        static p => new KCenterSelector { Metric = EmbeddingMetric.Of(p) });
}

/// <summary>
/// k-center greedy: begins at a sample that is drawn, then takes the one farthest from all taken. The largest distance of any sample from a kept one is at most twice the
/// smallest possible. Scores are distances from those kept before.
/// </summary>
public sealed record KCenterSelector : ISelector
{
    /// <summary>How far apart two samples are.</summary>
    public Metric Metric { get; init; }

    /// <inheritdoc/>
    public SelectionNeeds Needs => SelectionNeeds.Embeddings;

    /// <inheritdoc/>
    public bool IsRanked => true;

    /// <inheritdoc/>
    public SampleSelection Select(SelectionInput input, int keep)
    {
        var found = Geometry.KCenter.Select(input.Embeddings!, keep, new KCenterOptions { Metric = Metric, Seed = input.Seed, Threads = input.Threads, Progress = done => input.Progress?.Invoke((double)done / keep) }, input.Stop);
        return new([.. found.Ids]) { Scores = [.. found.Distances] };
    }
}
