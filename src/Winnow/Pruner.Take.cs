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
        long[] wide = ArrayPool<long>.Shared.Rent(Run);
        // Only ids with their losses are grouped; what else a method needs would have to be moved about with them.
        bool plain = (_policy.Needs & (Signals.Predictions | Signals.BatchLosses)) == Signals.None && signals.Scores.IsEmpty;
        ReadOnlySpan<float> batchLosses = _policy.Needs.Has(Signals.BatchLosses) ? BatchLosses(signals) : default;
        if (plain && Samples.Count >= LargeTable && ids.Length >= LargeBatch)
        {
            TakeGrouped(plan, ids, signals.Losses, wide);
        }
        else
        {
            for (int at = 0; at < ids.Length; at += Run)
            {
                int length = Math.Min(Run, ids.Length - at);
                for (int i = 0; i < length; i++) wide[i] = ids[at + i];
                BatchSignals part = signals.Slice(at, length);
                Apply(plan, new BatchSignals
                {
                    Ids = wide.AsSpan(0, length),
                    Losses = part.Losses,
                    Scores = part.Scores,
                    BatchLosses = batchLosses.IsEmpty ? default : batchLosses.Slice(at, length),
                    Confidences = part.Confidences,
                    Correct = part.Correct,
                    Epoch = plan.Epoch,
                });
            }
        }
        ArrayPool<long>.Shared.Return(wide);
    }

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

    void TakeGrouped(EpochPlan plan, ReadOnlySpan<int> ids, ReadOnlySpan<float> losses, long[] wide)
    {
        ulong[] pairs = ArrayPool<ulong>.Shared.Rent(ids.Length);
        float[] values = ArrayPool<float>.Shared.Rent(Run);
        int[] ends = IdBlocks.Group(ids, losses, Samples.Count, pairs);
        int at = 0, shift = IdBlocks.Shift(Samples.Count);
        for (int block = 0; block < ends.Length; block++)
        {
            int end = ends[block];
            if (end > at)
            {
                Samples.Warm(block << shift, 1 << shift);
                CacheWarmer.Range(plan.Weights, block << shift, 1 << shift);
            }
            while (at < end)
            {
                int length = Math.Min(Run, end - at);
                Split(pairs.AsSpan(at, length), wide, values);
                Apply(plan, new BatchSignals { Ids = wide.AsSpan(0, length), Losses = values.AsSpan(0, length), Epoch = plan.Epoch });
                at += length;
            }
        }
        ArrayPool<float>.Shared.Return(values);
        ArrayPool<ulong>.Shared.Return(pairs);
    }

    void Apply(EpochPlan plan, in BatchSignals signals)
    {
        var ranked = new BatchSignals
        {
            Ids = signals.Ids,
            Losses = Ranks(signals),
            BatchLosses = signals.BatchLosses,
            Confidences = signals.Confidences,
            Correct = signals.Correct,
            Epoch = signals.Epoch,
        };
        int bad = Samples.Mark(ranked);
        _policy.Observe(Samples, ranked);
        _nonFinite += bad;
        if (signals.Losses.IsEmpty) return;
        int lost = signals.Scores.IsEmpty ? bad : NonFinite.Count(signals.Losses);
        _lossCount += signals.Ids.Length - lost;
        if (lost == 0) AddLosses(plan.Weights, signals.Ids, signals.Losses);
        else AddFiniteLosses(plan.Weights, signals.Ids, signals.Losses);
    }

    // What rules rank by: the caller's scores, else the losses, else the losses of the batches.
    static ReadOnlySpan<float> Ranks(in BatchSignals signals) =>
        !signals.Scores.IsEmpty ? signals.Scores : !signals.Losses.IsEmpty ? signals.Losses : signals.BatchLosses;

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

    // Two sums of each kind: one alone would wait for its own last addition.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void AddLosses(ReadOnlySpan<float> weights, ReadOnlySpan<long> ids, ReadOnlySpan<float> losses)
    {
        losses = losses[..ids.Length];
        double sum0 = 0, sum1 = 0, weighted0 = 0, weighted1 = 0, weight0 = 0, weight1 = 0;
        int i = 0;
        for (; i + 2 <= ids.Length; i += 2)
        {
            double a = losses[i], b = losses[i + 1], u = weights[(int)ids[i]], v = weights[(int)ids[i + 1]];
            sum0 += a;
            sum1 += b;
            weighted0 += u * a;
            weighted1 += v * b;
            weight0 += u;
            weight1 += v;
        }
        if (i < ids.Length)
        {
            double a = losses[i], u = weights[(int)ids[i]];
            (sum0, weighted0, weight0) = (sum0 + a, weighted0 + (u * a), weight0 + u);
        }
        _lossSum += sum0 + sum1;
        _weightedSum += weighted0 + weighted1;
        _weightSum += weight0 + weight1;
    }

    void AddFiniteLosses(ReadOnlySpan<float> weights, ReadOnlySpan<long> ids, ReadOnlySpan<float> losses)
    {
        for (int i = 0; i < ids.Length; i++)
        {
            if (!float.IsFinite(losses[i])) continue;
            double weight = weights[(int)ids[i]];
            _lossSum += losses[i];
            _weightedSum += weight * losses[i];
            _weightSum += weight;
        }
    }
}
