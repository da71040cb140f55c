using Winnow.Numerics;

namespace Winnow.Geometry;

/// <summary>Takes a tile of products: those of all loaded rows with some columns.</summary>
/// <param name="column">The first column, counted in the packed block.</param>
/// <param name="columns">How many columns, up to <see cref="TileWorker.Columns"/>; behind them, up to the next multiple of 16, the tile holds products with zeros.</param>
/// <param name="tile">The products, row after row, <see cref="TileWorker.Columns"/> apart.</param>
internal unsafe delegate void TileVisitor(int column, int columns, float* tile);

/// <summary>
/// The left side of products and a thread's buffers: a block of rows that stays in the second-level cache while the columns go by. The products of a
/// block with all columns come tile by tile and are used up while they are in the cache; no matrix of them is ever written.
/// </summary>
internal sealed unsafe class TileWorker : IDisposable
{
    /// <summary>Rows of a block, a multiple of every panel's.</summary>
    public const int Rows = 240;

    /// <summary>Columns of a tile, and from one of its rows to the next.</summary>
    public const int Columns = 128;

    // A panel of columns to this depth stays in the first-level cache.
    private const int Depth = 256;

    private readonly VectorPath _path;
    private readonly int _width, _lanes;
    private readonly NativeBuffer<float> _rows, _staging, _tile, _squares;

    public TileWorker(VectorPath path, int width)
    {
        (_path, _width, _lanes) = (path, width, MicroKernel.Rows(path));
        _rows = new(checked(Rows * width));
        _staging = new(_lanes * width);
        _tile = new(Rows * Columns);
        _squares = new(Rows);
    }

    /// <summary>Bytes of a thread's buffers.</summary>
    public static double Bytes(int width) => 4.0 * ((Rows * (double)width) + (12.0 * width) + (Rows * (Columns + 1)));

    /// <summary>How many blocks cover so many rows.</summary>
    public static int Blocks(int rows) => (int)(((long)rows + Rows - 1) / Rows);

    /// <summary>How many rows are loaded.</summary>
    public int Count { get; private set; }

    /// <summary>The loaded rows' squared lengths, as products have them; after <see cref="Measure"/>.</summary>
    public float* Squares => _squares.Pointer;

    /// <summary>Takes up to <see cref="Rows"/> rows that follow one another.</summary>
    public void Load(RowView view, int start, int count)
    {
        Count = count;
        Panels.Write(view, start, count, _lanes, _staging.Pointer, _rows.Pointer);
    }

    /// <summary>Takes up to <see cref="Rows"/> rows.</summary>
    public void Load(RowView view, ReadOnlySpan<int> ids)
    {
        Count = ids.Length;
        Panels.Write(view, ids, _lanes, _staging.Pointer, _rows.Pointer);
    }

    /// <summary>Fills <see cref="Squares"/>.</summary>
    public void Measure()
    {
        for (var row = 0; row < Count; row += _lanes)
        {
            Panels.SquaredLengths(_rows.Pointer + ((nint)row * _width), _width, _lanes, Squares + row);
        }
    }

    /// <summary>Multiplies the loaded rows with columns.</summary>
    /// <param name="packed">The columns.</param>
    /// <param name="from">The first column, a multiple of <see cref="Columns"/>.</param>
    /// <param name="to">The column behind the last.</param>
    /// <param name="visit">Gets the tiles in ascending order.</param>
    public void Multiply(PackedRows packed, int from, int to, TileVisitor visit)
    {
        for (var column = from; column < to; column += Columns)
        {
            var columns = Math.Min(Columns, to - column);
            for (var depth = 0; depth < _width; depth += Depth)
            {
                var steps = Math.Min(Depth, _width - depth);
                for (var c = 0; c < columns; c += packed.Lanes)
                {
                    var right = packed.Panel(column + c) + ((nint)depth * packed.Lanes);
                    for (var row = 0; row < Count; row += _lanes)
                    {
                        var left = _rows.Pointer + ((nint)row * _width) + ((nint)depth * _lanes);
                        MicroKernel.Run(_path, left, right, steps, _tile.Pointer + (row * Columns) + c, Columns, depth == 0);
                    }
                }
            }

            visit(column, columns, _tile.Pointer);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rows.Dispose();
        _staging.Dispose();
        _tile.Dispose();
        _squares.Dispose();
    }
}
