using Winnow.Catalog;
using Winnow.Geometry;

namespace Winnow.Selection;

/// <summary>Clusters of the samples' embeddings, as several selectors use them.</summary>
internal static class ClusterCount
{
    /// <summary>The parameter that says how many.</summary>
    /// <param name="otherwise">What holds where it isn't given, as a phrase in brackets.</param>
    public static Parameter Parameter(string otherwise) => Catalog.Parameter.Optional("clusters", 1, 1_000_000, $"how many clusters the embeddings are divided into ({otherwise})") with { Integer = true, Example = "100" };

    /// <summary>The clusters of a selection's embeddings by k-means.</summary>
    /// <param name="input">The samples.</param>
    /// <param name="clusters">How many.</param>
    /// <param name="metric">How far apart two embeddings are.</param>
    /// <exception cref="SelectionException">There are more clusters than samples.</exception>
    public static KMeansResult Run(SelectionInput input, int clusters, Metric metric) => clusters <= input.Count
        ? KMeans.Run(input.Embeddings!, clusters, new KMeansOptions { Metric = metric, Seed = input.Seed, Threads = input.Threads, Progress = done => input.Progress?.Invoke((double)done.Iteration / done.Iterations) }, input.Stop)
        : throw new SelectionException($"clusters={clusters} is more than the {input.Count} samples; take at most that many.");

    /// <summary>The square root of the number of samples, at least 1: clusters of as many samples as there are clusters.</summary>
    public static int Root(int samples) => Math.Max(1, (int)Math.Round(Math.Sqrt(samples)));
}
