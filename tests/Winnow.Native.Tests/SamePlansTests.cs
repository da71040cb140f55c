using System.Runtime.InteropServices;
using System.Text;
using Winnow.Plans;
using Winnow.Policies;
using Winnow.Samples;
using static Winnow.Native.Tests.Library;

namespace Winnow.Native.Tests;

/// <summary>The compiled library against the managed core: the same orders, weights, columns and statistics, to the bit.</summary>
public unsafe class SamePlansTests
{
    private const int Count = 700, Epochs = 5;

    public static TheoryData<string> Methods => [.. PolicyCatalog.All.Select(static m => m.Name),
        "infobatch:save=0.3", "full+loss-cap:keep=0.8", "infobatch:keep=0.3+max-age:epochs=2", "infobatch+batch-loss", "random:keep=0.4+class-floor:keep=0.5", "infobatch+confident"];

    [LibraryTheory, MemberData(nameof(Methods))]
    public void For_every_method(string method)
    {
        int[] labels = [.. Enumerable.Range(0, Count).Select(static i => i * 7 % 5)];
        var managed = new Pruner(Count, PolicyCatalog.Parse(method), new PrunerOptions { Epochs = Epochs, Seed = 11, Labels = labels });
        var pruner = Create(method, Count, Epochs, 11, labels);
        uint needs;
        int refreshes;
        Done(winnow_pruner_needs(pruner, &needs, &refreshes));
        Assert.Equal(managed.RefreshesDropped, refreshes == 1);
        // As winnow.h says them. What else a method needs the structure of the signals couldn't carry.
        var bits = new Dictionary<Signal, uint> { [Signal.Loss] = 1, [Signal.Confidence] = 2, [Signal.Correct] = 2, [Signal.BatchLoss] = 8 };
        Assert.Equal(managed.Needs.Aggregate(0u, (all, signal) => all | bits[signal]), needs);
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            var expected = managed.Plan(epoch);
            ulong plan = Plan(pruner, epoch), hash;
            Done(winnow_plan_hash(plan, &hash));
            Assert.Equal(expected.Order, Order(plan));
            Assert.Equal(expected.Weights, Weights(plan));
            Assert.Equal(expected.Hash, hash);
            var facts = new PlanFacts { Size = (uint)sizeof(PlanFacts) };
            Done(winnow_plan_describe(plan, &facts));
            Assert.Equal((epoch, Epochs, Count, expected.Count, expected.WeightSum), (facts.Epoch, facts.Epochs, (int)facts.Samples, (int)facts.Visits, facts.WeightSum));
            foreach (var batch in expected.Batches(64))
            {
                Observe(managed, pruner, batch, epoch);
            }

            if (refreshes == 1)
            {
                ObserveDropped(managed, pruner, expected, epoch);
            }

            Done(winnow_plan_free(plan));
        }

        CompareTables(managed, pruner);
        Done(winnow_pruner_destroy(pruner));
    }

    [LibraryFact]
    public void When_an_epoch_is_observed_at_once_by_places()
    {
        const int many = 300_000;
        var managed = new Pruner(many, PolicyCatalog.Parse("infobatch"), new PrunerOptions { Epochs = 4, Seed = 5 });
        var pruner = Create("infobatch", many, 4, 5);
        for (var epoch = 0; epoch < 3; epoch++)
        {
            var expected = managed.Plan(epoch);
            var plan = Plan(pruner, epoch);
            Assert.Equal(expected.Order, Order(plan));
            float[] losses = [.. expected.Order.ToArray().Select(id => Loss(id, epoch))];
            managed.Observe(expected.All, losses);
            fixed (float* pinned = losses)
            {
                var signals = new Library.Signals { Size = (uint)sizeof(Library.Signals), Losses = pinned };
                Done(winnow_pruner_observe_places(pruner, epoch, 0, losses.Length, &signals));
            }

            Done(winnow_plan_free(plan));
        }

        CompareTables(managed, pruner);
        Done(winnow_pruner_destroy(pruner));
    }

    [LibraryFact]
    public void From_losses_of_elsewhere()
    {
        float[] losses = [.. Enumerable.Range(0, Count).Select(static i => i % 10 == 0 ? float.NaN : Loss(i, 0))];
        var managed = new Pruner(Count, PolicyCatalog.Parse("infobatch"), new PrunerOptions { Epochs = Epochs, Seed = 3 });
        managed.Preload(losses);
        var pruner = Create("infobatch", Count, Epochs, 3);
        fixed (float* pinned = losses)
        {
            var signals = new Library.Signals { Size = (uint)sizeof(Library.Signals), Losses = pinned };
            Done(winnow_pruner_preload(pruner, Count, &signals));
        }

        var plan = Plan(pruner, 1);
        Assert.Equal(managed.Plan(1).Order, Order(plan));
        Assert.InRange(Order(plan).Length, 1, Count - 1);
        Done(winnow_plan_free(plan));
        Done(winnow_pruner_destroy(pruner));
    }

    [LibraryTheory]
    [InlineData(1, 64)]
    [InlineData(2, 64)]
    [InlineData(3, 64)]
    [InlineData(5, 3)]
    public void Shares_of_all_ranks_are_disjoint_equally_long_and_the_plan(int ranks, int batchSize)
    {
        ulong pruner = Create("random:keep=0.37", Count, 3, 9), plan = Plan(pruner, 0);
        long steps, start, size, length, real;
        Done(winnow_plan_steps(plan, batchSize, &steps));
        var ids = new long[batchSize];
        var weights = new float[batchSize];
        var visited = new List<long>();
        for (long step = 0; step < steps; step++)
        {
            Done(winnow_plan_batch(plan, batchSize, step, &start, &size));
            for (var rank = 0; rank < ranks; rank++)
            {
                fixed (long* i = ids)
                fixed (float* w = weights)
                {
                    Done(winnow_plan_share(plan, rank, ranks, batchSize, step, i, w, batchSize, &length, &real));
                }

                Assert.Equal((size + ranks - 1) / ranks, length);
                for (var at = 0; at < length; at++)
                {
                    Assert.Equal(at < real ? Weights(plan)[(int)ids[at]] : 0f, weights[at]);
                    Assert.Contains((int)ids[at], Order(plan).Slice((int)start, (int)size).ToArray());
                }

                visited.AddRange(ids[..(int)real]);
            }
        }

        Assert.Equal(Order(plan).ToArray().Select(static id => (long)id), visited);
        Done(winnow_plan_free(plan));
        Done(winnow_pruner_destroy(pruner));
    }

    private static void Observe(Pruner managed, ulong pruner, PlannedBatch batch, int epoch)
    {
        var (ids, losses, means, confidences, correct) = Told(batch.Ids, epoch);
        managed.Observe(batch, new BatchSignals { Losses = losses }.With(Signal.BatchLoss, means).With(Signal.Confidence, confidences).With(Signal.Correct, SignalRules.Flags(correct)));
        Done(Library.Observe(pruner, epoch, ids, losses, means, confidences, MemoryMarshal.Cast<bool, byte>(correct)));
    }

    private static void ObserveDropped(Pruner managed, ulong pruner, EpochPlan plan, int epoch)
    {
        int[] dropped = [.. Enumerable.Range(0, Count).Where(id => plan.Weights[id] == 0)];
        var (ids, losses, means, confidences, correct) = Told(dropped, epoch);
        managed.ObserveDropped(new BatchSignals { Ids = ids, Losses = losses }.With(Signal.BatchLoss, means).With(Signal.Confidence, confidences).With(Signal.Correct, SignalRules.Flags(correct)));
        fixed (long* i = ids)
        fixed (float* l = losses, b = means, c = confidences)
        fixed (bool* k = correct)
        {
            var signals = new Library.Signals { Size = (uint)sizeof(Library.Signals), Losses = l, BatchLosses = b, Confidences = c, Correct = (byte*)k };
            Done(winnow_pruner_observe_dropped(pruner, epoch, i, ids.Length, &signals));
        }
    }

    private static (long[] Ids, float[] Losses, float[] Means, float[] Confidences, bool[] Correct) Told(ReadOnlySpan<int> ids, int epoch)
    {
        float[] losses = [.. ids.ToArray().Select(id => Loss(id, epoch))];
        var means = new float[losses.Length];
        Array.Fill(means, losses.Where(float.IsFinite).DefaultIfEmpty(0f).Average());
        return ([.. ids.ToArray().Select(static id => (long)id)], losses, means, [.. losses.Select(static l => float.IsFinite(l) ? MathF.Exp(-l) : 0.5f)], [.. losses.Select(static l => l < 1)]);
    }

    // A long right tail that shrinks over the epochs, with some that aren't numbers.
    private static float Loss(int id, int epoch) => id % 97 == 5 ? float.NaN : id % 89 == 7 ? float.PositiveInfinity : 4f / (1 + (id * 31 % 101 * (epoch + 1) * 0.1f));

    private static void CompareTables(Pruner managed, ulong pruner)
    {
        var values = new float[managed.Samples.Count];
        foreach (var column in managed.Samples.Columns)
        {
            fixed (byte* name = Encoding.UTF8.GetBytes(column.Name + "\0"))
            fixed (float* v = values)
            {
                Done(winnow_pruner_column(pruner, name, v, values.Length));
            }

            Assert.Equal(MemoryMarshal.Cast<float, int>(managed.Samples[column]), MemoryMarshal.Cast<float, int>(values));
        }

        var flags = new byte[values.Length];
        fixed (byte* f = flags)
        {
            Done(winnow_pruner_flags(pruner, f, flags.Length));
        }

        Assert.Equal((ReadOnlySpan<byte>)MemoryMarshal.Cast<SampleFlags, byte>(managed.Samples.Flags), (ReadOnlySpan<byte>)flags);
        var expected = managed.Statistics;
        var found = StatisticsOf(pruner);
        Assert.Equal((expected.Epochs, (long)managed.Samples.Count, expected.Planned, expected.Observed, (long)managed.Unobserved), (found.Epochs, found.Samples, found.Planned, found.Observed, found.Unobserved));
        Assert.Equal((expected.Repeated, expected.Refreshed, expected.NonFinite), (found.Repeated, found.Refreshed, found.NonFinite));
        Assert.Equal((expected.AskedSave ?? double.NaN, expected.Saved, expected.MeanLoss, expected.WeightedLoss), (found.AskedSave, found.Saved, found.MeanLoss, found.WeightedLoss));
        Assert.Equal((expected.StoredLoss, managed.LearningRateScale), (found.StoredLoss, found.LearningRateScale));
    }
}
