using Winnow.Plans;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Tests;

public class PrunerTests
{
    internal static Pruner Make(int count = 100, string spec = "infobatch", int epochs = 8, ulong seed = 1, bool allow = false) =>
        new(count, PolicyCatalog.Parse(spec), new() { Epochs = epochs, Seed = seed, AllowUnobserved = allow, Labels = Enumerable.Range(0, count).Select(static i => i % 3).ToArray() });

    /// <summary>A loss of each sample's own that has nothing to do with its id's order.</summary>
    internal static float Loss(long id) => (float)((id * 2654435761 % 1000) / 250.0);

    internal static float[] Losses(PlannedBatch batch) => [.. batch.Ids.ToArray().Select(static id => Loss(id))];

    private static void ObserveAll(Pruner pruner, EpochPlan plan) => pruner.Observe(plan.All, Losses(plan.All));

    [Fact]
    public void Runs_the_documented_loop_and_saves_what_it_says()
    {
        var pruner = Make();
        long visits = 0;
        for (var epoch = 0; epoch < 8; epoch++)
        {
            var plan = pruner.Plan(epoch);
            Assert.Equal(100, plan.WeightSum, 4);
            foreach (var batch in plan.Batches(16))
            {
                pruner.Observe(batch, Losses(batch));
            }

            visits += plan.Count;
            if (epoch is 0 or 7)
            {
                Assert.Equal(100, plan.Count);
            }
            else
            {
                Assert.InRange(plan.Count, 60, 90);
            }
        }

        Assert.Equal(1 - (visits / 800.0), pruner.Statistics.Saved, 12);
        Assert.Equal(visits, pruner.Statistics.Observed);
    }

    [Fact]
    public void Returns_the_same_plan_when_asked_again()
    {
        var pruner = Make();
        var plan = pruner.Plan(0);
        Assert.Same(plan, pruner.Plan(0));
        ObserveAll(pruner, plan);
        Assert.Same(plan, pruner.Plan(0));
        Assert.Same(plan, pruner.Current);
        Assert.Equal(100, pruner.Statistics.Planned);
        // Its length is its own, known at once and not that of the plan before.
        var next = pruner.Plan(1);
        Assert.Equal(next.Order.Length, next.Count);
        Assert.Equal(next.Count, next.Batches(7).Sum(static b => b.Count));
        Assert.True(next.Count < plan.Count);
    }

    [Fact]
    public void Plans_forward_only_and_inside_the_run()
    {
        var pruner = Make(allow: true);
        foreach (var epoch in new[] { -1, 8 })
        {
            Assert.Contains("in [0, 8)", Assert.Throws<ArgumentOutOfRangeException>(() => pruner.Plan(epoch)).Message, StringComparison.Ordinal);
        }

        pruner.Plan(3);
        Assert.Contains("epoch 3 has been planned", Assert.Throws<ArgumentOutOfRangeException>(() => pruner.Plan(2)).Message, StringComparison.Ordinal);
        Assert.Equal(5, pruner.Plan(5).Epoch);
    }

    [Fact]
    public void Waits_for_the_losses_of_every_sample()
    {
        var pruner = Make();
        var plan = pruner.Plan(0);
        for (var i = 0; i < plan.Steps(16) - 1; i++)
        {
            pruner.Observe(plan.Batch(i, 16), Losses(plan.Batch(i, 16)));
        }

        var last = plan.Batch(plan.Steps(16) - 1, 16);
        Assert.Equal(last.Count, pruner.Unobserved);
        var error = Assert.Throws<InvalidOperationException>(() => pruner.Plan(1));
        Assert.Contains($"{last.Count} of the 100 samples of epoch 0 have no loss yet (such as {last.Ids[0]}, {last.Ids[1]}", error.Message, StringComparison.Ordinal);
        pruner.Observe(last, Losses(last));
        Assert.Equal(0, pruner.Unobserved);
        Assert.Equal(1, pruner.Plan(1).Epoch);
    }

    [Fact]
    public void Does_not_wait_when_told_so_or_when_the_policy_needs_no_losses()
    {
        foreach (var pruner in new[] { Make(allow: true), Make(spec: "full"), Make(spec: "random") })
        {
            pruner.Plan(0);
            Assert.Equal(1, pruner.Plan(1).Epoch);
        }
    }

    [Fact]
    public void Takes_batches_in_any_order_and_in_parts()
    {
        // Prefetching reorders nothing that matters: batches in order, in reverse, in slices, at once and by id leave the same state.
        var pruners = Enumerable.Range(0, 5).Select(_ => Make()).ToArray();
        for (var epoch = 0; epoch < 3; epoch++)
        {
            EpochPlan[] plans = [.. pruners.Select(p => p.Plan(epoch))];
            Assert.All(plans, p => Assert.Equal(plans[0].Hash, p.Hash));
            foreach (var b in plans[0].Batches(16))
            {
                pruners[0].Observe(b, Losses(b));
            }

            foreach (var b in plans[1].Batches(16).Reverse())
            {
                pruners[1].Observe(b, Losses(b));
            }

            foreach (var b in plans[2].Batches(16))
            {
                foreach (var half in new[] { b.Slice(0, b.Count / 2), b.Slice(b.Count / 2, b.Count - (b.Count / 2)) })
                {
                    pruners[2].Observe(half, Losses(half));
                }
            }

            pruners[3].Observe(plans[3].All, Losses(plans[3].All));
            var ids = new long[plans[4].Count];
            plans[4].All.CopyIds(ids);
            pruners[4].Observe(ids, Losses(plans[4].All));
            Assert.All(pruners, p => Assert.Equal(pruners[0].Samples[Column.Loss].ToArray(), p.Samples[Column.Loss].ToArray()));
            Assert.All(pruners, static p => Assert.Equal(0, p.Unobserved));
        }
    }

    [Fact]
    public void Takes_a_large_epoch_at_once_as_it_takes_it_in_batches()
    {
        // Large enough for grouping by blocks; some losses not finite.
        const int Samples = 300_000;
        Pruner bulk = Make(Samples), batches = Make(Samples), ids = Make(Samples);
        for (var epoch = 0; epoch < 3; epoch++)
        {
            var plan = bulk.Plan(epoch);
            Assert.Equal(plan.Hash, batches.Plan(epoch).Hash);
            ids.Plan(epoch);
            var losses = Losses(plan.All);
            for (var i = 0; i < losses.Length; i += 997)
            {
                losses[i] = float.NaN;
            }

            bulk.Observe(plan.All, losses);
            foreach (var b in batches.Plan(epoch).Batches(1000))
            {
                batches.Observe(b, losses.AsSpan(b.Start, b.Count));
            }

            var wide = new long[plan.Count];
            plan.All.CopyIds(wide);
            ids.Observe(wide, losses);
            foreach (var other in new[] { batches, ids })
            {
                Assert.Equal(bulk.Samples[Column.Loss].ToArray(), other.Samples[Column.Loss].ToArray());
                Assert.Equal(bulk.Samples.Flags.ToArray(), other.Samples.Flags.ToArray());
                Assert.Equal(bulk.Statistics.MeanLoss, other.Statistics.MeanLoss, 9);
                Assert.Equal(bulk.Statistics.WeightedLoss, other.Statistics.WeightedLoss, 9);
                Assert.Equal(bulk.Statistics.NonFinite, other.Statistics.NonFinite);
            }
        }
    }

    [Fact]
    public void Counts_a_sample_observed_twice_as_repeated_and_keeps_the_last_loss()
    {
        var pruner = Make();
        var plan = pruner.Plan(0);
        var batch = plan.Batch(0, 10);
        pruner.Observe(batch, new float[batch.Count]);
        pruner.Observe(batch, Losses(batch));
        pruner.Observe([batch.Ids[0], batch.Ids[0]], [7f, 8f]);
        Assert.Equal(90, pruner.Unobserved);
        Assert.Equal((10L, 12L), (pruner.Statistics.Observed, pruner.Statistics.Repeated));
        Assert.Equal(8f, pruner.Samples[Column.Loss][batch.Ids[0]]);
        Assert.Equal(Loss(batch.Ids[1]), pruner.Samples[Column.Loss][batch.Ids[1]]);
        // After ids were used, tickets still count right.
        pruner.Observe(plan.All, Losses(plan.All));
        Assert.Equal((100L, 22L, 0), (pruner.Statistics.Observed, pruner.Statistics.Repeated, pruner.Unobserved));
    }

    [Fact]
    public void Refuses_tickets_of_another_plan_or_pruner()
    {
        Pruner pruner = Make(), other = Make();
        Assert.Contains("nothing has been planned", Assert.Throws<InvalidOperationException>(() => pruner.Observe([1L], [1f])).Message, StringComparison.Ordinal);
        EpochPlan first = pruner.Plan(0), foreign = other.Plan(0);
        Assert.Contains("another pruner's plan", Assert.Throws<InvalidOperationException>(() => pruner.Observe(foreign.All, new float[100])).Message, StringComparison.Ordinal);
        Assert.Contains("belongs to no plan", Assert.Throws<InvalidOperationException>(() => pruner.Observe(default(PlannedBatch), [])).Message, StringComparison.Ordinal);
        ObserveAll(pruner, first);
        pruner.Plan(1);
        Assert.Contains("the batch is of epoch 0, the current plan is of epoch 1", Assert.Throws<InvalidOperationException>(() => pruner.Observe(first.All, new float[100])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_wrong_lengths_and_ids_and_takes_nothing_then()
    {
        var pruner = Make();
        ObserveAll(pruner, pruner.Plan(0));
        var plan = pruner.Plan(1);
        int inside = plan.Order[0], outside = Enumerable.Range(0, 100).First(i => pruner.Plan(1).Weights[i] == 0);
        var before = pruner.Samples[Column.Loss].ToArray();
        Assert.Contains("3 losses for 1 samples", Assert.Throws<ArgumentException>(() => pruner.Observe(plan.Batch(0, 1), new float[3])).Message, StringComparison.Ordinal);
        Assert.Contains("1 losses for 2 samples", Assert.Throws<ArgumentException>(() => pruner.Observe([1L, 2L], [1f])).Message, StringComparison.Ordinal);
        foreach (var id in new[] { -1L, 100L, 1L << 32, long.MaxValue })
        {
            Assert.Contains($"there is no sample {id}; ids are 0-based, in [0, 100)", Assert.Throws<ArgumentException>(() => pruner.Observe([inside, id], [9f, 9f])).Message, StringComparison.Ordinal);
        }

        Assert.Contains($"sample {outside} isn't in the plan of epoch 1", Assert.Throws<ArgumentException>(() => pruner.Observe([inside, outside], [9f, 9f])).Message, StringComparison.Ordinal);
        Assert.Equal(before, pruner.Samples[Column.Loss].ToArray());
        Assert.Equal(plan.Count, pruner.Unobserved);
    }

    [Fact]
    public void Keeps_a_plans_weights_after_the_next_is_planned()
    {
        var pruner = Make();
        ObserveAll(pruner, pruner.Plan(0));
        var first = pruner.Plan(1);
        var weights = first.Weights.ToArray();
        var order = first.Order.ToArray();
        for (var epoch = 1; epoch < 6; epoch++)
        {
            ObserveAll(pruner, pruner.Plan(epoch));
        }

        Assert.Equal(weights, first.Weights.ToArray());
        Assert.Equal(order, first.Order.ToArray());
    }

    [Fact]
    public void Leaves_the_callers_losses_untouched()
    {
        var pruner = Make();
        var plan = pruner.Plan(0);
        float[] losses = Losses(plan.All), copy = [.. losses];
        pruner.Observe(plan.All, losses);
        Assert.Equal(copy, losses);
    }

    [Fact]
    public void Gives_every_seed_an_order_of_its_own_and_the_same_seed_the_same_run()
    {
        Assert.NotEqual(Make(seed: 1).Plan(0).Hash, Make(seed: 2).Plan(0).Hash);
        Pruner one = Make(seed: 5), two = Make(seed: 5);
        for (var epoch = 0; epoch < 8; epoch++)
        {
            Assert.Equal(one.Plan(epoch).Hash, two.Plan(epoch).Hash);
            ObserveAll(one, one.Plan(epoch));
            ObserveAll(two, two.Plan(epoch));
        }
    }

    [Fact]
    public void Plans_from_preloaded_losses_as_if_it_had_seen_them()
    {
        float[] losses = [.. Enumerable.Range(0, 1000).Select(static i => i % 10 == 0 ? float.NaN : i % 10 == 1 ? float.PositiveInfinity : Loss(i))];
        var pruner = Make(1000);
        pruner.Preload(losses);
        Assert.Equal((900L, 100L), (pruner.Samples.SeenCount, pruner.Samples.NonFiniteCount));
        var plan = pruner.Plan(3);
        for (var i = 0; i < 1000; i += 10)
        {
            Assert.Equal((1f, 1f), (plan.Weights[i], plan.Weights[i + 1]));
        }

        Assert.InRange(plan.Count, 500, 800);
        Assert.Contains("epoch 3 has been planned", Assert.Throws<InvalidOperationException>(() => pruner.Preload(losses)).Message, StringComparison.Ordinal);
        Assert.Contains("3 losses for 1000 samples", Assert.Throws<ArgumentException>(() => Make(1000).Preload(new float[3])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Runs_over_very_few_samples(int count)
    {
        foreach (var method in PolicyCatalog.All)
        {
            var pruner = new Pruner(count, PolicyCatalog.Parse(method.Name), new() { Epochs = 8, Seed = 1, Labels = new int[count] });
            for (var epoch = 0; epoch < 8; epoch++)
            {
                var plan = pruner.Plan(epoch);
                pruner.Observe(plan.All, new BatchSignals { Losses = Losses(plan.All) }.With(Signal.Confidence, new float[plan.Count]).With(Signal.Correct, SignalRules.Flags(new bool[plan.Count])));
            }
        }
    }

    [Fact]
    public void Refuses_zero_samples_zero_epochs_and_negative_threads()
    {
        Assert.Contains("is the data set empty?", Assert.Throws<ArgumentOutOfRangeException>(() => Make(0)).Message, StringComparison.Ordinal);
        Assert.Contains("a run of 0 epochs; it has at least 1", Assert.Throws<ArgumentOutOfRangeException>(() => Make(epochs: 0)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Pruner(1, new FullPolicy(), new() { Epochs = 1, Threads = -1 }));
    }
}
