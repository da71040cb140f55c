using Winnow.Numerics;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Tests.Policies;

public class OrderDpTests
{
    private static readonly OrderDpPolicy s_policy = new();

    [Theory]
    [InlineData(1000, 0.75, 0.85, 638)]
    [InlineData(1000, 0.8, 0.375, 300)]
    [InlineData(1000, 0.5, 0.6, 300)]
    [InlineData(7, 0.5, 0.5, 2)]
    [InlineData(1, 0.01, 0.01, 1)]
    [InlineData(100_001, 0.75, 0.85, 63_751)]
    public void Visits_exactly_the_rounded_share_of_the_rounded_pool(int count, double pool, double top, int visited)
    {
        var policy = s_policy with { Pool = pool, Top = top };
        var weights = Tables.Plan(policy, Tables.Seen(policy, Tables.Skewed(count)));
        Assert.Equal(visited, weights.Count(static w => w == 1f));
        Assert.Equal(count - visited, weights.Count(static w => w == 0f));
    }

    [Fact]
    public void Visits_the_highest_losses_of_a_pool()
    {
        // Without a pool it is the top of all. With one, each left-out loss above the lowest visited wasn't in the pool.
        var losses = Tables.Skewed(1000);
        var all = Tables.Plan(s_policy with { Pool = 1, Top = 0.4 }, Tables.Seen(s_policy, losses));
        var limit = losses.OrderDescending().ElementAt(399);
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(losses[i] >= limit ? 1f : 0f, all[i]);
        }

        var weights = Tables.Plan(s_policy with { Pool = 0.5, Top = 0.6 }, Tables.Seen(s_policy, losses));
        var lowest = losses.Where((_, i) => weights[i] == 1f).Min();
        Assert.InRange(losses.Where((l, i) => weights[i] == 0f && l > lowest).Count(), 1, 500);
    }

    [Fact]
    public void Has_the_probabilities_of_order_statistics()
    {
        // 8 losses, pools of 4, top 2: the j-th highest is visited when it is in the pool (1/2) and at most one of the j - 1 above it is
        // among the other three of the pool, drawn of 7. All pools are enumerated.
        var policy = s_policy with { Pool = 0.5, Top = 0.5 };
        float[] losses = [3f, 1f, 8f, 5f, 2f, 7f, 4f, 6f];
        var expected = new double[8];
        for (var set = 0; set < 256; set++)
        {
            if (int.PopCount(set) != 4)
            {
                continue;
            }

            foreach (var i in Enumerable.Range(0, 8).Where(i => (set >> i & 1) == 1).OrderByDescending(i => losses[i]).Take(2))
            {
                expected[i] += 1 / 70.0;
            }
        }

        Assert.Equal(2, expected.Sum(), 10);
        const int Draws = 6000;
        var visits = new int[8];
        var table = Tables.Seen(policy, losses);
        for (ulong seed = 0; seed < Draws; seed++)
        {
            var weights = Tables.Plan(policy, table, seed: seed);
            for (var i = 0; i < 8; i++)
            {
                visits[i] += (int)weights[i];
            }
        }

        for (var i = 0; i < 8; i++)
        {
            Statistics.AssertMean(expected[i], visits[i], visits[i], Draws, $"loss {losses[i]}");
        }
    }

    [Fact]
    public void With_equal_losses_every_sample_is_as_likely()
    {
        var visits = new int[20];
        var table = Tables.Seen(s_policy, [.. Enumerable.Repeat(2f, 20)]);
        for (ulong seed = 0; seed < 1000; seed++)
        {
            var weights = Tables.Plan(s_policy, table, seed: seed);
            Assert.Equal(13, weights.Sum());
            for (var i = 0; i < 20; i++)
            {
                visits[i] += (int)weights[i];
            }
        }

        Statistics.AssertUniform(visits, 20);
    }

    [Fact]
    public void Only_visited_samples_get_a_new_loss()
    {
        var pruner = new Pruner(100, s_policy, new() { Epochs = 5, Seed = 1 });
        pruner.Observe(pruner.Plan(0).All, Tables.Skewed(100));
        var before = pruner.Samples[Column.Loss].ToArray();
        var plan = pruner.Plan(1);
        pruner.Observe(plan.All, [.. Enumerable.Repeat(-1f, plan.Count)]);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(plan.Weights[i] > 0 ? -1f : before[i], pruner.Samples[Column.Loss][i]);
        }
    }

    [Fact]
    public void Always_visits_never_seen_and_non_finite_samples_and_counts_the_pool_without_them()
    {
        var losses = Tables.Skewed(1000);
        for (var i = 0; i < 1000; i += 10)
        {
            losses[i] = i % 20 == 0 ? float.NaN : float.PositiveInfinity;
        }

        var table = Tables.Seen(s_policy, losses);
        for (var i = 5; i < 1000; i += 10)
        {
            table.Flags[i] = SampleFlags.None;
        }

        var weights = Tables.Plan(s_policy, table);
        for (var i = 0; i < 1000; i += 5)
        {
            Assert.Equal(1f, weights[i]);
        }
        // 800 take part: pool 600, 510 of it.
        Assert.Equal(200 + 510, weights.Count(static w => w == 1f));
    }

    [Fact]
    public void Is_full_in_epoch_0_and_after_until()
    {
        var table = Tables.Seen(s_policy, Tables.Skewed(100));
        var policy = s_policy with { Until = 0.85 };
        foreach (var epoch in new[] { 0, 8, 9 })
        {
            Assert.All(Tables.Plan(policy, table, epoch), static w => Assert.Equal(1f, w));
        }

        Assert.Contains(0f, Tables.Plan(policy, table, 7));
        // No annealing by default.
        Assert.Contains(0f, Tables.Plan(s_policy, table, 9));
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.3)]
    [InlineData(0.5)]
    [InlineData(0.8)]
    public void Saves_what_is_asked(double save)
    {
        var pruner = new Pruner(1003, s_policy with { Save = save }, new() { Epochs = 20, Seed = 1 });
        var random = Rng.Derive(5, 0, "losses").Sequence();
        for (var epoch = 0; epoch < 20; epoch++)
        {
            var plan = pruner.Plan(epoch);
            float[] losses = [.. Enumerable.Range(0, plan.Count).Select(_ => (float)random.NextDouble())];
            // Every epoch a few are to be visited again whatever the budget says.
            if (epoch is > 2 and < 15)
            {
                losses[3] = float.NaN;
            }

            pruner.Observe(plan.All, losses);
        }

        Assert.Equal(save, pruner.Statistics.Saved, 0.5 / (1003 * 20));
    }

    [Fact]
    public void A_budget_above_the_pool_widens_it()
    {
        // 20 epochs, save 0.1: the 19 pruned ones visit 1 - 2/19 of the samples, more than a pool of 0.75 has. Then losses play no part.
        var policy = s_policy with { Save = 0.1 };
        var table = Tables.Seen(policy, [.. Enumerable.Range(0, 20).Select(static i => (float)i)]);
        var left = new int[20];
        for (ulong seed = 0; seed < 500; seed++)
        {
            var weights = new float[20];
            policy.Plan(new EpochContext { Epoch = 1, TotalEpochs = 20, Seed = seed, PlannedVisits = 20, Threads = 1 }, table, weights);
            Assert.Equal(18, weights.Sum());
            for (var i = 0; i < 20; i++)
            {
                left[i] += weights[i] == 0 ? 1 : 0;
            }
        }

        Statistics.AssertUniform(left, 20);
    }
}
