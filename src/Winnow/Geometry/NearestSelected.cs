using Winnow.Numerics;

namespace Winnow.Geometry;

/// <summary>
/// Every row's squared distance from the nearest of the rows selected so far, and which that is; O(n) memory. Distances are in float64 from differences, so that
/// no rounding decides who is farthest. A row is left out where the triangle inequality says that a new one can't be nearer: where the
/// new one is at least twice as far from the row's own as the row is.
/// </summary>
internal sealed unsafe class NearestSelected : IDisposable
{
    // Twice the distance is four times its square; the rest is far more than rounding can be, so that leaving out changes no bit.
    private const double Twice = 4 * (1 + 1e-9);

    private const double Taken = -1;

    private readonly RowView _rows;
    private readonly VectorPath _path;
    // Of each row, the squared distance from the nearest selected, which of them that is by the order of selection, and the earliest where several are.
    private readonly NativeBuffer<double> _squares, _point;
    private readonly NativeBuffer<int> _owners;
    private readonly BlockWorkers<NoBuffers> _workers;
    private readonly List<int> _selected = [];
    private readonly (double Largest, int Row, double Sum)[] _chunks;
    private readonly int _chunkRows;
    private double[] _between = [];
    private double _skippedShare = 1;

    public NearestSelected(RowView rows, int threads)
    {
        (_rows, _path) = (rows, VectorPaths.Current);
        _squares = new(rows.Count);
        _owners = new(rows.Count);
        _point = new(rows.Width);
        _squares.Span.Fill(double.PositiveInfinity);
        _workers = new(threads, static () => default);
        _chunkRows = Math.Clamp((1 << 18) / rows.Width, 64, 2048);
        _chunks = new (double, int, double)[(int)(((long)rows.Count + _chunkRows - 1) / _chunkRows)];
    }

    /// <summary>Bytes for so many rows and selected ones.</summary>
    public static double Bytes(int rows, int selected) => (12.0 * rows) + (12.0 * selected);

    /// <summary>The selected rows, in their order.</summary>
    public IReadOnlyList<int> Selected => _selected;

    /// <summary>How many distances were left out.</summary>
    public long Skipped { get; private set; }

    /// <summary>For tests: whether to leave any out.</summary>
    public bool Skips { get; init; } = true;

    /// <summary>Selects a row.</summary>
    public void Add(int row, CancellationToken cancellation)
    {
        var place = _selected.Count;
        var point = _point.Pointer;
        _rows.Point(row, point);
        // Distances between selected rows cost as many computations as there are of them: only where they save more, looked at again from time to time.
        var skip = Skips && place > 0 && (_skippedShare * _rows.Count > place || place % 32 == 0);
        if (skip)
        {
            Between(place, point, cancellation);
        }

        _selected.Add(row);
        _squares.Pointer[row] = Taken;
        _owners.Pointer[row] = place;
        long skipped = 0;
        var small = (long)_rows.Count * _rows.Width < 1 << 16;
        _workers.For(_chunks.Length, small, (chunk, _) =>
        {
            var start = chunk * _chunkRows;
            Interlocked.Add(ref skipped, Chunk(chunk, start, Math.Min(_chunkRows, _rows.Count - start), place, point, skip));
        }, cancellation);
        if (skip)
        {
            Skipped += skipped;
            _skippedShare = (double)skipped / _rows.Count;
        }
    }

    /// <summary>The row farthest from all selected, the lowest where several are; -1 where every row is selected.</summary>
    public (int Row, double Square) Farthest()
    {
        var (best, row) = (Taken, -1);
        foreach (var chunk in _chunks)
        {
            if (chunk.Largest > best)
            {
                (best, row) = (chunk.Largest, chunk.Row);
            }
        }

        return (row, best);
    }

    /// <summary>The lowest row that isn't selected; -1 where there is none.</summary>
    public int FirstFree() => _squares.Span.IndexOfAnyExcept(Taken);

    /// <summary>A row with probability in proportion to its squared distance; -1 where all are 0.</summary>
    /// <param name="share">A number in [0, 1).</param>
    public int Draw(double share)
    {
        var total = 0.0;
        foreach (var chunk in _chunks)
        {
            total += chunk.Sum;
        }

        var left = share * total;
        var last = -1;
        for (var c = 0; c < _chunks.Length; c++)
        {
            if (left >= _chunks[c].Sum && c < _chunks.Length - 1)
            {
                left -= _chunks[c].Sum;
                continue;
            }

            for (int i = c * _chunkRows, end = Math.Min(_rows.Count, i + _chunkRows); i < end; i++)
            {
                var square = _squares.Pointer[i];
                if (square > 0)
                {
                    last = i;
                    left -= square;
                    if (left < 0)
                    {
                        return i;
                    }
                }
            }
        }

        // Rounding may leave a little behind the last row that counts.
        return last >= 0 ? last : Farthest() is { Square: > 0 } farthest ? farthest.Row : -1;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _squares.Dispose();
        _point.Dispose();
        _owners.Dispose();
        _workers.Dispose();
    }

    private void Between(int count, double* point, CancellationToken cancellation)
    {
        const int Share = 256;
        if (_between.Length < count)
        {
            _between = new double[Math.Max(64, count * 2)];
        }

        _workers.For((count + Share - 1) / Share, alone: count < 2 * Share, (part, _) =>
        {
            for (int j = part * Share, end = Math.Min(count, j + Share); j < end; j++)
            {
                _between[j] = _rows.Squared(_path, _selected[j], point);
            }
        }, cancellation);
    }

    private int Chunk(int chunk, int start, int count, int place, double* point, bool skip)
    {
        var (largest, row, sum, skipped, width) = (Taken, -1, 0.0, 0, _rows.Width);
        fixed (float* values = _rows.Matrix.Rows(start, count))
        {
            for (var i = 0; i < count; i++)
            {
                ref var square = ref _squares.Pointer[start + i];
                if (square < 0)
                {
                    continue;
                }

                if (skip && _between[_owners.Pointer[start + i]] >= Twice * square)
                {
                    skipped++;
                }
                else
                {
                    var fresh = ExactRows.Squared(_path, values + ((nint)i * width), _rows.Scale(start + i), point, width);
                    if (fresh < square)
                    {
                        square = fresh;
                        _owners.Pointer[start + i] = place;
                    }
                }

                sum += square;
                if (square > largest)
                {
                    (largest, row) = (square, start + i);
                }
            }
        }

        _chunks[chunk] = (largest, row, sum);
        return skipped;
    }
}
