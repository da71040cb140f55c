using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Winnow.Numerics;

namespace Winnow.Geometry;

/// <summary>All similarities in memory.</summary>
internal sealed unsafe class KeptSimilarities : SimilarityMatrix
{
    private readonly BlockWorkers<NoBuffers> _workers;
    private readonly bool _own;
    private MemoryHandle _pin;
    private float* _values;

    public KeptSimilarities(ReadOnlyMemory<float> values, int count, int threads)
        : base(count)
    {
        _workers = new(threads, static () => default);
        _pin = values.Pin();
        _values = (float*)_pin.Pointer;
    }

    private KeptSimilarities(int count, int threads)
        : base(count)
    {
        _workers = new(threads, static () => default);
        var bytes = (nuint)count * (nuint)count * sizeof(float);
        _values = (float*)NativeMemory.AlignedAlloc(Math.Max(1, bytes), CacheLines.Size);
        HugePages.Want(_values, bytes);
        _own = true;
    }

    public override bool IsKept => true;

    // An item takes a few microseconds, which is what waking the threads costs.
    internal override int Batch => 8;

    /// <summary>Computes one half of them and mirrors it: products don't depend on which row comes first.</summary>
    public static KeptSimilarities Compute(ComputedSimilarities computed, int threads, CancellationToken cancellation)
    {
        KeptSimilarities kept = new(computed.Count, threads);
        try
        {
            computed.Lower((worker, row, column, columns, tile) => kept.Take(row, worker.Count, column, columns, tile), cancellation);
            if (computed.Largest is { } largest)
            {
                kept._workers.For(kept.Count, (item, _) =>
                {
                    var row = kept.Row(item);
                    TensorPrimitives.Subtract(largest, row, row);
                }, cancellation);
            }
        }
        catch
        {
            kept.Dispose();
            throw;
        }

        return kept;
    }

    internal override void Sum(ReadOnlySpan<int> items, StretchSum sum, Span<double> totals, CancellationToken cancellation)
    {
        fixed (int* pinnedItems = items)
        fixed (double* pinnedTotals = totals)
        {
            var ids = pinnedItems;
            var to = pinnedTotals;
            _workers.For(items.Length, (i, _) =>
            {
                var row = _values + ((nint)ids[i] * Count);
                var total = 0.0;
                for (var first = 0; first < Count; first += Stretch)
                {
                    total += sum(first, Math.Min(Stretch, Count - first), row + first);
                }

                to[i] = total;
            }, cancellation);
        }
    }

    internal override void Column(int item, Span<float> similarities) => Row(item).CopyTo(similarities);

    internal override void Diagonal(Span<double> own)
    {
        for (var item = 0; item < own.Length; item++)
        {
            own[item] = Row(item)[item];
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (_own && _values != null)
        {
            NativeMemory.AlignedFree(_values);
        }

        _values = null;
        _pin.Dispose();
        if (disposing)
        {
            _workers.Dispose();
        }
    }

    private Span<float> Row(int item) => new(_values + ((nint)item * Count), Count);

    // Each number below the diagonal is written twice, by one thread; those above it in the tile are another tile's.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Take(int row, int rows, int column, int columns, float* tile)
    {
        for (var i = 0; i < rows; i++)
        {
            var own = Math.Min(columns, row + i + 1 - column);
            if (own > 0)
            {
                new ReadOnlySpan<float>(tile + (i * TileWorker.Columns), own).CopyTo(new Span<float>(_values + ((nint)(row + i) * Count) + column, own));
            }
        }

        for (var j = 0; j < columns; j++)
        {
            var to = _values + ((nint)(column + j) * Count);
            for (var i = Math.Max(0, column + j - row); i < rows; i++)
            {
                to[row + i] = tile[(i * TileWorker.Columns) + j];
            }
        }
    }
}
