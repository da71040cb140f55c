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

    // From here on the state of all samples no longer fits in the second-level cache, and grouping pays for itself.
    const int LargeTable = 1 << 18, LargeBatch = 1 << 15;

    void Take(EpochPlan plan, ReadOnlySpan<int> ids, in BatchSignals signals)
    {
        _touched = true;
        ReadOnlySpan<float> batchLosses = _policy.Needs.Has(Signals.BatchLosses) ? BatchLosses(signals) : default;
        // Scores of the caller's own beside losses are too rare to be moved about with them.
        if (Samples.Count >= LargeTable && ids.Length >= LargeBatch && signals.Scores.IsEmpty && !signals.Losses.IsEmpty)
        {
            TakeGrouped(plan, ids, signals, batchLosses);
            return;
        }
        long[] wide = ArrayPool<long>.Shared.Rent(Run);
        for (int at = 0; at < ids.Length; at += Run)
        {
            int length = Math.Min(Run, ids.Length - at);
            for (int i = 0; i < length; i++) wide[i] = ids[at + i];
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

    unsafe void TakeGrouped(EpochPlan plan, ReadOnlySpan<int> ids, in BatchSignals signals, ReadOnlySpan<float> batchLosses)
    {
        bool predictions = _policy.Needs.Has(Signals.Predictions);
        int count = ids.Length, shift = IdBlocks.Shift(Samples.Count), threads = _options.Threads;
        ulong[] pairs = ArrayPool<ulong>.Shared.Rent(count);
        ulong[] others = predictions || !batchLosses.IsEmpty ? ArrayPool<ulong>.Shared.Rent(count) : [];
        var sums = new LossSums[IdBlocks.Count(Samples.Count)];
        fixed (int* pinnedIds = ids)
        fixed (float* losses = signals.Losses, means = batchLosses, confidences = predictions ? signals.Confidences : default)
        fixed (bool* correct = predictions ? signals.Correct : default)
        fixed (ulong* grouped = pairs, groupedOthers = others)
        {
            var observed = new ObservedOthers(means, confidences, correct);
            int[] ends = IdBlocks.Group(pinnedIds, (uint*)losses, observed, count, Samples.Count, grouped, groupedOthers, threads);
            ulong* p = grouped, o = groupedOthers;
            // Blocks are of different samples: what one thread writes no other reads.
            Chunks.For(ends.Length, threads, block =>
            {
                int start = block == 0 ? 0 : ends[block - 1], length = ends[block] - start;
                if (length == 0) return;
                Samples.Warm(block << shift, 1 << shift);
                CacheWarmer.Range(plan.Weights, block << shift, 1 << shift);
                bool marked = !observed.HasBatchLosses && Samples.AllFinite(block << shift, 1 << shift);
                sums[block] = TakeBlock(plan, new(p + start, length), observed.Any ? new(o + start, length) : default, observed, marked);
            });
        }
        foreach (ref readonly LossSums part in sums.AsSpan()) (_sums, _nonFinite) = (_sums + part, _nonFinite + part.NonFinite);
        if (others.Length > 0) ArrayPool<ulong>.Shared.Return(others);
        ArrayPool<ulong>.Shared.Return(pairs);
    }

    // Where all samples of the block are marked already, finite losses need no marking (a policy may mark by batch losses in its own way).
    LossSums TakeBlock(EpochPlan plan, ReadOnlySpan<ulong> pairs, ReadOnlySpan<ulong> others, in ObservedOthers has, bool marked)
    {
        long[] ids = ArrayPool<long>.Shared.Rent(Run);
        float[] values = ArrayPool<float>.Shared.Rent(3 * Run);
        bool[] correct = ArrayPool<bool>.Shared.Rent(Run);
        var sums = default(LossSums);
        for (int at = 0; at < pairs.Length; at += Run)
        {
            int length = Math.Min(Run, pairs.Length - at);
            Span<float> losses = values.AsSpan(0, length), means = values.AsSpan(Run, length), confidences = values.AsSpan(2 * Run, length);
            Split(pairs.Slice(at, length), ids, losses);
            if (!others.IsEmpty) ObservedOthers.Unpack(others.Slice(at, length), means, confidences, correct);
            var run = new BatchSignals
            {
                Ids = ids.AsSpan(0, length),
                Losses = losses,
                BatchLosses = has.HasBatchLosses ? means : default,
                Confidences = has.HasPredictions ? confidences : default,
                Correct = has.HasPredictions ? correct.AsSpan(0, length) : default,
                Epoch = plan.Epoch,
            };
            if (!marked || NonFinite.Count(losses) > 0)
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

    // Where the caller doesn't say which batches there were, what is observed at once is one. Its mean is of what rules rank by, so that
    // a sample's own number and its batch's can be compared.
    static ReadOnlySpan<float> BatchLosses(in BatchSignals signals)
    {
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
