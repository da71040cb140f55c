using FsCheck;
using FsCheck.Fluent;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Tests.Policies;

public class InfoBatchTests
{
    private static readonly InfoBatchPolicy s_policy = new();

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.7)]
    [InlineData(0.001)]
    [InlineData(1.0)]
    public void Keeps_exactly_the_rounded_share_below_the_mean_with_weight_n_over_m(double keep)
    {
        var losses = Tables.Skewed(10_007);
        var policy = new InfoBatchPolicy { Keep = keep };
        var weights = Tables.Plan(policy, Tables.Seen(policy, losses));
        var mean = losses.Average(static l => (double)l);
        int n = losses.Count(l => l < mean), m = Math.Max(1, (int)Math.Round(keep * n, MidpointRounding.AwayFromZero));
        Assert.All(losses.Zip(weights), p => Assert.True(p.First < mean ? p.Second == 0 || p.Second == (float)((double)n / m) : p.Second == 1));
        Assert.Equal(m, losses.Zip(weights).Count(p => p.First < mean && p.Second > 0));
    }

    [Fact]
    public void Visits_everything_in_epoch_0_whatever_is_known()
    {
        var weights = Tables.Plan(s_policy, Tables.Seen(s_policy, Tables.Skewed(100)), epoch: 0);
        Assert.All(weights, static w => Assert.Equal(1f, w));
    }

    [Theory]
    [InlineData(100, 0.875, 87)]
    [InlineData(8, 0.875, 7)]
    [InlineData(10, 0.875, 8)]
    [InlineData(3, 0.5, 1)]
    [InlineData(10, 0.0, 0)]
    [InlineData(10, 1.0, 10)]
    public void Weighs_every_sample_1_after_until(int epochs, double until, int first)
    {
        var policy = new InfoBatchPolicy { Until = until };
        var table = Tables.Seen(policy, Tables.Skewed(100));
        for (var epoch = 1; epoch < epochs; epoch++)
        {
            var weights = Tables.Plan(policy, table, epoch, epochs);
            if (epoch >= first)
            {
                Assert.All(weights, static w => Assert.Equal(1f, w));
            }
            else
            {
                Assert.Contains(0f, weights);
            }
        }
    }

    [Fact]
    public void Prunes_nothing_when_all_losses_are_equal()
    {
        // The reference's mean of equal scores can come out above them all (3.0, N = 3420 and others): half would be dropped.
        foreach (var value in new[] { 0f, 3f, 0.1f, 2.3f, 6.9f, -1f })
        {
            foreach (var count in new[] { 1, 2, 3, 10, 1000, 3420, 60_000, 200_001 })
            {
                var losses = new float[count];
                Array.Fill(losses, value);
                Assert.All(Tables.Plan(s_policy, Tables.Seen(s_policy, losses)), static w => Assert.Equal(1f, w));
            }
        }
    }

    [Fact]
    public void Prunes_nothing_of_ten_million_equal_losses()
    {
        var losses = new float[10_000_000];
        Array.Fill(losses, 0.1f);
        Assert.DoesNotContain(0f, Tables.Plan(s_policy, Tables.Seen(s_policy, losses), threads: 0));
    }

    [Fact]
    public void Always_visits_samples_never_seen_and_leaves_them_out_of_the_mean()
    {
        // Typical losses far above 3, the reference's initial score: there, the unseen would look easiest of all.
        var table = new SampleTable(1000, s_policy.Columns);
        long[] ids = [.. Enumerable.Range(0, 900).Select(static i => (long)i)];
        Tables.Observe(s_policy, table, ids, [.. ids.Select(static i => i < 450 ? 6f : 8f)]);
        for (ulong seed = 0; seed < 50; seed++)
        {
            var weights = Tables.Plan(s_policy, table, seed: seed);
            Assert.All(weights[900..], static w => Assert.Equal(1f, w));
            Assert.All(weights[450..900], static w => Assert.Equal(1f, w));
            Assert.Equal(225, weights[..450].Count(static w => w == 2f));
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Always_visits_non_finite_samples_and_leaves_them_out_of_the_mean(float bad)
    {
        float[] losses = [.. Enumerable.Range(0, 1000).Select(i => i % 100 == 7 ? bad : i < 500 ? 1f : 2f)];
        var weights = Tables.Plan(s_policy, Tables.Seen(s_policy, losses));
        for (var i = 7; i < 1000; i += 100)
        {
            Assert.Equal(1f, weights[i]);
        }

        var easy = losses.Count(static l => l == 1f);
        Assert.Equal(Math.Round(easy / 2.0, MidpointRounding.AwayFromZero), losses.Zip(weights).Count(static p => p.First == 1f && p.Second > 0));
        Assert.Equal(1000, weights.Sum(), 1);
    }

    [Fact]
    public void Visits_everything_when_nothing_finite_is_known()
    {
        Assert.All(Tables.Plan(s_policy, new SampleTable(50, s_policy.Columns)), static w => Assert.Equal(1f, w));
        Assert.All(Tables.Plan(s_policy, Tables.Seen(s_policy, float.NaN, float.NaN)), static w => Assert.Equal(1f, w));
    }

    [Fact]
    public void Draws_anew_for_each_epoch_and_seed()
    {
        var table = Tables.Seen(s_policy, Tables.Skewed(200));
        var draws = new HashSet<string>();
        for (var epoch = 1; epoch < 5; epoch++)
        {
            for (ulong seed = 0; seed < 5; seed++)
            {
                Assert.True(draws.Add(string.Join(',', Tables.Plan(s_policy, table, epoch, seed: seed))));
            }
        }
    }

    [Fact]
    public void Sums_to_the_number_of_samples_for_any_losses() =>
        Prop.ForAll(ArbMap.Default.ArbFor<float[]>(), Gen.Choose(1, 100).ToArbitrary(), ArbMap.Default.ArbFor<ulong>(), static (losses, percent, seed) =>
        {
            var policy = new InfoBatchPolicy { Keep = percent / 100.0 };
            var weights = Tables.Plan(policy, Tables.Seen(policy, losses), seed: seed);
            return Math.Abs(weights.Sum(static w => (double)w) - losses.Length) <= 1e-5 * (1 + losses.Length);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Treats_a_loss_next_to_the_mean_by_strict_comparison_in_float64()
    {
        // The mean 1 + 2^-24 lies between two float32 neighbours: the lower is below it, the upper isn't.
        var next = MathF.BitIncrement(1f);
        var weights = Tables.Plan(new InfoBatchPolicy { Keep = 1e-9 }, Tables.Seen(s_policy, 1f, next, 1f, next));
        Assert.Equal([1f, 1f], [weights[1], weights[3]]);
        Assert.Equal(2f, weights[0] + weights[2]);
        Assert.Contains(0f, weights);
    }

    [Fact]
    public void Refuses_options_out_of_range()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new InfoBatchPolicy { Keep = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new InfoBatchPolicy { Keep = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new InfoBatchPolicy { Until = 1.1 });
    }
}
