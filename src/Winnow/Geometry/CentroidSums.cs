using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Winnow.Numerics;

namespace Winnow.Geometry;

/// <summary>
/// The sums of the rows of each centroid, in float64; <see cref="Clear"/> comes before the first row. Every number is added up in the rows' order: threads share the columns, never the rows, so
/// that any number of them gives the same bits.
/// </summary>
internal sealed unsafe class CentroidSums(int centroids, int width) : IDisposable
{
    // Whole cache lines of sums, so that two threads never write to one.
    private const int Slice = 64;

    private readonly NativeBuffer<double> _sums = new(checked(centroids * width));
    private readonly int[] _counts = new int[centroids];

    /// <summary>Rows a centroid.</summary>
    public ReadOnlySpan<int> Counts => _counts;

    /// <summary>A centroid's sums.</summary>
    public ReadOnlySpan<double> Sums(int centroid) => new(_sums.Pointer + ((nint)centroid * width), width);

    /// <summary>Forgets all rows.</summary>
    public void Clear()
    {
        _sums.Span.Clear();
        _counts.AsSpan().Clear();
    }

    /// <summary>Adds a run of rows.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="start">The first.</param>
    /// <param name="count">How many.</param>
    /// <param name="assignments">The run's centroids.</param>
    /// <param name="threads">How many threads at most.</param>
    public void Add(RowView rows, int start, int count, int* assignments, int threads)
    {
        for (var i = 0; i < count; i++)
        {
            _counts[assignments[i]]++;
        }

        var step = Math.Max(1, Math.Min(count, (1 << 20) / width));
        // As few slices as threads: where rows have to be copied or widened first, each does it anew.
        var slices = Math.Min(Chunks.Threads(threads), (width + Slice - 1) / Slice);
        var share = (((width + slices - 1) / slices) + Slice - 1) / Slice * Slice;
        Chunks.For((width + share - 1) / share, threads, slice =>
        {
            var column = slice * share;
            var columns = Math.Min(share, width - column);
            for (var done = 0; done < count; done += step)
            {
                var now = Math.Min(step, count - done);
                fixed (float* values = rows.Matrix.Rows(start + done, now))
                {
                    for (var i = 0; i < now; i++)
                    {
                        var sums = _sums.Pointer + ((nint)assignments[done + i] * width) + column;
                        Add(values + ((nint)i * width) + column, rows.Scale(start + done + i), sums, columns);
                    }
                }
            }
        });
    }

    /// <summary>Moves a row, which counted for one centroid, to another that had none.</summary>
    public void Move(RowView rows, int row, int from, int to)
    {
        fixed (float* values = rows.Matrix.Rows(row, 1))
        {
            Add(values, -rows.Scale(row), _sums.Pointer + ((nint)from * width), width);
            new Span<double>(_sums.Pointer + ((nint)to * width), width).Clear();
            Add(values, rows.Scale(row), _sums.Pointer + ((nint)to * width), width);
        }

        _counts[from]--;
        _counts[to] = 1;
    }

    /// <summary>Writes a centroid: the mean of its rows, or their direction. Stays as it was where there is none.</summary>
    /// <returns>Whether there is one.</returns>
    public bool Write(int centroid, Metric metric, float* destination)
    {
        var sums = _sums.Pointer + ((nint)centroid * width);
        double divisor = _counts[centroid];
        if (metric == Metric.Cosine)
        {
            divisor = 0;
            for (var k = 0; k < width; k++)
            {
                divisor += sums[k] * sums[k];
            }

            divisor = Math.Sqrt(divisor);
            // Directions that cancel to within rounding point nowhere.
            divisor = divisor > 1e-9 * _counts[centroid] ? divisor : 0;
        }

        if (divisor == 0)
        {
            return false;
        }

        for (var k = 0; k < width; k++)
        {
            destination[k] = (float)(sums[k] / divisor);
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _sums.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(float* row, double scale, double* sums, int columns)
    {
        var factor = Vector256.Create(scale);
        var k = 0;
        for (; k + 8 <= columns; k += 8)
        {
            var x = Vector256.Load(row + k);
            (Vector256.Load(sums + k) + (Vector256.WidenLower(x) * factor)).Store(sums + k);
            (Vector256.Load(sums + k + 4) + (Vector256.WidenUpper(x) * factor)).Store(sums + k + 4);
        }

        for (; k < columns; k++)
        {
            sums[k] += row[k] * scale;
        }
    }
}
