using System.Buffers;
using System.Runtime.CompilerServices;
using Winnow.Numerics;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow;

/// <summary>
/// How much that was observed at once gets to where it is kept: grouped by blocks of neighbouring ids first, with all its signals, and then block by block, by several threads.
/// </summary>
internal sealed unsafe class GroupedIntake(PrunerState state, IPruningPolicy policy, int threads)
{
    // Ids with losses, then the signals, two and two: rooms that observing needs at every epoch.
    private readonly Scratch<ulong>[] _scratch = [.. Enumerable.Range(0, 1 + ((BatchSignals.MostSignals + 1) / 2)).Select(static _ => new Scratch<ulong>())];

    /// <summary>Takes what was observed of some samples that the plan visits.</summary>
    /// <param name="ids">The samples; with an order their ranks in it: as many as there are visits, and in the ids' order, so that a block of them is one of neighbouring ids too.</param>
    /// <param name="told">What the policy is told of them; its own ids aren't looked at.</param>
    /// <param name="ranks">The order, or null.</param>
    /// <param name="segment">How many are grouped at a time.</param>
    public void Take(ReadOnlySpan<int> ids, in BatchSignals told, KeyedOrder? ranks, int segment)
    {
        var space = ranks is null ? state.Samples.Count : ranks.Count;
        int count = ids.Length, most = Math.Min(count, segment), largest = Math.Min(state.Samples.Count, segment), shift = IdBlocks.Shift(space);
        var signals = new Signal[told.Count];
        for (var place = 0; place < signals.Length; place++)
        {
            signals[place] = told.SignalAt(place);
        }

        var rooms = new NativeBuffer<ulong>[1 + ((signals.Length + 1) / 2)];
        var sums = new LossSums[IdBlocks.Count(space)];
        try
        {
            for (var i = 0; i < rooms.Length; i++)
            {
                // A signal without a partner takes half the room.
                var half = i > 0 && 2 * i > signals.Length;
                rooms[i] = half ? _scratch[i].Take((most + 1) / 2, (largest + 1) / 2) : _scratch[i].Take(most, largest);
            }

            fixed (int* pinnedIds = ids)
            fixed (float* losses = told.Losses, c0 = told.ValuesAt(0), c1 = told.ValuesAt(1), c2 = told.ValuesAt(2), c3 = told.ValuesAt(3), c4 = told.ValuesAt(4), c5 = told.ValuesAt(5))
            {
                var columns = stackalloc float*[BatchSignals.MostSignals] { c0, c1, c2, c3, c4, c5 };
                for (int at = 0, length; at < count; at += length)
                {
                    length = Math.Min(most, count - at);
                    var groups = new IdGroups(pinnedIds + at, length, space, threads);
                    groups.Move((uint*)pinnedIds + at, (uint*)losses + at, rooms[0].Pointer);
                    for (var i = 1; i < rooms.Length; i++)
                    {
                        var first = (uint*)columns[(2 * i) - 2] + at;
                        if (2 * i > signals.Length)
                        {
                            groups.Move(first, (uint*)rooms[i].Pointer);
                        }
                        else
                        {
                            groups.Move(first, (uint*)columns[(2 * i) - 1] + at, rooms[i].Pointer);
                        }
                    }

                    // Blocks are of different samples: what one thread writes no other reads.
                    var ends = groups.Ends;
                    Chunks.For(ends.Length, threads, block =>
                    {
                        int start = block == 0 ? 0 : ends[block - 1], size = ends[block] - start;
                        sums[block] = size == 0 ? default : TakeBlock(signals, rooms, start, size, ranks, marked: Warm(block << shift, 1 << shift, ranks));
                    });
                    foreach (ref readonly var part in sums.AsSpan())
                    {
                        (state.Sums, state.NonFinite) = (state.Sums + part, state.NonFinite + part.NonFinite);
                    }
                }
            }
        }
        finally
        {
            foreach (var room in rooms)
            {
                room?.Dispose();
            }
        }
    }

    // Brings a block's samples into the cache. Returns whether all of them are marked already.
    private bool Warm(int first, int length, KeyedOrder? ranks)
    {
        if (ranks is not null)
        {
            // From the first of these ranks to the last, if there are so many.
            Span<int> ends = [first, (int)Math.Min(first + (long)length, ranks.Count) - 1];
            ranks.Select(ends);
            (first, length) = (ends[0], ends[1] - ends[0] + 1);
        }

        state.Samples.Warm(first, length);
        CacheWarmer.Range(state.Plan!.Weights, first, length);
        return state.Samples.AllFinite(first, length);
    }

    // Where all samples of the block are marked already, finite losses need no marking.
    private LossSums TakeBlock(Signal[] signals, NativeBuffer<ulong>[] rooms, int start, int size, KeyedOrder? ranks, bool marked)
    {
        const int Run = LossIntake.Run;
        var plan = state.Plan!;
        var ids = ArrayPool<long>.Shared.Rent(Run);
        var values = ArrayPool<float>.Shared.Rent((1 + signals.Length) * Run);
        var sums = default(LossSums);
        for (var at = 0; at < size; at += Run)
        {
            var length = Math.Min(Run, size - at);
            var own = ids.AsSpan(0, length);
            var losses = values.AsSpan(0, length);
            Split(new(rooms[0].Pointer + start + at, length), own, losses);
            if (ranks is not null)
            {
                Select(ranks, own);
            }

            var told = new BatchSignals { Ids = own, Losses = losses, Epoch = plan.Epoch };
            var finite = NonFinite.Count(losses) == 0;
            for (var place = 0; place < signals.Length; place += 2)
            {
                var room = rooms[1 + (place / 2)].Pointer;
                if (place + 1 == signals.Length)
                {
                    var single = new ReadOnlySpan<float>((float*)room + start + at, length);
                    told = told.With(signals[place], single);
                    finite = finite && NonFinite.Count(single) == 0;
                    continue;
                }

                Span<float> first = values.AsSpan((1 + place) * Run, length), second = values.AsSpan((2 + place) * Run, length);
                Split(new(room + start + at, length), first, second);
                told = told.With(signals[place], first).With(signals[place + 1], second);
                finite = finite && NonFinite.Count(first) == 0 && NonFinite.Count(second) == 0;
            }

            // A policy may mark by a signal in its own way, where one isn't finite.
            if (!marked || !finite)
            {
                state.Samples.Mark(told);
                // A sample given twice may be marked by its first loss and must be marked again by its second.
                marked = false;
            }

            policy.Observe(state.Samples, told);
            sums += LossSums.Of(plan.Weights, own, losses);
        }

        ArrayPool<float>.Shared.Return(values);
        ArrayPool<long>.Shared.Return(ids);
        return sums;
    }

    // Turns ranks in an order into ids.
    private static void Select(KeyedOrder order, Span<long> ranks)
    {
        Span<int> ids = stackalloc int[ranks.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = (int)ranks[i];
        }

        order.Select(ids);
        for (var i = 0; i < ids.Length; i++)
        {
            ranks[i] = ids[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Split(ReadOnlySpan<ulong> pairs, Span<long> ids, Span<float> losses)
    {
        ids = ids[..pairs.Length];
        losses = losses[..pairs.Length];
        for (var i = 0; i < pairs.Length; i++)
        {
            ids[i] = (long)(pairs[i] >> 32);
            losses[i] = BitConverter.UInt32BitsToSingle((uint)pairs[i]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Split(ReadOnlySpan<ulong> pairs, Span<float> first, Span<float> second)
    {
        first = first[..pairs.Length];
        second = second[..pairs.Length];
        for (var i = 0; i < pairs.Length; i++)
        {
            first[i] = BitConverter.UInt32BitsToSingle((uint)(pairs[i] >> 32));
            second[i] = BitConverter.UInt32BitsToSingle((uint)pairs[i]);
        }
    }
}
