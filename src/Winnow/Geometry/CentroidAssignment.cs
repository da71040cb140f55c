using Winnow.Numerics;

namespace Winnow.Geometry;

/// <summary>Assigns rows to their nearest centroids: products by tiles decide, and the distance from the winner is computed in float64.</summary>
internal sealed unsafe class CentroidAssignment : IDisposable
{
    private readonly RowView _rows;
    private readonly VectorPath _path;
    private readonly PackedRows _packed;
    private readonly NativeBuffer<float> _halves;
    private readonly BlockWorkers<Buffers> _workers;
    private readonly int _centroids;

    public CentroidAssignment(RowView rows, int centroids, int threads)
    {
        (_rows, _centroids, _path) = (rows, centroids, VectorPaths.Current);
        _packed = new(_path, rows.Width, centroids, threads);
        _halves = new(((centroids + TileWorker.Columns - 1) / TileWorker.Columns * TileWorker.Columns) + TileWorker.Columns);
        _workers = new(threads, () => new(_path, rows.Width));
    }

    /// <summary>Takes the centroids that rows are assigned to from now on.</summary>
    public void Use(float* centroids, CancellationToken cancellation)
    {
        _packed.Load(_rows.ForChecked(new PointerMatrix(centroids, _centroids, _rows.Width)), 0, _centroids, cancellation);
        TileScan.Halves(_packed, _rows.Metric, _halves.Span);
    }

    /// <summary>Assigns a run of rows.</summary>
    /// <param name="start">The first row.</param>
    /// <param name="count">How many.</param>
    /// <param name="centroids">The centroids, as given to <see cref="Use"/>.</param>
    /// <param name="assignments">Gets the ids of the run's rows.</param>
    /// <param name="squares">Gets the squared distances of the run's rows.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>How many assignments are others than before.</returns>
    public int Assign(int start, int count, float* centroids, int* assignments, float* squares, CancellationToken cancellation)
    {
        var changed = 0;
        _workers.For(TileWorker.Blocks(count), (block, buffers) =>
        {
            var offset = block * TileWorker.Rows;
            var rows = Math.Min(TileWorker.Rows, count - offset);
            buffers.Tiles.Load(_rows, start + offset, rows);
            var best = buffers.Best.Pointer;
            var id = buffers.Ids.Pointer;
            buffers.Best.Span.Fill(float.PositiveInfinity);
            buffers.Ids.Span.Clear();
            buffers.Tiles.Multiply(_packed, 0, _centroids, (column, columns, tile) =>
            {
                for (var i = 0; i < rows; i++)
                {
                    var (value, place) = TileScan.Smallest(tile + (i * TileWorker.Columns), _halves.Pointer + column, columns, best[i]);
                    if (place >= 0)
                    {
                        (best[i], id[i]) = (value, column + place);
                    }
                }
            });
            var other = 0;
            fixed (float* values = _rows.Matrix.Rows(start + offset, rows))
            {
                for (var i = 0; i < rows; i++)
                {
                    other += assignments[offset + i] == id[i] ? 0 : 1;
                    assignments[offset + i] = id[i];
                    var centroid = centroids + ((nint)id[i] * _rows.Width);
                    squares[offset + i] = (float)ExactRows.Squared(_path, values + ((nint)i * _rows.Width), _rows.Scale(start + offset + i), centroid, _rows.Width);
                }
            }

            Interlocked.Add(ref changed, other);
        }, cancellation);
        return changed;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _packed.Dispose();
        _halves.Dispose();
        _workers.Dispose();
    }

    private sealed class Buffers(VectorPath path, int width) : IDisposable
    {
        public TileWorker Tiles { get; } = new(path, width);

        public NativeBuffer<float> Best { get; } = new(TileWorker.Rows);

        public NativeBuffer<int> Ids { get; } = new(TileWorker.Rows);

        public void Dispose()
        {
            Tiles.Dispose();
            Best.Dispose();
            Ids.Dispose();
        }
    }
}
