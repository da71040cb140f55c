using System.Buffers;
using Winnow.Numerics;
using Winnow.Plans;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow;

/// <summary>How what was observed gets to where it is kept: the flags, the policy's columns, the sums of the epoch. It is handed what was checked.</summary>
internal sealed class LossIntake(PrunerState state, IPruningPolicy policy, int threads)
{
    /// <summary>How many samples are stored at a time: a run's ids and signals stay in the first-level cache through the passes over it.</summary>
    internal const int Run = 1 << 10;

    // From here on the state of all samples no longer fits in the second-level cache, and grouping pays for itself where not too few are
    // observed: it looks at all samples once.
    private const int LargeTable = 1 << 18, LargeBatch = 1 << 15, ShareOfTable = 32;

    // So many samples of another program's losses at a time.
    private const int Part = 256;

    private readonly GroupedIntake _grouped = new(state, policy, threads);
    private readonly Scratch<int> _scratchIds = new();

    /// <summary>How many visits are taken at a time; tests make it small.</summary>
    internal int Segment
    {
        get => field > 0 ? field : IdBlocks.Segment(state.Samples.Count);
        set;
    }

    /// <summary>Takes what was observed of a part of the plan's order.</summary>
    /// <param name="batch">The part.</param>
    /// <param name="told">What the policy is told of it.</param>
    public void Take(in PlannedBatch batch, in BatchSignals told)
    {
        var plan = state.Plan!;
        if (plan.HasList)
        {
            Take(batch.Ids, told);
            return;
        }

        state.Touched = true;
        // Without a list the ids are made as they are needed. Where they are to be grouped their ranks do as well, and are looked up group by group.
        var group = Groups(batch.Count, told);
        var most = Math.Min(batch.Count, Segment);
        using var ids = _scratchIds.Take(most, Math.Min(state.Samples.Count, Segment));
        for (int at = 0, length; at < batch.Count; at += length)
        {
            length = Math.Min(most, batch.Count - at);
            var some = ids.Span[..length];
            var part = told.Slice(at, length);
            if (group)
            {
                plan.Keyed!.CopyRanks(batch.Start + at, some);
                _grouped.Take(some, part, plan.Keyed, Segment);
            }
            else
            {
                plan.CopyOrder(batch.Start + at, some);
                TakeRuns(some, part);
            }
        }
    }

    /// <summary>Takes what was observed of some samples that the plan visits.</summary>
    /// <param name="ids">The samples.</param>
    /// <param name="told">What the policy is told of them; its own ids aren't looked at.</param>
    public void Take(ReadOnlySpan<int> ids, in BatchSignals told)
    {
        state.Touched = true;
        if (Groups(ids.Length, told))
        {
            _grouped.Take(ids, told, null, Segment);
        }
        else
        {
            TakeRuns(ids, told);
        }
    }

    /// <summary>Takes what was observed of samples that the plan doesn't visit.</summary>
    /// <param name="told">With ids.</param>
    public void Refresh(in BatchSignals told)
    {
        state.Touched = true;
        state.NonFinite += Store(told with { Losses = NeededSignals.Ranks(told), Scores = default, Refreshed = true, Epoch = state.Plan!.Epoch });
        state.Refreshed += told.Ids.Length;
    }

    /// <summary>Takes what is known of all samples before the first epoch, in their order. What is NaN among the numbers to rank by was never seen.</summary>
    public void Preload(in BatchSignals told)
    {
        var ranks = NeededSignals.Ranks(told);
        var room = new long[Part];
        var columns = new float[(1 + told.Count) * Part];
        for (var at = 0; at < ranks.Length;)
        {
            var count = 0;
            for (; at < ranks.Length && count < Part; at++)
            {
                room[count] = at;
                count += float.IsNaN(ranks[at]) ? 0 : 1;
            }

            var ids = room.AsSpan(0, count);
            var part = new BatchSignals { Ids = ids, Losses = Pick(ranks, ids, columns), Epoch = -1 };
            for (var place = 0; place < told.Count; place++)
            {
                part = part.With(told.SignalAt(place), Pick(told.ValuesAt(place), ids, columns.AsSpan((1 + place) * Part)));
            }

            Store(part);
        }
    }

    // Scores of the caller's own beside losses are too rare to be moved about with them.
    private bool Groups(int count, in BatchSignals told)
    {
        var samples = state.Samples.Count;
        return samples >= LargeTable && count >= Math.Max(LargeBatch, samples / ShareOfTable) && told.Scores.IsEmpty && !told.Losses.IsEmpty;
    }

    private void TakeRuns(ReadOnlySpan<int> ids, in BatchSignals told)
    {
        var (plan, samples) = (state.Plan!, state.Samples);
        var room = ArrayPool<long>.Shared.Rent(Run);
        for (int at = 0, length; at < ids.Length; at += length)
        {
            length = Math.Min(Run, ids.Length - at);
            var wide = room.AsSpan(0, length);
            for (var i = 0; i < length; i++)
            {
                wide[i] = ids[at + i];
            }

            if (samples.Count >= LargeTable)
            {
                samples.Warm(wide);
                CacheWarmer.Places(plan.Weights, wide);
            }

            var part = told.Slice(at, length);
            state.NonFinite += Store(part with { Ids = wide, Losses = NeededSignals.Ranks(part), Scores = default, Epoch = plan.Epoch });
            if (!part.Losses.IsEmpty)
            {
                state.Sums += LossSums.Of(plan.Weights, wide, part.Losses);
            }
        }

        ArrayPool<long>.Shared.Return(room);
    }

    // Returns how many of the numbers to rank by were NaN or infinite.
    private int Store(in BatchSignals told)
    {
        var bad = state.Samples.Mark(told);
        policy.Observe(state.Samples, told);
        return bad;
    }

    private static ReadOnlySpan<float> Pick(ReadOnlySpan<float> values, ReadOnlySpan<long> ids, Span<float> picked)
    {
        for (var i = 0; i < ids.Length; i++)
        {
            picked[i] = values[(int)ids[i]];
        }

        return picked[..ids.Length];
    }
}
