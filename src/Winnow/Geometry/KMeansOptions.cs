namespace Winnow.Geometry;

/// <summary>Where k-means begins.</summary>
public enum KMeansStart
{
    /// <summary>At k different rows, every choice equally likely.</summary>
    Random,

    /// <summary>k-means++ (Arthur and Vassilvitskii, SODA 2007): each next row with probability in proportion to its squared distance from the nearest before. k passes over the rows.</summary>
    PlusPlus,
}

/// <summary>Where k-means stands.</summary>
/// <param name="Iteration">Iterations done, from 1.</param>
/// <param name="Iterations">The most there will be.</param>
/// <param name="Objective">The sum that is made small, before the iteration's step.</param>
public readonly record struct KMeansProgress(int Iteration, int Iterations, double Objective);

/// <summary>How k-means is run.</summary>
public sealed record KMeansOptions
{
    /// <summary>The metric. With the cosine it is spherical k-means: rows count by direction alone, and centroids have length 1.</summary>
    public Metric Metric { get; init; } = Metric.Euclidean;

    /// <summary>The most steps of the centroids, at least 0; it ends before where nothing changes any more. Default 25, as in faiss.</summary>
    public int Iterations { get; init; } = 25;

    /// <summary>Where it begins. Default: random rows.</summary>
    public KMeansStart Start { get; init; }

    /// <summary>The seed of everything random.</summary>
    public ulong Seed { get; init; }

    /// <summary>
    /// Centroids move by a random choice of at most so many rows a centroid, at least 1; then all rows are assigned. Null, the default: all rows
    /// (faiss takes 256 unless told otherwise).
    /// </summary>
    public int? MaxPointsPerCentroid { get; init; }

    /// <summary>Centroids to begin at, k × d numbers, in place of <see cref="Start"/>; empty: none.</summary>
    public ReadOnlyMemory<float> Centroids { get; init; }

    /// <summary>The most working memory, in bytes, beside the embeddings; null: half of what the process may have.</summary>
    public long? MaxMemory { get; init; }

    /// <summary>How many threads at most; 0, the default, means all cores. It changes no bit of the result.</summary>
    public int Threads { get; init; }

    /// <summary>Is told after every iteration, on the caller's thread.</summary>
    public Action<KMeansProgress>? Progress { get; init; }
}
