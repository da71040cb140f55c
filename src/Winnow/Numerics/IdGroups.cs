using System.Runtime.CompilerServices;

namespace Winnow.Numerics;

/// <summary>
/// Groups what was observed by blocks of neighbouring ids, keeping the order within a block. Writing values to random places of arrays
/// larger than the caches costs a miss each; grouping first and then writing block by block costs less than half of that, and the blocks
/// can be written by several threads.
/// </summary>
/// <remarks>
/// Made of the ids, it knows where each goes; then any number of columns is moved there, each pass two of them or one.
/// </remarks>
internal sealed unsafe class IdGroups
{
    private const int FewBlocks = 1 << 11, SmallestSegment = 1 << 15;

    private readonly int* _ids;
    private readonly int _count, _shift, _segments, _threads;
    private readonly int[] _places;

    /// <summary>Where each id goes.</summary>
    /// <param name="ids">The ids, which stay where they are as long as this is used.</param>
    /// <param name="count">How many ids.</param>
    /// <param name="samples">The ids are below this.</param>
    /// <param name="threads">How many threads at most; 0 means all cores. The result is the same.</param>
    public IdGroups(int* ids, int count, int samples, int threads)
    {
        _ids = ids;
        (_count, _shift, _threads) = (count, IdBlocks.Shift(samples), threads);
        var blocks = IdBlocks.Count(samples);
        // Each segment of the ids has its own places in every block, behind those of the segments before it.
        _segments = Math.Clamp(count / SmallestSegment, 1, Chunks.Threads(threads));
        _places = new int[_segments * blocks];
        Chunks.For(_segments, threads, s =>
        {
            var (from, to) = Segment(s);
            CountIds(new ReadOnlySpan<int>(_ids + from, to - from), _shift, _places.AsSpan(s * blocks, blocks));
        });
        Ends = new int[blocks];
        var total = 0;
        for (var b = 0; b < blocks; b++)
        {
            for (var s = 0; s < _segments; s++)
            {
                var size = _places[(s * blocks) + b];
                _places[(s * blocks) + b] = total;
                total += size;
            }

            Ends[b] = total;
        }
    }

    /// <summary>Where each block ends in what is grouped.</summary>
    public int[] Ends { get; }

    /// <summary>Moves two columns of 32 bits to where their ids go.</summary>
    /// <param name="high">One an id, for the high half of a pair.</param>
    /// <param name="low">One an id, for the low half.</param>
    /// <param name="grouped">Takes the pairs; begins on a cache line.</param>
    public void Move(uint* high, uint* low, ulong* grouped) => Move(new Pairs(high, low), grouped);

    /// <summary>Moves a column of 32 bits to where its ids go.</summary>
    /// <param name="values">One an id.</param>
    /// <param name="grouped">Takes the column; begins on a cache line.</param>
    public void Move(uint* values, uint* grouped) => Move(new Singles(values), grouped);

    private void Move<T, TSource>(TSource source, T* grouped)
        where T : unmanaged
        where TSource : struct, ISource<T>
    {
        if (((nuint)grouped & (CacheLines.Size - 1)) != 0)
        {
            throw new ArgumentException($"what takes the grouped must begin on a cache line of {CacheLines.Size} bytes", nameof(grouped));
        }

        Chunks.For(_segments, _threads, s =>
        {
            var (from, to) = Segment(s);
            var own = _places.AsSpan(s * Ends.Length, Ends.Length);
            if (Ends.Length <= FewBlocks)
            {
                Scatter<T, TSource, CacheLines.FourLines>(_ids, source, from, to, _shift, own, grouped);
            }
            else
            {
                Scatter<T, TSource, CacheLines.TwoLines>(_ids, source, from, to, _shift, own, grouped);
            }
        });
    }

    private (int From, int To) Segment(int segment) => ((int)((long)segment * _count / _segments), (int)((segment + 1L) * _count / _segments));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CountIds(ReadOnlySpan<int> ids, int shift, Span<int> sizes)
    {
        foreach (var id in ids)
        {
            sizes[id >> shift]++;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scatter<T, TSource, TRoom>(int* ids, TSource source, int from, int to, int shift, ReadOnlySpan<int> starts, T* grouped)
        where T : unmanaged
        where TSource : struct, ISource<T>
        where TRoom : struct, CacheLines.IRoom
    {
        int blocks = starts.Length, items = TRoom.Bytes / sizeof(T);
        using var waiting = new NativeBuffer<byte>(TRoom.Bytes * blocks);
        using var places = new NativeBuffer<int>(blocks);
        starts.CopyTo(places.Span);
        var rooms = (T*)waiting.Pointer;
        var next = places.Pointer;
        fixed (int* first = starts)
        {
            for (var i = from; i < to; i++)
            {
                int block = ids[i] >> shift, place = next[block]++;
                CacheLines.Put<T, TRoom>(rooms + (block * items), grouped, first[block], place, source.At(i));
            }

            for (var b = 0; b < blocks; b++)
            {
                CacheLines.Flush<T, TRoom>(rooms + (b * items), grouped, first[b], next[b]);
            }
        }

        CacheLines.Publish();
    }

    private interface ISource<T>
    {
        T At(int place);
    }

    private readonly struct Pairs(uint* high, uint* low) : ISource<ulong>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ulong At(int place) => ((ulong)high[place] << 32) | low[place];
    }

    private readonly struct Singles(uint* values) : ISource<uint>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public uint At(int place) => values[place];
    }
}
