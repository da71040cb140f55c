using System.Globalization;

namespace Winnow.Geometry;

/// <summary>
/// Products of rows with rows, A·Bᵀ, in float32. Each number is one chain of fused multiply-adds over the width in ascending order from 0: the same bits
/// at any number of threads, on processors with vectors of 256 and of 512 bits, and whichever other rows are multiplied beside it. So equal rows
/// have equal products, and A·Bᵀ is the transpose of B·Aᵀ.
/// </summary>
/// <remarks>Blocks and panels as in Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", ACM TOMS 34 (2008).</remarks>
public static unsafe class MatrixProducts
{
    private const int Block = 4096;

    /// <summary>Writes A·Bᵀ.</summary>
    /// <param name="a">m × width numbers, row after row.</param>
    /// <param name="b">n × width numbers, row after row.</param>
    /// <param name="width">Numbers a row, at least 1.</param>
    /// <param name="products">Gets m × n numbers, row after row.</param>
    /// <param name="threads">How many threads at most; 0 means all cores.</param>
    /// <exception cref="ArgumentException">The lengths don't fit together.</exception>
    public static void Multiply(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int width, Span<float> products, int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (a.Length % width != 0 || b.Length % width != 0)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{a.Length} and {b.Length} numbers aren't whole rows of {width}"), nameof(width));
        }

        fixed (float* left = a, right = b)
        {
            Multiply(new PointerMatrix(left, a.Length / width, width), new PointerMatrix(right, b.Length / width, width), products, threads);
        }
    }

    /// <summary>Writes A·Bᵀ.</summary>
    /// <param name="a">m rows.</param>
    /// <param name="b">n rows of the same width.</param>
    /// <param name="products">Gets m × n numbers, row after row.</param>
    /// <param name="threads">How many threads at most; 0 means all cores.</param>
    /// <exception cref="ArgumentException">The widths differ, or the room isn't m × n numbers.</exception>
    public static void Multiply(EmbeddingMatrix a, EmbeddingMatrix b, Span<float> products, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (a.Width != b.Width)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"rows of {a.Width} and of {b.Width} numbers have no product"), nameof(b));
        }

        if ((long)a.Count * b.Count != products.Length)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"{a.Count} × {b.Count} products need room for {(long)a.Count * b.Count} numbers, not {products.Length}"), nameof(products));
        }

        if (products.IsEmpty)
        {
            return;
        }

        var path = VectorPaths.Current;
        RowView left = RowView.Plain(a), right = RowView.Plain(b);
        using PackedRows packed = new(path, a.Width, Math.Min(b.Count, PackedRows.Fitting(a.Width, Block)), threads);
        using BlockWorkers<TileWorker> workers = new(threads, () => new(path, a.Width));
        fixed (float* pinned = products)
        {
            var c = pinned;
            var step = PackedRows.Fitting(a.Width, Block);
            for (var first = 0; first < b.Count; first += step)
            {
                var (start, count) = (first, Math.Min(step, b.Count - first));
                packed.Load(right, start, count, CancellationToken.None);
                workers.For(TileWorker.Blocks(a.Count), (block, worker) =>
                {
                    var row = block * TileWorker.Rows;
                    worker.Load(left, row, Math.Min(TileWorker.Rows, a.Count - row));
                    worker.Multiply(packed, 0, count, (column, columns, tile) =>
                    {
                        for (var i = 0; i < worker.Count; i++)
                        {
                            ReadOnlySpan<float> from = new(tile + (i * TileWorker.Columns), columns);
                            from.CopyTo(new Span<float>(c + ((nint)(row + i) * b.Count) + start + column, columns));
                        }
                    });
                });
            }
        }
    }
}
