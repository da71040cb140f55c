using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Tests.Policies;

public class UpperConfidenceTests
{
    private static readonly UpperConfidencePolicy s_policy = new();

    private static float[] Column(SampleTable table, string name) => table[table.Columns.Single(c => c.Name == name)].ToArray();

    [Fact]
    public void Follows_the_hand_computed_means_and_variances()
    {
        // Losses 1, 2, 4 with gain 0.8. Means 1; 0.8·2 + 0.2·1 = 1.8; 0.8·4 + 0.2·1.8 = 3.56. Variances by the mean before: 0;
        // 0.8·(2 - 1)² = 0.8; 0.8·(4 - 1.8)² + 0.2·0.8 = 4.032.
        var table = Tables.Empty(s_policy, 1);
        foreach (var (loss, mean, variance) in new[] { (1f, 1, 0), (2f, 1.8, 0.8), (4f, 3.56, 4.032) })
        {
            Tables.Observe(s_policy, table, [0], [loss]);
            Assert.Equal(mean, Column(table, "running-mean")[0], 1e-6);
            Assert.Equal(variance, Column(table, "running-variance")[0], 1e-6);
        }
    }

    [Fact]
    public void Ranks_by_the_variance_and_not_its_root()
    {
        // Gain 0.5. Losses 1, 1.5: mean 1.25, variance 0.5·0.25 = 0.125, together less than a steady 1.5; with the root, 0.35, it would be
        // more. Losses 1, 3: mean 2, variance 2, together more than a steady 2.5.
        var policy = s_policy with { Gain = 0.5 };
        var table = Tables.Seen(policy, 1f, 1.5f);
        Tables.Observe(policy, table, [0, 1], [1.5f, 1.5f], 1);
        Assert.Equal([0f, 1f], Tables.Plan(policy, table, 11, 20));
        table = Tables.Seen(policy, 1f, 2.5f);
        Tables.Observe(policy, table, [0, 1], [3f, 2.5f], 1);
        Assert.Equal([1f, 0f], Tables.Plan(policy, table, 11, 20));
        Assert.Equal([0f, 1f], Tables.Plan(policy with { VarianceFactor = 0 }, table, 11, 20));
    }

    [Fact]
    public void Agrees_with_plain_bookkeeping_and_sorting_through_a_run()
    {
        foreach (var c in new[] { 0, 1, 3.5 })
        {
            var policy = s_policy with { Keep = 0.37, VarianceFactor = c, Period = 4 };
            var run = new PeriodicRun(200, policy, 20);
            int[] set = [];
            for (var epoch = 0; epoch < 20; epoch++)
            {
                if (epoch == 0)
                {
                    set = [.. Enumerable.Range(0, 200)];
                }
                else if (epoch % 4 == 1)
                {
                    double[] ranks = [.. run.History.Select(h => PeriodicRun.Running(h, 0.8)).Select(r => r.Mean + (c * r.Variance))];
                    set = [.. Enumerable.Range(0, 200).OrderByDescending(i => ranks[i]).Take(74).Order()];
                }

                Assert.Equal(set, run.Visit(epoch));
            }
        }
    }

    [Fact]
    public void Chooses_for_epochs_1_11_and_21_and_keeps_the_set_in_between()
    {
        var run = new PeriodicRun(300, s_policy, 30);
        int[][] sets = [.. Enumerable.Range(0, 30).Select(e => run.Visit(e))];
        Assert.Equal(300, sets[0].Length);
        for (var epoch = 1; epoch < 30; epoch++)
        {
            Assert.Equal(150, sets[epoch].Length);
            Assert.Equal(epoch is not (1 or 11 or 21), sets[epoch].SequenceEqual(sets[epoch - 1]));
        }
    }

    [Fact]
    public void Samples_left_out_keep_their_mean_and_variance()
    {
        var run = new PeriodicRun(50, s_policy, 30);
        run.Visit(0);
        var set = run.Visit(1);
        float[] means = Column(run.Pruner.Samples, "running-mean"), variances = Column(run.Pruner.Samples, "running-variance");
        for (var epoch = 2; epoch < 9; epoch++)
        {
            run.Visit(epoch);
        }

        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(!set.Contains(i), Column(run.Pruner.Samples, "running-mean")[i] == means[i]);
            Assert.Equal(!set.Contains(i), Column(run.Pruner.Samples, "running-variance")[i] == variances[i]);
        }
    }

    [Fact]
    public void A_period_whose_first_epochs_were_left_out_begins_where_it_is_planned()
    {
        var run = new PeriodicRun(100, s_policy, 30);
        run.Visit(0);
        var set = run.Visit(14);
        Assert.Equal(50, set.Length);
        Assert.Equal(set, run.Visit(15));
        Assert.Equal(set, run.Visit(20));
        Assert.NotEqual(set, run.Visit(21));
    }

    [Fact]
    public void A_look_at_samples_that_sat_out_is_no_visit()
    {
        var run = new PeriodicRun(100, s_policy, 30);
        run.Visit(0);
        var set = run.Visit(1);
        long[] dropped = [.. Enumerable.Range(0, 100).Except(set).Select(static i => (long)i)];
        run.Pruner.ObserveDropped(new BatchSignals { Ids = dropped, Losses = Enumerable.Repeat(50f, 50).ToArray() });
        for (var epoch = 2; epoch < 11; epoch++)
        {
            Assert.Equal(set, run.Visit(epoch));
        }
        // But their losses count: now they are the highest.
        Assert.Equal(dropped.Select(static i => (int)i), run.Visit(11));
    }

    [Fact]
    public void Never_seen_and_non_finite_samples_rank_above_all_and_leave_no_trace_in_the_mean()
    {
        var run = new PeriodicRun(100, s_policy, 30);
        run.Visit(0, static (id, loss) => id == 7 ? float.NaN : id == 8 ? float.PositiveInfinity : id == 9 ? 2f : loss);
        run.Pruner.Samples.Flags[3] = SampleFlags.None;
        var set = run.Visit(1, static (id, loss) => id is 7 or 8 ? 0.25f : id == 9 ? float.NaN : loss);
        Assert.Equal(50, set.Length);
        Assert.Superset(new HashSet<int> { 3, 7, 8 }, set.ToHashSet());
        var table = run.Pruner.Samples;
        Assert.Equal([0.25f, 0.25f], Column(table, "running-mean")[7..9]);
        if (set.Contains(9))
        {
            Assert.Equal(2f, Column(table, "running-mean")[9]);
        }

        Assert.All(Column(table, "running-variance"), static v => Assert.True(float.IsFinite(v)));
        // More of them than places: all the same, and nobody else.
        var odd = Tables.Seen(s_policy, [.. Enumerable.Repeat(float.NaN, 6), 1f, 2f, 3f, 4f]);
        Assert.Equal([1f, 1f, 1f, 1f, 1f, 1f, 0f, 0f, 0f, 0f], Tables.Plan(s_policy, odd));
    }

    [Fact]
    public void Draws_ties_at_random()
    {
        var table = Tables.Seen(s_policy, [.. Enumerable.Repeat(1f, 20)]);
        var visits = new int[20];
        for (ulong seed = 0; seed < 500; seed++)
        {
            var weights = Tables.Plan(s_policy, table, seed: seed);
            Assert.Equal(10, weights.Sum());
            for (var i = 0; i < 20; i++)
            {
                visits[i] += (int)weights[i];
            }
        }

        Statistics.AssertUniform(visits, 20);
    }

    [Fact]
    public void Losses_at_the_ends_of_the_range_leave_finite_numbers()
    {
        var table = Tables.Seen(s_policy, float.MaxValue, float.MinValue);
        Tables.Observe(s_policy, table, [0, 1], [float.MaxValue, float.MaxValue], 1);
        Tables.Observe(s_policy, table, [0, 1], [float.MinValue, 1f], 2);
        Assert.All([.. Column(table, "running-mean"), .. Column(table, "running-variance")], static x => Assert.True(float.IsFinite(x)));
        Assert.Equal(1, Tables.Plan(s_policy with { VarianceFactor = 1000 }, table).Sum());
    }

    [Theory]
    [InlineData(0.3, 1, 40)]
    [InlineData(0.6, 1, 40)]
    [InlineData(0.2, 0.86, 37)]
    public void Saves_what_is_asked(double save, double until, int epochs)
    {
        var run = new PeriodicRun(1003, s_policy with { Save = save, Until = until }, epochs);
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            run.Visit(epoch, (id, loss) => epoch == 5 && id % 100 == 0 ? float.NaN : loss);
        }
        // The last period's set is rounded once and then visited up to ten times.
        Assert.Equal(save, run.Pruner.Statistics.Saved, 5.5 / (1003.0 * epochs));
    }

    [Fact]
    public void Is_full_in_epoch_0_and_after_until()
    {
        var run = new PeriodicRun(60, s_policy with { Until = 0.55 }, 10);
        int[] sizes = [.. Enumerable.Range(0, 10).Select(e => run.Visit(e).Length)];
        Assert.Equal([60, 30, 30, 30, 30, 60, 60, 60, 60, 60], sizes);
    }

    [Fact]
    public void Refuses_values_out_of_range()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new UpperConfidencePolicy { Gain = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new UpperConfidencePolicy { Period = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new UpperConfidencePolicy { VarianceFactor = -1 });
    }
}
