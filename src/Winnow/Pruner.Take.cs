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
    private const int Run = 1 << 10;

    // From here on the state of all samples no longer fits in the second-level cache, and grouping pays for itself where not too few are
    // observed: it looks at all samples once.
    private const int LargeTable = 1 << 18, LargeBatch = 1 << 15, ShareOfTable = 32;

    // Rooms that observing needs at every epoch.
    private readonly Scratch<int> _scratchIds = new();
    private readonly Scratch<ulong> _scratchPairs = new();
    private readonly Scratch<float> _scratchLosses = new();
    private readonly Scratch<uint> _scratchPredictions = new();

    /// <summary>How many visits are taken at a time; tests make it small.</summary>
    internal int Segment
    {
        get => field > 0 ? field : IdBlocks.Segment(Samples.Count);
        set;
    }

    private void Take(EpochPlan plan, in PlannedBatch batch, in BatchSignals signals)
    {
        var batchLosses = BatchLosses(signals);
        if (plan.HasList)
        {
            Take(plan, batch.Ids, signals, batchLosses);
            return;
        }

        _touched = true;
        // Without a list the ids are made as they are needed. Where they are to be grouped their ranks do as well, and are looked up group by group.
        var group = Groups(batch.Count, signals);
        var most = Math.Min(batch.Count, Segment);
        using var ids = _scratchIds.Take(most, Math.Min(Samples.Count, Segment));
        for (int at = 0, length; at < batch.Count; at += length)
        {
            length = Math.Min(most, batch.Count - at);
            var some = ids.Span[..length];
            var part = signals.Slice(at, length);
            var means = batchLosses.IsEmpty ? default : batchLosses.Slice(at, length);
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

    private void Take(EpochPlan plan, ReadOnlySpan<int> ids, in BatchSignals signals) =>
        Take(plan, ids, signals, BatchLosses(signals));

    private void Take(EpochPlan plan, ReadOnlySpan<int> ids, in BatchSignals signals, ReadOnlySpan<float> batchLosses)
    {
        _touched = true;
        if (Groups(ids.Length, signals))
        {
            TakeGrouped(plan, ids, signals, batchLosses, null);
        }
        else
        {
            TakeRuns(plan, ids, signals, batchLosses);
        }
    }

    // Scores of the caller's own beside losses are too rare to be moved about with them.
    private bool Groups(int count, in BatchSignals signals) =>
        Samples.Count >= LargeTable && count >= Math.Max(LargeBatch, Samples.Count / ShareOfTable) && signals.Scores.IsEmpty && !signals.Losses.IsEmpty;

    private void TakeRuns(EpochPlan plan, ReadOnlySpan<int> ids, in BatchSignals signals, ReadOnlySpan<float> batchLosses)
    {
        var wide = ArrayPool<long>.Shared.Rent(Run);
        for (int at = 0, length; at < ids.Length; at += length)
        {
            length = Math.Min(Run, ids.Length - at);
            for (var i = 0; i < length; i++)
            {
                wide[i] = ids[at + i];
            }

            if (Samples.Count >= LargeTable)
            {
                Samples.Warm(wide.AsSpan(0, length));
                CacheWarmer.Places(plan.Weights, wide.AsSpan(0, length));
            }

            var part = signals.Slice(at, length);
            _nonFinite += Store(new BatchSignals
            {
                Ids = wide.AsSpan(0, length),
                Losses = Ranks(part),
                BatchLosses = batchLosses.IsEmpty ? default : batchLosses.Slice(at, length),
                Confidences = part.Confidences,
                Correct = part.Correct,
                Epoch = plan.Epoch,
            });
            if (!part.Losses.IsEmpty)
            {
                _sums += LossSums.Of(plan.Weights, wide.AsSpan(0, length), part.Losses);
            }
        }

        ArrayPool<long>.Shared.Return(wide);
    }

    // With an order given, ids are ranks in it: as many as there are visits, and in the ids' order, so that a block of them is one of neighbouring ids too.
    private unsafe void TakeGrouped(EpochPlan plan, ReadOnlySpan<int> ids, in BatchSignals signals, ReadOnlySpan<float> batchLosses, KeyedOrder? ranks)
    {
        var predictions = _policy.Needs.Has(Signals.Predictions);
        var space = ranks is null ? Samples.Count : ranks.Count;
        int count = ids.Length, most = Math.Min(count, Segment), shift = IdBlocks.Shift(space), threads = _options.Threads;
        var largest = Math.Min(Samples.Count, Segment);
        using var pairRoom = _scratchPairs.Take(most, largest);
        using var lossRoom = batchLosses.IsEmpty ? null : _scratchLosses.Take(most, largest);
        using var predictionRoom = predictions ? _scratchPredictions.Take(most, largest) : null;
        var pairs = pairRoom.Pointer;
        var groupedLosses = lossRoom is null ? null : lossRoom.Pointer;
        var groupedPredictions = predictionRoom is null ? null : predictionRoom.Pointer;
        var sums = new LossSums[IdBlocks.Count(space)];
        fixed (int* pinnedIds = ids)
        fixed (float* losses = signals.Losses, means = batchLosses, confidences = predictions ? signals.Confidences : default)
        fixed (bool* correct = predictions ? signals.Correct : default)
        {
            for (int at = 0, length; at < count; at += length)
            {
                length = Math.Min(most, count - at);
                var observed = new ObservedOthers(means == null ? null : means + at, predictions ? confidences + at : null, predictions ? correct + at : null);
                var ends = IdBlocks.Group(pinnedIds + at, (uint*)losses + at, observed, length, space, pairs, groupedLosses, groupedPredictions, threads);
                // Blocks are of different samples: what one thread writes no other reads.
                Chunks.For(ends.Length, threads, block =>
                {
                    int start = block == 0 ? 0 : ends[block - 1], size = ends[block] - start;
                    sums[block] = default;
                    if (size == 0)
                    {
                        return;
                    }

                    (var first, var samples) = Warm(plan, block << shift, 1 << shift, ranks);
                    var marked = Samples.AllFinite(first, samples);
                    ReadOnlySpan<float> groupedMeans = observed.HasBatchLosses ? new(groupedLosses + start, size) : default;
                    ReadOnlySpan<uint> groupedOutputs = observed.HasPredictions ? new(groupedPredictions + start, size) : default;
                    sums[block] = TakeBlock(plan, new(pairs + start, size), groupedMeans, groupedOutputs, ranks, marked);
                });
                foreach (ref readonly var part in sums.AsSpan())
                {
                    (_sums, _nonFinite) = (_sums + part, _nonFinite + part.NonFinite);
                }
            }
        }
    }

    private (int First, int Length) Warm(EpochPlan plan, int first, int length, KeyedOrder? ranks)
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
    private LossSums TakeBlock(EpochPlan plan, ReadOnlySpan<ulong> pairs, ReadOnlySpan<float> batchLosses, ReadOnlySpan<uint> predictions, KeyedOrder? ranks, bool marked)
    {
        var ids = ArrayPool<long>.Shared.Rent(Run);
        var values = ArrayPool<float>.Shared.Rent(2 * Run);
        var correct = ArrayPool<bool>.Shared.Rent(Run);
        var sums = default(LossSums);
        for (var at = 0; at < pairs.Length; at += Run)
        {
            var length = Math.Min(Run, pairs.Length - at);
            Span<float> losses = values.AsSpan(0, length), confidences = values.AsSpan(Run, length);
            var means = batchLosses.IsEmpty ? default : batchLosses.Slice(at, length);
            Split(pairs.Slice(at, length), ids, losses);
            if (ranks is not null)
            {
                Select(ranks, ids.AsSpan(0, length));
            }

            if (!predictions.IsEmpty)
            {
                ObservedOthers.Unpack(predictions.Slice(at, length), confidences, correct);
            }

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

    // Returns how many of the numbers to rank by were NaN or infinite.
    private int Store(in BatchSignals signals)
    {
        var bad = Samples.Mark(signals);
        _policy.Observe(Samples, signals);
        return bad;
    }

    // What rules rank by: the caller's scores, else the losses, else the losses of the batches.
    private static ReadOnlySpan<float> Ranks(in BatchSignals signals) =>
        !signals.Scores.IsEmpty ? signals.Scores : !signals.Losses.IsEmpty ? signals.Losses : signals.BatchLosses;

    // For rules that look at them. Where the caller doesn't say which batches there were, what is observed at once is one. Its mean is of what rules rank by, so that
    // a sample's own number and its batch's can be compared.
    private ReadOnlySpan<float> BatchLosses(in BatchSignals signals)
    {
        if (!_policy.Needs.Has(Signals.BatchLosses))
        {
            return default;
        }

        if (!signals.BatchLosses.IsEmpty)
        {
            return signals.BatchLosses;
        }

        var ranks = Ranks(signals);
        double sum = 0;
        var finite = 0;
        foreach (var rank in ranks)
        {
            if (!float.IsFinite(rank))
            {
                continue;
            }

            sum += rank;
            finite++;
        }

        var means = new float[ranks.Length];
        Array.Fill(means, (float)(sum / finite));
        return means;
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
}
