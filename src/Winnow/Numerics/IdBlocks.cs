using System.Numerics;
using System.Runtime.CompilerServices;

namespace Winnow.Numerics;

/// <summary>
/// Groups what was observed by blocks of neighbouring ids, keeping the order within a block. Writing values to random places of arrays
/// larger than the caches costs a miss each; grouping first and then writing block by block costs less than half of that, and the blocks
/// can be written by several threads.
/// </summary>
internal static class IdBlocks
{
    private const int MinShift = 14, MaxBlocksLog2 = 13, FewBlocks = 1 << 11, SmallestSegment = 1 << 15, SmallestPiece = 1 << 24;

    /// <summary>Block b holds the ids with id &gt;&gt; shift = b; at most 2^13 blocks of at least 2^14 ids.</summary>
    public static int Shift(int samples) => Math.Max(MinShift, 32 - BitOperations.LeadingZeroCount((uint)samples) - MaxBlocksLog2);

    /// <summary>How many blocks there are.</summary>
    public static int Count(int samples) => ((samples - 1) >> Shift(samples)) + 1;

    /// <summary>
    /// How many ids are grouped at a time: an eighth of the samples, so that pairs take a byte a sample and a cache line of the table is
    /// written for two ids and not for one.
    /// </summary>
    public static int Segment(int samples) => Math.Max(SmallestPiece, (samples / 8) + 1);

    /// <summary>Writes pairs of id (high half) and value (low half), and beside each what else was observed, grouped. Returns where each block ends.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="values">The bits of one value an id.</param>
    /// <param name="others">What else there is an id.</param>
    /// <param name="count">How many ids.</param>
    /// <param name="samples">The ids are below this.</param>
    /// <param name="pairs">Takes the pairs; begins on a cache line, as the others that are taken.</param>
    /// <param name="groupedLosses">Takes the batch losses in the order of the pairs; unused when there are none.</param>
    /// <param name="groupedPredictions">Takes confidence and correctness in the order of the pairs; unused when there are none.</param>
    /// <param name="threads">How many threads at most; 0 means all cores. The result is the same.</param>
    public static unsafe int[] Group(int* ids, uint* values, ObservedOthers others, int count, int samples,
        ulong* pairs, float* groupedLosses, uint* groupedPredictions, int threads)
    {
        if ((((nuint)pairs | (nuint)groupedLosses | (nuint)groupedPredictions) & (CacheLines.Size - 1)) != 0)
        {
            throw new ArgumentException($"what takes the grouped must begin on a cache line of {CacheLines.Size} bytes", nameof(pairs));
        }

        int shift = Shift(samples), blocks = Count(samples);
        // Each segment of the ids has its own places in every block, behind those of the segments before it.
        var segments = Math.Clamp(count / SmallestSegment, 1, threads > 0 ? threads : Environment.ProcessorCount);
        var places = new int[segments * blocks];
        Chunks.For(segments, threads, s =>
        {
            var (from, to) = Segment(s, segments, count);
            CountIds(new ReadOnlySpan<int>(ids + from, to - from), shift, places.AsSpan(s * blocks, blocks));
        });
        var ends = new int[blocks];
        var total = 0;
        for (var b = 0; b < blocks; b++)
        {
            for (var s = 0; s < segments; s++)
            {
                var size = places[(s * blocks) + b];
                places[(s * blocks) + b] = total;
                total += size;
            }

            ends[b] = total;
        }

        Chunks.For(segments, threads, s =>
        {
            var (from, to) = Segment(s, segments, count);
            var own = places.AsSpan(s * blocks, blocks);
            if (blocks <= FewBlocks)
            {
                Scatter<CacheLines.FourLines>(ids, values, others, from, to, shift, own, pairs, groupedLosses, groupedPredictions);
            }
            else
            {
                Scatter<CacheLines.TwoLines>(ids, values, others, from, to, shift, own, pairs, groupedLosses, groupedPredictions);
            }
        });
        return ends;
    }

    private static (int From, int To) Segment(int segment, int segments, int count) =>
        ((int)((long)segment * count / segments), (int)((segment + 1L) * count / segments));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CountIds(ReadOnlySpan<int> ids, int shift, Span<int> sizes)
    {
        foreach (var id in ids)
        {
            sizes[id >> shift]++;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Scatter<TRoom>(int* ids, uint* values, ObservedOthers others, int from, int to, int shift, ReadOnlySpan<int> starts,
        ulong* pairs, float* groupedLosses, uint* groupedPredictions) where TRoom : struct, CacheLines.IRoom
    {
        var room = TRoom.Bytes;
        var blocks = starts.Length;
        using var waiting = new NativeBuffer<byte>(room * blocks * (others.Any ? 3 : 1));
        using var places = new NativeBuffer<int>(blocks);
        starts.CopyTo(places.Span);
        var pairRooms = (ulong*)waiting.Pointer;
        var lossRooms = (float*)(waiting.Pointer + (room * blocks));
        var predictionRooms = (uint*)(waiting.Pointer + (2 * room * blocks));
        fixed (int* first = starts)
        {
            var next = places.Pointer;
            if (!others.Any)
            {
                Put<TRoom>(ids, values, others, false, false, from, to, shift, first, next, pairRooms, lossRooms, predictionRooms, pairs, groupedLosses, groupedPredictions);
            }
            else if (!others.HasPredictions)
            {
                Put<TRoom>(ids, values, others, true, false, from, to, shift, first, next, pairRooms, lossRooms, predictionRooms, pairs, groupedLosses, groupedPredictions);
            }
            else if (!others.HasBatchLosses)
            {
                Put<TRoom>(ids, values, others, false, true, from, to, shift, first, next, pairRooms, lossRooms, predictionRooms, pairs, groupedLosses, groupedPredictions);
            }
            else
            {
                Put<TRoom>(ids, values, others, true, true, from, to, shift, first, next, pairRooms, lossRooms, predictionRooms, pairs, groupedLosses, groupedPredictions);
            }

            for (var b = 0; b < blocks; b++)
            {
                CacheLines.Flush<ulong, TRoom>(pairRooms + (b * (room / sizeof(ulong))), pairs, first[b], next[b]);
                if (others.HasBatchLosses)
                {
                    CacheLines.Flush<float, TRoom>(lossRooms + (b * (room / sizeof(float))), groupedLosses, first[b], next[b]);
                }

                if (others.HasPredictions)
                {
                    CacheLines.Flush<uint, TRoom>(predictionRooms + (b * (room / sizeof(uint))), groupedPredictions, first[b], next[b]);
                }
            }
        }

        CacheLines.Publish();
    }

    // Inlined once for each combination: with all of it in one loop, the pointers don't fit into the registers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Put<TRoom>(int* ids, uint* values, ObservedOthers others, bool losses, bool predictions, int from, int to, int shift, int* first, int* next,
        ulong* pairRooms, float* lossRooms, uint* predictionRooms, ulong* pairs, float* groupedLosses, uint* groupedPredictions) where TRoom : struct, CacheLines.IRoom
    {
        var words = TRoom.Bytes / sizeof(uint);
        for (var i = from; i < to; i++)
        {
            int block = ids[i] >> shift, start = first[block], place = next[block]++;
            CacheLines.Put<ulong, TRoom>(pairRooms + (block * (words / 2)), pairs, start, place, ((ulong)(uint)ids[i] << 32) | values[i]);
            if (losses)
            {
                CacheLines.Put<float, TRoom>(lossRooms + (block * words), groupedLosses, start, place, others.BatchLoss(i));
            }

            if (predictions)
            {
                CacheLines.Put<uint, TRoom>(predictionRooms + (block * words), groupedPredictions, start, place, others.Prediction(i));
            }
        }
    }
}
