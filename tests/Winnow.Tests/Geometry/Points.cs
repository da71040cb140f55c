using Winnow.Geometry;
using Winnow.Numerics;

namespace Winnow.Tests.Geometry;

/// <summary>Embeddings for tests, and distances as one would write them down.</summary>
internal static class Points
{
    public static float[] Normal(int count, int width, ulong seed = 1, double mean = 0)
    {
        var random = Rng.Derive(seed, 0, "points").Sequence();
        var values = new float[count * width];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)(mean + (Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())));
        }

        return values;
    }

    /// <summary>Groups of points close to one another, in the order 0, 1, 2, …, 0, 1, …</summary>
    public static float[] Grouped(int count, int width, int groups, double spread, ulong seed = 1)
    {
        float[] centres = Normal(groups, width, seed), values = Normal(count, width, seed + 1);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)((values[i] * spread) + (10 * centres[(i / width % groups * width) + (i % width)]));
        }

        return values;
    }

    /// <summary>Whole numbers, of which many are equal: ties everywhere.</summary>
    public static float[] Coarse(int count, int width, int levels, ulong seed = 1)
    {
        var random = Rng.Derive(seed, 0, "coarse").Sequence();
        return [.. Enumerable.Range(0, count * width).Select(_ => (float)random.Next((uint)levels) + 1)];
    }

    public static EmbeddingMatrix Matrix(float[] values, int width) => EmbeddingMatrix.Of(values, width);

    public static double Distance(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Metric metric)
    {
        double aa = 0, bb = 0, ab = 0, difference = 0;
        for (var k = 0; k < a.Length; k++)
        {
            aa += (double)a[k] * a[k];
            bb += (double)b[k] * b[k];
            ab += (double)a[k] * b[k];
            difference += ((double)a[k] - b[k]) * ((double)a[k] - b[k]);
        }

        return metric == Metric.Euclidean ? Math.Sqrt(difference) : 1 - (ab / Math.Sqrt(aa * bb));
    }

    public static double Distance(float[] values, int width, int i, int j, Metric metric) =>
        Distance(values.AsSpan(i * width, width), values.AsSpan(j * width, width), metric);

    /// <summary>What some work gives on each set of instructions and at several numbers of threads.</summary>
    public static List<T> Everywhere<T>(Func<int, T> work)
    {
        List<T> results = [];
        foreach (var path in Enum.GetValues<VectorPath>())
        {
            VectorPaths.Force(path);
            try
            {
                int[] counts = path == VectorPaths.Best ? [1, 2, 5] : [2];
                results.AddRange(counts.Select(work));
            }
            finally
            {
                VectorPaths.Force(null);
            }
        }

        return results;
    }

    public static byte[] Bits(ReadOnlySpan<float> values) => System.Runtime.InteropServices.MemoryMarshal.AsBytes(values).ToArray();
}
