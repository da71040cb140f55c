using System.Buffers;
using System.Runtime.CompilerServices;
using Winnow.Numerics;
using Winnow.Plans;
using Winnow.Samples;

namespace Winnow;

/// <content>How observed losses get to where they are kept.</content>
public sealed partial class Pruner
{
    // A run's ids and losses stay in the first-level cache through the passes over it.
    const int Run = 1 << 10;

    // From here on the state of all samples no longer fits in the second-level cache, and grouping pays for itself where not too few are
    // observed: it looks at all samples once.
    const int LargeTable = 1 << 18, LargeBatch = 1 << 15, ShareOfTable = 32;

    // Rooms that observing needs at every epoch.
    readonly Scratch<int> _scratchIds = new();
    readonly Scratch<ulong> _scratchPairs = new();
    readonly Scratch<float> _scratchLosses = new();
    readonly Scratch<uint> _scratchPredictions = new();

    /// <summary>How many visits are taken at a time; tests make it small.</summary>
    internal int Segment
    {
        get => field > 0 ? field : IdBlocks.Segment(Samples.Count);
        set;
    }

    void Take(EpochPlan plan, in PlannedBatch batch, in BatchSignals signals)
    {
        ReadOnlySpan<float> batchLosses = BatchLosses(signals);
        if (plan.HasList)
        {
            Take(plan, batch.Ids, signals, batchLosses);
            return;
        }
        _touched = true;
        // Without a list the ids are made as they are needed. Where they are to be grouped their ranks do as well, and are looked up group by group.
        bool group = Groups(batch.Count, signals);
        int most = Math.Min(batch.Count, Segment);
        using NativeBuffer<int> ids = _scratchIds.Take(most, Math.Min(Samples.Count, Segment));
        for (int at = 0, length; at < batch.Count; at += length)
        {
            length = Math.Min(most, batch.Count - at);
            Span<int> some = ids.Span[..length];
            BatchSignals part = signals.Slice(at, length);
            ReadOnlySpan<float> means = batchLosses.IsEmpty ? default : batchLosses.Slice(at, length);
            if (group)
            {
                plan.Keyed!.CopyRanks(batch.Start + at, some);
                TakeGrouped(plan, some, part, means, plan.Keyed);
            }
            else
            {
                plan.CopyOrder(batch.Start + at, some);
                TakeRuns(plan, some, part, means);
            }
        }
    }

    void Take(EpochPlan plan, ReadOnlySpan<int> ids, in BatchSignals signals) =>
        Take(plan, ids, signals, BatchLosses(signals));

    void Take(EpochPlan plan, ReadOnlySpan<int> ids, in BatchSignals signals, ReadOnlySpan<float> batchLosses)
    {
        _touched = true;
        if (Groups(ids.Length, signals)) TakeGrouped(plan, ids, signals, batchLosses, null);
        else TakeRuns(plan, ids, signals, batchLosses);
    }

    // Scores of the caller's own beside losses are too rare to be moved about with them.
    bool Groups(int count, in BatchSignals signals) =>
        Samples.Count >= LargeTable && count >= Math.Max(LargeBatch, Samples.Count / ShareOfTable) && signals.Scores.IsEmpty && !signals.Losses.IsEmpty;

    void TakeRuns(EpochPlan plan, ReadOnlySpan<int> ids, in BatchSignals signals, ReadOnlySpan<float> batchLosses)
    {
        long[] wide = ArrayPool<long>.Shared.Rent(Run);
        for (int at = 0, length; at < ids.Length; at += length)
        {
            length = Math.Min(Run, ids.Length - at);
            for (int i = 0; i < length; i++) wide[i] = ids[at + i];
            if (Samples.Count >= LargeTable)
            {
                Samples.Warm(wide.AsSpan(0, length));
                CacheWarmer.Places(plan.Weights, wide.AsSpan(0, length));
            }
            BatchSignals part = signals.Slice(at, length);
            _nonFinite += Store(new BatchSignals
            {
                Ids = wide.AsSpan(0, length),
                Losses = Ranks(part),
                BatchLosses = batchLosses.IsEmpty ? default : batchLosses.Slice(at, length),
                Confidences = part.Confidences,
                Correct = part.Correct,
                Epoch = plan.Epoch,
            });
            if (!part.Losses.IsEmpty) _sums += LossSums.Of(plan.Weights, wide.AsSpan(0, length), part.Losses);
        }
        ArrayPool<long>.Shared.Return(wide);
    }

    // With an order given, ids are ranks in it: as many as there are visits, and in the ids' order, so that a block of them is one of neighbouring ids too.
    unsafe void TakeGrouped(EpochPlan plan, ReadOnlySpan<int> ids, in BatchSignals signals, ReadOnlySpan<float> batchLosses, KeyedOrder? ranks)
    {
        bool predictions = _policy.Needs.Has(Signals.Predictions);
        int space = ranks is null ? Samples.Count : ranks.Count;
        int count = ids.Length, most = Math.Min(count, Segment), shift = IdBlocks.Shift(space), threads = _options.Threads;
        int largest = Math.Min(Samples.Count, Segment);
        using NativeBuffer<ulong> pairRoom = _scratchPairs.Take(most, largest);
        using NativeBuffer<float>? lossRoom = batchLosses.IsEmpty ? null : _scratchLosses.Take(most, largest);
        using NativeBuffer<uint>? predictionRoom = predictions ? _scratchPredictions.Take(most, largest) : null;
        ulong* pairs = pairRoom.Pointer;
        float* groupedLosses = lossRoom is null ? null : lossRoom.Pointer;
        uint* groupedPredictions = predictionRoom is null ? null : predictionRoom.Pointer;
        var sums = new LossSums[IdBlocks.Count(space)];
        fixed (int* pinnedIds = ids)
        fixed (float* losses = signals.Losses, means = batchLosses, confidences = predictions ? signals.Confidences : default)
        fixed (bool* correct = predictions ? signals.Correct : default)
        {
            for (int at = 0, length; at < count; at += length)
            {
                length = Math.Min(most, count - at);
                var observed = new ObservedOthers(means == null ? null : means + at, predictions ? confidences + at : null, predictions ? correct + at : null);
                int[] ends = IdBlocks.Group(pinnedIds + at, (uint*)losses + at, observed, length, space, pairs, groupedLosses, groupedPredictions, threads);
                // Blocks are of different samples: what one thread writes no other reads.
                Chunks.For(ends.Length, threads, block =>
                {
                    int start = block == 0 ? 0 : ends[block - 1], size = ends[block] - start;
                    sums[block] = default;
                    if (size == 0) return;
                    (int first, int samples) = Warm(plan, block << shift, 1 << shift, ranks);
                    bool marked = Samples.AllFinite(first, samples);
                    ReadOnlySpan<float> groupedMeans = observed.HasBatchLosses ? new(groupedLosses + start, size) : default;
                    ReadOnlySpan<uint> groupedOutputs = observed.HasPredictions ? new(groupedPredictions + start, size) : default;
                    sums[block] = TakeBlock(plan, new(pairs + start, size), groupedMeans, groupedOutputs, ranks, marked);
                });
                foreach (ref readonly LossSums part in sums.AsSpan()) (_sums, _nonFinite) = (_sums + part, _nonFinite + part.NonFinite);
            }
        }
    }

    (int First, int Length) Warm(EpochPlan plan, int first, int length, KeyedOrder? ranks)
    {
        if (ranks is not null)
        {
            // From the first of these ranks to the last, if there are so many.
            Span<int> ends = [first, (int)Math.Min(first + (long)length, ranks.Count) - 1];
            ranks.Select(ends);
            (first, length) = (ends[0], ends[1] - ends[0] + 1);
        }
        Samples.Warm(first, length);
        CacheWarmer.Range(plan.Weights, first, length);
        return (first, length);
    }

    // Where all samples of the block are marked already, finite losses need no marking.
    LossSums TakeBlock(EpochPlan plan, ReadOnlySpan<ulong> pairs, ReadOnlySpan<float> batchLosses, ReadOnlySpan<uint> predictions, KeyedOrder? ranks, bool marked)
    {
        long[] ids = ArrayPool<long>.Shared.Rent(Run);
        float[] values = ArrayPool<float>.Shared.Rent(2 * Run);
        bool[] correct = ArrayPool<bool>.Shared.Rent(Run);
        var sums = default(LossSums);
        for (int at = 0; at < pairs.Length; at += Run)
        {
            int length = Math.Min(Run, pairs.Length - at);
            Span<float> losses = values.AsSpan(0, length), confidences = values.AsSpan(Run, length);
            ReadOnlySpan<float> means = batchLosses.IsEmpty ? default : batchLosses.Slice(at, length);
            Split(pairs.Slice(at, length), ids, losses);
            if (ranks is not null) Select(ranks, ids.AsSpan(0, length));
            if (!predictions.IsEmpty) ObservedOthers.Unpack(predictions.Slice(at, length), confidences, correct);
            var run = new BatchSignals
            {
                Ids = ids.AsSpan(0, length),
                Losses = losses,
                BatchLosses = means,
                Confidences = predictions.IsEmpty ? default : confidences,
                Correct = predictions.IsEmpty ? default : correct.AsSpan(0, length),
                Epoch = plan.Epoch,
            };
            // A policy may mark by batch losses in its own way, where one isn't finite.
            if (!marked || NonFinite.Count(losses) > 0 || NonFinite.Count(means) > 0)
            {
                Samples.Mark(run);
                // A sample given twice may be marked by its first loss and must be marked again by its second.
                marked = false;
            }
            _policy.Observe(Samples, run);
            sums += LossSums.Of(plan.Weights, ids.AsSpan(0, length), losses);
        }
        ArrayPool<bool>.Shared.Return(correct);
        ArrayPool<float>.Shared.Return(values);
        ArrayPool<long>.Shared.Return(ids);
        return sums;
    }

    // Turns ranks in an order into ids.
    static void Select(KeyedOrder order, Span<long> ranks)
    {
        Span<int> ids = stackalloc int[ranks.Length];
        for (int i = 0; i < ids.Length; i++) ids[i] = (int)ranks[i];
        order.Select(ids);
        for (int i = 0; i < ids.Length; i++) ranks[i] = ids[i];
    }

    // Returns how many of the numbers to rank by were NaN or infinite.
    int Store(in BatchSignals signals)
    {
        int bad = Samples.Mark(signals);
        _policy.Observe(Samples, signals);
        return bad;
    }

    // What rules rank by: the caller's scores, else the losses, else the losses of the batches.
    static ReadOnlySpan<float> Ranks(in BatchSignals signals) =>
        !signals.Scores.IsEmpty ? signals.Scores : !signals.Losses.IsEmpty ? signals.Losses : signals.BatchLosses;

    // For rules that look at them. Where the caller doesn't say which batches there were, what is observed at once is one. Its mean is of what rules rank by, so that
    // a sample's own number and its batch's can be compared.
    ReadOnlySpan<float> BatchLosses(in BatchSignals signals)
    {
        if (!_policy.Needs.Has(Signals.BatchLosses)) return default;
        if (!signals.BatchLosses.IsEmpty) return signals.BatchLosses;
        ReadOnlySpan<float> ranks = Ranks(signals);
        double sum = 0;
        int finite = 0;
        foreach (float rank in ranks)
        {
            if (!float.IsFinite(rank)) continue;
            sum += rank;
            finite++;
        }
        float[] means = new float[ranks.Length];
        Array.Fill(means, (float)(sum / finite));
        return means;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Split(ReadOnlySpan<ulong> pairs, Span<long> ids, Span<float> losses)
    {
        ids = ids[..pairs.Length];
        losses = losses[..pairs.Length];
        for (int i = 0; i < pairs.Length; i++)
        {
            ids[i] = (long)(pairs[i] >> 32);
            losses[i] = BitConverter.UInt32BitsToSingle((uint)pairs[i]);
        }
    }
}
