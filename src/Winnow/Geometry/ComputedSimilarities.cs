using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Winnow.Numerics;

namespace Winnow.Geometry;

/// <summary>Similarities computed from embeddings whenever they are asked for. The items asked for are the left side of the products, all rows the right.</summary>
internal sealed unsafe class ComputedSimilarities : SimilarityMatrix
{
    /// <summary>Rows that are packed at a time.</summary>
    public const int Block = 8192;

    // Columns of a piece of work, and items whose sums are taken in one go over the rows.
    private const int Piece = 8 * Stretch, Together = 16 * TileWorker.Rows;

    private readonly VectorPath _path = VectorPaths.Current;
    private readonly PackedRows _packed;
    private readonly BlockWorkers<Buffers> _workers;
    private readonly Similarity _similarity;
    private readonly int _step;
    private int _loaded = -1;

    public ComputedSimilarities(RowView rows, Similarity similarity, int threads)
        : base(rows.Count)
    {
        Rows = rows;
        _similarity = similarity;
        _step = PackedRows.Fitting(rows.Width, Math.Min(Block, Math.Max(1, rows.Count)));
        _packed = new(_path, rows.Width, _step, threads);
        _workers = new(threads, () => new(_path, rows.Width));
    }

    public RowView Rows { get; }

    public override bool IsKept => false;

    // Each time the rows go by, packing them costs as much as multiplying them with some thirty.
    internal override int Batch => 48;

    /// <summary>Bytes of the buffers.</summary>
    public static double Bytes(EmbeddingMatrix matrix, int threads) => (Chunks.Threads(threads) * (TileWorker.Bytes(matrix.Width) + 1024))
        + (4.0 * (matrix.Width + 1) * Math.Min(matrix.Count, Block)) + (16.0 * matrix.Count) + (8.0 * Together * (Block / Stretch));

    /// <summary>The largest distance, from which similarities are taken, once <see cref="Lower"/> has found it; null where they come from cosines.</summary>
    public float? Largest { get; private set; }

    /// <summary>
    /// Visits one half of the symmetric numbers tile by tile, and on the diagonal a little of the other: similarities where they come from cosines, and else the
    /// distances, of which <see cref="Largest"/> is known afterwards.
    /// </summary>
    public void Lower(SimilarityVisitor visit, CancellationToken cancellation)
    {
        var distances = _similarity is Similarity.Distance or Similarity.SquaredDistance;
        var largest = 0f;
        Lock gate = new();
        for (var next = 0L; next < Count; next += _step)
        {
            var start = (int)next;
            var firstBlock = start / TileWorker.Rows;
            Load(start, cancellation);
            _workers.For(TileWorker.Blocks(Count) - firstBlock, (block, buffers) =>
            {
                var row = (firstBlock + block) * TileWorker.Rows;
                var tiles = buffers.Tiles;
                tiles.Load(Rows, row, Math.Min(TileWorker.Rows, Count - row));
                tiles.Measure();
                // Of symmetric numbers, those up to the block's last row are enough.
                var end = Math.Min(_packed.Count, row + tiles.Count - start);
                tiles.Multiply(_packed, 0, end, (column, columns, tile) =>
                {
                    var most = 0f;
                    for (var i = 0; i < tiles.Count; i++)
                    {
                        var products = tile + (i * TileWorker.Columns);
                        Measured(products, tiles.Squares[i], _packed.Squares + column, columns);
                        if (distances)
                        {
                            most = MathF.Max(most, TensorPrimitives.Max(new ReadOnlySpan<float>(products, columns)));
                        }
                    }

                    lock (gate)
                    {
                        largest = MathF.Max(largest, most);
                    }

                    visit(tiles, row, start + column, columns, tile);
                });
            }, cancellation);
        }

        Largest = distances ? largest : null;
    }

    internal override void Sum(ReadOnlySpan<int> items, StretchSum sum, Span<double> totals, CancellationToken cancellation)
    {
        totals.Clear();
        var stretches = (_step + Stretch - 1) / Stretch;
        var sums = new double[Math.Min(items.Length, Together) * stretches];
        for (var from = 0; from < items.Length; from += Together)
        {
            var now = items.Slice(from, Math.Min(Together, items.Length - from)).ToArray();
            for (var next = 0L; next < Count; next += _step)
            {
                var start = (int)next;
                Load(start, cancellation);
                int blocks = TileWorker.Blocks(now.Length), pieces = (_packed.Count + Piece - 1) / Piece;
                _workers.For(blocks * pieces, (work, buffers) =>
                {
                    var (block, piece) = (work % blocks, work / blocks);
                    var first = block * TileWorker.Rows;
                    var tiles = buffers.Tiles;
                    tiles.Load(Rows, now.AsSpan(first, Math.Min(TileWorker.Rows, now.Length - first)));
                    tiles.Measure();
                    tiles.Multiply(_packed, piece * Piece, Math.Min(_packed.Count, (piece + 1) * Piece), (column, columns, tile) =>
                    {
                        for (var i = 0; i < tiles.Count; i++)
                        {
                            var similarities = tile + (i * TileWorker.Columns);
                            Similar(similarities, tiles.Squares[i], _packed.Squares + column, columns);
                            sums[((first + i) * stretches) + (column / Stretch)] = sum(start + column, columns, similarities);
                        }
                    });
                }, cancellation);
                for (var i = 0; i < now.Length; i++)
                {
                    for (var c = 0; c < _packed.Count; c += Stretch)
                    {
                        totals[from + i] += sums[(i * stretches) + (c / Stretch)];
                    }
                }
            }
        }
    }

    internal override void Column(int item, Span<float> similarities)
    {
        fixed (float* pinned = similarities)
        {
            var to = pinned;
            for (var next = 0L; next < Count; next += _step)
            {
                var start = (int)next;
                Load(start, CancellationToken.None);
                _workers.For((_packed.Count + Piece - 1) / Piece, (piece, buffers) =>
                {
                    buffers.One[0] = item;
                    buffers.Tiles.Load(Rows, buffers.One);
                    buffers.Tiles.Measure();
                    buffers.Tiles.Multiply(_packed, piece * Piece, Math.Min(_packed.Count, (piece + 1) * Piece), (column, columns, tile) =>
                    {
                        Similar(tile, buffers.Tiles.Squares[0], _packed.Squares + column, columns);
                        new ReadOnlySpan<float>(tile, columns).CopyTo(new Span<float>(to + start + column, columns));
                    });
                });
            }
        }
    }

    // By the same products as everywhere: of a row of length 1 the cosine with itself is 1 but for rounding.
    internal override void Diagonal(Span<double> own)
    {
        fixed (double* pinned = own)
        {
            var to = pinned;
            _workers.For(TileWorker.Blocks(Count), (block, buffers) =>
            {
                var row = block * TileWorker.Rows;
                var tiles = buffers.Tiles;
                tiles.Load(Rows, row, Math.Min(TileWorker.Rows, Count - row));
                tiles.Measure();
                for (var i = 0; i < tiles.Count; i++)
                {
                    float product = tiles.Squares[i], square = product;
                    Similar(&product, square, &square, 1);
                    to[row + i] = product;
                }
            });
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _packed.Dispose();
            _workers.Dispose();
        }
    }

    private void Load(int start, CancellationToken cancellation)
    {
        // Few rows are packed once for all.
        if (_loaded != start)
        {
            _loaded = -1;
            _packed.Load(Rows, start, Math.Min(_step, Count - start), cancellation);
            _loaded = start;
        }
    }

    private void Similar(float* products, float square, float* squares, int columns)
    {
        Measured(products, square, squares, columns);
        if (Largest is { } largest)
        {
            Span<float> distances = new(products, columns);
            TensorPrimitives.Subtract(largest, distances, distances);
        }
    }

    // Similarities by cosines, and else distances.
    private void Measured(float* products, float square, float* squares, int columns)
    {
        switch (_similarity)
        {
            case Similarity.Cosine:
                Halve(products, columns);
                break;
            case Similarity.SquaredCosine:
                for (var j = 0; j < columns; j++)
                {
                    products[j] *= products[j];
                }

                break;
            default:
                Squares(products, square, squares, columns);
                if (_similarity == Similarity.Distance)
                {
                    Roots(products, columns);
                }

                break;
        }
    }

    // Rounding may carry a cosine a millionth beyond -1.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Halve(float* products, int columns)
    {
        var half = Vector256.Create(0.5f);
        var j = 0;
        for (; j + 8 <= columns; j += 8)
        {
            Vector256.Max(Vector256.FusedMultiplyAdd(Vector256.Load(products + j), half, half), Vector256<float>.Zero).Store(products + j);
        }

        for (; j < columns; j++)
        {
            products[j] = MathF.Max(MathF.FusedMultiplyAdd(products[j], 0.5f, 0.5f), 0);
        }
    }

    // |x|² + |y|² - 2xy: 0 exactly for equal rows, since products and squares are summed alike; rounding may leave less than 0 for others that are nearly equal.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Squares(float* products, float square, float* squares, int columns)
    {
        Vector256<float> own = Vector256.Create(square), two = Vector256.Create(-2f);
        var j = 0;
        for (; j + 8 <= columns; j += 8)
        {
            var distance = Vector256.FusedMultiplyAdd(Vector256.Load(products + j), two, own + Vector256.Load(squares + j));
            Vector256.Max(distance, Vector256<float>.Zero).Store(products + j);
        }

        for (; j < columns; j++)
        {
            products[j] = MathF.Max(MathF.FusedMultiplyAdd(products[j], -2f, square + squares[j]), 0);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Roots(float* squares, int columns)
    {
        var j = 0;
        for (; j + 8 <= columns; j += 8)
        {
            Vector256.Sqrt(Vector256.Load(squares + j)).Store(squares + j);
        }

        for (; j < columns; j++)
        {
            squares[j] = MathF.Sqrt(squares[j]);
        }
    }

    private sealed class Buffers(VectorPath path, int width) : IDisposable
    {
        public TileWorker Tiles { get; } = new(path, width);

        public int[] One { get; } = new int[1];

        public void Dispose() => Tiles.Dispose();
    }
}

/// <summary>Takes a tile of numbers of loaded rows, which begin at a row, with rows that begin at a column.</summary>
internal unsafe delegate void SimilarityVisitor(TileWorker worker, int row, int column, int columns, float* tile);
