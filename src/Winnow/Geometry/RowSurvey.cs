using System.Globalization;
using Winnow.Numerics;

namespace Winnow.Geometry;

/// <summary>One pass over a matrix before any work: every number finite, and the rows' lengths.</summary>
internal static unsafe class RowSurvey
{
    private const int ChunkNumbers = 1 << 18;

    // Beyond these a square, or its reciprocal, no longer fits into float32 with room for sums.
    private const double Shortest = 1e-30, Longest = 1e18;

    /// <summary>Tells every row's squared length, from any thread.</summary>
    /// <exception cref="EmbeddingException">NaN or an infinity, with the lowest row.</exception>
    public static void Lengths(EmbeddingMatrix matrix, int threads, Action<int, double> tell, CancellationToken cancellation)
    {
        var path = VectorPaths.Current;
        int width = matrix.Width, rows = Math.Clamp(ChunkNumbers / width, 1, 4096), wrong = int.MaxValue;
        Lock gate = new();
        using BlockWorkers<NoBuffers> workers = new(threads, static () => default);
        workers.For((int)(((long)matrix.Count + rows - 1) / rows), (chunk, _) =>
        {
            int start = chunk * rows, count = Math.Min(rows, matrix.Count - start);
            fixed (float* values = matrix.Rows(start, count))
            {
                for (var i = 0; i < count; i++)
                {
                    // The squares of float32 numbers can't overflow float64.
                    var squared = ExactRows.SquaredLength(path, values + ((nint)i * width), width);
                    if (double.IsFinite(squared))
                    {
                        tell(start + i, squared);
                        continue;
                    }

                    lock (gate)
                    {
                        wrong = Math.Min(wrong, start + i);
                    }

                    break;
                }
            }
        }, cancellation);
        if (wrong != int.MaxValue)
        {
            throw NotFinite(matrix, wrong);
        }
    }

    /// <summary>Checks all rows, and gives 1 / length of each.</summary>
    /// <exception cref="EmbeddingException">Not finite, or too short to have a direction.</exception>
    public static double[] InverseLengths(EmbeddingMatrix matrix, int threads, CancellationToken cancellation)
    {
        var inverse = HugePages.Uninitialized<double>(matrix.Count);
        Lengths(matrix, threads, (row, squared) => inverse[row] = 1 / Math.Sqrt(squared), cancellation);
        for (var row = 0; row < inverse.Length; row++)
        {
            if (!(inverse[row] <= 1 / Shortest))
            {
                throw new EmbeddingException(string.Create(CultureInfo.InvariantCulture,
                    $"row {row} has length {1 / inverse[row]:0.###e+0}: below {Shortest} there is no direction, which the cosine needs; leave such rows out, or use Euclidean distances"), row);
            }
        }

        return inverse;
    }

    /// <summary>Checks all rows for distances.</summary>
    /// <exception cref="EmbeddingException">Not finite, or so long that squares leave float32.</exception>
    public static void CheckForDistances(EmbeddingMatrix matrix, int threads, CancellationToken cancellation)
    {
        var wrong = int.MaxValue;
        Lock gate = new();
        Lengths(matrix, threads, (row, squared) =>
        {
            if (squared > Longest * Longest)
            {
                lock (gate)
                {
                    wrong = Math.Min(wrong, row);
                }
            }
        }, cancellation);
        if (wrong != int.MaxValue)
        {
            throw new EmbeddingException(string.Create(CultureInfo.InvariantCulture,
                $"row {wrong} is longer than {Longest}: the square of its length doesn't fit into float32; divide all rows by a common number"), wrong);
        }
    }

    private static EmbeddingException NotFinite(EmbeddingMatrix matrix, int row)
    {
        var values = matrix.Rows(row, 1);
        var column = 0;
        while (float.IsFinite(values[column]))
        {
            column++;
        }

        return new(string.Create(CultureInfo.InvariantCulture,
            $"row {row} holds {values[column]} in column {column}: embeddings must be finite; leave the row out, or find out what made it so"), row);
    }
}
