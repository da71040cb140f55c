using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Tests.Policies;

public class EpsilonGreedyTests
{
    private static readonly EpsilonGreedyPolicy s_policy = new();

    [Fact]
    public void Follows_the_hand_computed_mean()
    {
        // Losses 1, 2, 4 with gain 0.8: 1; 0.8·2 + 0.2·1 = 1.8; 0.8·4 + 0.2·1.8 = 3.56.
        var table = Tables.Empty(s_policy, 1);
        foreach (var (loss, mean) in new[] { (1f, 1), (2f, 1.8), (4f, 3.56) })
        {
            Tables.Observe(s_policy, table, [0], [loss]);
            Assert.Equal(mean, table[s_policy.Columns[0]][0], 1e-6);
        }
    }

    [Fact]
    public void Chooses_the_highest_means_and_the_rest_uniformly_from_those_left()
    {
        // 40 of 100: 36 highest, 4 of the other 64.
        var policy = s_policy with { Keep = 0.4 };
        var losses = Tables.Skewed(100);
        var table = Tables.Seen(policy, losses);
        int[] byLoss = [.. Enumerable.Range(0, 100).OrderByDescending(i => losses[i])], visits = new int[100];
        for (ulong seed = 0; seed < 2000; seed++)
        {
            var weights = Tables.Plan(policy, table, seed: seed);
            Assert.Equal(40, weights.Count(static w => w == 1f));
            Assert.Equal(60, weights.Count(static w => w == 0f));
            for (var i = 0; i < 100; i++)
            {
                visits[i] += (int)weights[i];
            }
        }

        Assert.All(byLoss[..36], i => Assert.Equal(2000, visits[i]));
        Statistics.AssertUniform([.. byLoss[36..].Select(i => visits[i])], 64);
    }

    [Theory]
    [InlineData(0, 50, 50)]
    [InlineData(0.1, 45, 50)]
    [InlineData(0.5, 25, 50)]
    [InlineData(1, 0, 50)]
    public void Visits_exactly_k_with_the_rounded_part_at_random(double epsilon, int certain, int visited)
    {
        var policy = s_policy with { Epsilon = epsilon };
        var losses = Tables.Skewed(100);
        var visits = new int[100];
        var table = Tables.Seen(policy, losses);
        for (ulong seed = 0; seed < 300; seed++)
        {
            var weights = Tables.Plan(policy, table, seed: seed);
            Assert.Equal(visited, weights.Sum());
            for (var i = 0; i < 100; i++)
            {
                visits[i] += (int)weights[i];
            }
        }

        Assert.Equal(certain, visits.Count(static v => v == 300));
    }

    [Fact]
    public void Agrees_with_plain_bookkeeping_and_sorting_through_a_run()
    {
        var policy = s_policy with { Keep = 0.3, Epsilon = 0.2, Period = 4 };
        var run = new PeriodicRun(200, policy, 20);
        int[] set = [.. Enumerable.Range(0, 200)];
        for (var epoch = 0; epoch < 20; epoch++)
        {
            int[] top = [.. Enumerable.Range(0, 200).OrderByDescending(i => PeriodicRun.Running(run.History[i], 0.8).Mean).Take(48)];
            var visited = run.Visit(epoch);
            if (epoch % 4 == 1)
            {
                // 60 places, 12 of them drawn.
                Assert.Equal(60, visited.Length);
                Assert.Superset(top.ToHashSet(), visited.ToHashSet());
                Assert.NotEqual(set, visited);
                set = visited;
            }

            Assert.Equal(set, visited);
        }
    }

    [Fact]
    public void Never_seen_and_non_finite_samples_come_first_and_the_rest_shares_the_places()
    {
        // 10 of 20 places; 4 are always visited, of the other 6 round(0.5·6) = 3 are drawn.
        var policy = s_policy with { Epsilon = 0.5 };
        float[] losses = [.. Enumerable.Range(0, 20).Select(static i => (float)i)];
        (losses[0], losses[1]) = (float.NaN, float.NegativeInfinity);
        var table = Tables.Seen(policy, losses);
        (table.Flags[2], table.Flags[3]) = (SampleFlags.None, SampleFlags.None);
        var visits = new int[20];
        for (ulong seed = 0; seed < 500; seed++)
        {
            var weights = Tables.Plan(policy, table, seed: seed);
            Assert.Equal(10, weights.Sum());
            for (var i = 0; i < 20; i++)
            {
                visits[i] += (int)weights[i];
            }
        }

        foreach (var always in new[] { 0, 1, 2, 3, 17, 18, 19 })
        {
            Assert.Equal(500, visits[always]);
        }

        Statistics.AssertUniform(visits[4..17], 13);
    }

    [Fact]
    public void A_later_loss_that_is_not_finite_leaves_the_mean_alone()
    {
        var table = Tables.Seen(s_policy, 1f, 2f);
        Tables.Observe(s_policy, table, [0, 1], [float.NaN, float.PositiveInfinity], 1);
        Assert.Equal([1f, 2f], table[s_policy.Columns[0]].ToArray());
        Assert.Equal([1f, 1f], Tables.Plan(s_policy, table));
        Tables.Observe(s_policy, table, [0], [3f], 2);
        Assert.Equal(2.6f, table[s_policy.Columns[0]][0], 1e-6);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.7)]
    public void Saves_what_is_asked(double save)
    {
        var run = new PeriodicRun(1003, s_policy with { Save = save }, 40);
        for (var epoch = 0; epoch < 40; epoch++)
        {
            run.Visit(epoch);
        }

        Assert.Equal(save, run.Pruner.Statistics.Saved, 5.5 / (1003.0 * 40));
    }

    [Fact]
    public void Is_full_in_epoch_0_and_after_until()
    {
        var run = new PeriodicRun(60, s_policy with { Until = 0.55 }, 10);
        Assert.Equal([60, 30, 30, 30, 30, 60, 60, 60, 60, 60], Enumerable.Range(0, 10).Select(e => run.Visit(e).Length).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => new EpsilonGreedyPolicy { Epsilon = 1.5 });
    }
}
