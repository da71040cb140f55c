using Winnow.Numerics;

namespace Winnow.Geometry;

/// <summary>The right side of products: a block of rows, packed once and multiplied with many.</summary>
internal sealed unsafe class PackedRows : IDisposable
{
    private readonly NativeBuffer<float> _panels, _squares;
    private readonly BlockWorkers<NativeBuffer<float>> _workers;

    /// <param name="path">The instructions.</param>
    /// <param name="width">Numbers a row.</param>
    /// <param name="capacity">The most rows.</param>
    /// <param name="threads">How many threads pack at most; 0 means all cores.</param>
    public PackedRows(VectorPath path, int width, int capacity, int threads)
    {
        (Width, Lanes) = (width, MicroKernel.Columns(path));
        var room = Room(capacity);
        _panels = new(checked(room * width));
        _squares = new(room);
        _workers = new(threads, () => new(Lanes * width));
    }

    /// <summary>How many rows fit beside one another into an array, at most this many.</summary>
    public static int Fitting(int width, int most) => Math.Min(most, Math.Max(TileWorker.Columns, ((Array.MaxLength / width) & ~(TileWorker.Columns - 1)) - TileWorker.Columns));

    public int Width { get; }

    /// <summary>Rows a panel.</summary>
    public int Lanes { get; }

    /// <summary>How many rows are in it.</summary>
    public int Count { get; private set; }

    /// <summary>The panel that begins with a row, a multiple of <see cref="Lanes"/>.</summary>
    public float* Panel(int row) => _panels.Pointer + ((nint)row * Width);

    /// <summary>The rows' squared lengths as products have them, filled up with zeros to a whole tile.</summary>
    public float* Squares => _squares.Pointer;

    /// <summary>Takes rows that follow one another, in place of what is in it.</summary>
    public void Load(RowView view, int start, int count, CancellationToken cancellation)
    {
        Begin(count);
        _workers.For((count + Lanes - 1) / Lanes, (panel, staging) =>
        {
            var first = panel * Lanes;
            Panels.Write(view, start + first, Math.Min(Lanes, count - first), Lanes, staging.Pointer, Panel(first));
            Panels.SquaredLengths(Panel(first), Width, Lanes, Squares + first);
        }, cancellation);
    }

    /// <summary>Takes any rows, in place of what is in it.</summary>
    public void Load(RowView view, ReadOnlyMemory<int> ids, CancellationToken cancellation)
    {
        Begin(ids.Length);
        _workers.For((ids.Length + Lanes - 1) / Lanes, (panel, staging) =>
        {
            var first = panel * Lanes;
            Panels.Write(view, ids.Span.Slice(first, Math.Min(Lanes, ids.Length - first)), Lanes, staging.Pointer, Panel(first));
            Panels.SquaredLengths(Panel(first), Width, Lanes, Squares + first);
        }, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _panels.Dispose();
        _squares.Dispose();
        _workers.Dispose();
    }

    // Whole tiles, so that what reads squared lengths by vectors stays inside.
    private static int Room(int count) => checked((count + TileWorker.Columns - 1) / TileWorker.Columns * TileWorker.Columns);

    private void Begin(int count)
    {
        Count = count;
        _squares.Span.Clear();
    }
}
