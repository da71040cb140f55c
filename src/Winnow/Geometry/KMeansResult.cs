namespace Winnow.Geometry;

/// <summary>What k-means found.</summary>
public sealed class KMeansResult
{
    private readonly float[] _centroids, _distances;
    private readonly int[] _assignments, _sizes;
    private readonly double[] _objectives;

    internal KMeansResult(float[] centroids, int width, int[] assignments, float[] distances, int[] sizes, double objective, double[] objectives, int refilled)
    {
        (_centroids, Width, _assignments, _distances, _sizes) = (centroids, width, assignments, distances, sizes);
        (Objective, _objectives, Refilled) = (objective, objectives, refilled);
    }

    /// <summary>k.</summary>
    public int Count => _sizes.Length;

    /// <summary>Numbers a centroid.</summary>
    public int Width { get; }

    /// <summary>k × d numbers, a centroid after the other; of length 1 where the metric is the cosine.</summary>
    public ReadOnlyMemory<float> Centroids => _centroids;

    /// <summary>Every row's centroid, the nearest; the lower id where two are equally near.</summary>
    public ReadOnlySpan<int> Assignments => _assignments;

    /// <summary>Every row's distance from its centroid: the length of the difference, or 1 - cosine.</summary>
    public ReadOnlySpan<float> Distances => _distances;

    /// <summary>How many rows each centroid has; 0 only where there are fewer different rows than centroids.</summary>
    public ReadOnlySpan<int> Sizes => _sizes;

    /// <summary>The sum over all rows of the squared distance, or of 1 - cosine, from the centroids as they are now.</summary>
    public double Objective { get; }

    /// <summary>The same sum at the beginning of each iteration, over the rows that the centroids moved by.</summary>
    public ReadOnlySpan<double> Objectives => _objectives;

    /// <summary>How many times a centroid without rows was moved to a row.</summary>
    public int Refilled { get; }

    /// <summary>A centroid.</summary>
    /// <param name="id">Its id, 0-based.</param>
    public ReadOnlySpan<float> Centroid(int id) => _centroids.AsSpan(id * Width, Width);
}
