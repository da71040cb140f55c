using Winnow.Numerics;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Tests.Policies;

public class RepbTests
{
    /// <summary>Trains nothing: visits what is planned and says by a function of (epoch, sample) whether its loss was below its batch's mean.</summary>
    private static List<float[]> Run(RepbPolicy policy, int samples, int epochs, Func<int, int, bool> below, ulong seed = 1)
    {
        var pruner = new Pruner(samples, policy, new() { Epochs = epochs, Seed = seed, Threads = 1 });
        var plans = new List<float[]>();
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            var plan = pruner.Plan(epoch);
            plans.Add(plan.Weights.ToArray());
            float[] losses = new float[plan.Count], means = new float[plan.Count];
            for (var i = 0; i < losses.Length; i++)
            {
                (losses[i], means[i]) = (below(epoch, plan.Order[i]) ? 1f : 2f, 2f);
            }

            pruner.Observe(plan.All, new BatchSignals { Losses = losses }.With(Signal.BatchLoss, means));
        }

        return plans;
    }

    private static bool Chance(int epoch, int id, double odds) => Rng.Derive(99, epoch, "below").UInt32At((ulong)id) < odds * 4294967296.0;

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.3)]
    [InlineData(0.999)]
    [InlineData(0.0)]
    public void Follows_the_rule_step_by_step_with_exact_counts(double rho)
    {
        const int Samples = 503, Epochs = 15;
        var plans = Run(new RepbPolicy { Rho = rho }, Samples, Epochs, static (e, i) => Chance(e, i, 0.6));
        var visits = new int[Samples];
        var stays = new bool[Samples];
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            var weights = plans[epoch];
            int[] candidates = [.. Enumerable.Range(0, Samples).Where(i => epoch > 0 && !stays[i])];
            var kept = candidates.Length == 0 ? 0 : Math.Max(1, (int)Math.Round((1 - rho) * candidates.Length, MidpointRounding.AwayFromZero));
            Assert.Equal(kept, candidates.Count(i => weights[i] > 0));
            for (var i = 0; i < Samples; i++)
            {
                Assert.True(weights[i] > 0 || candidates.Contains(i));
                if (weights[i] > 0)
                {
                    Assert.Equal((float)(epoch + 1) / ++visits[i], weights[i]);
                }

                stays[i] = weights[i] > 0 && !Chance(epoch, i, 0.6);
            }
        }
    }

    [Fact]
    public void Draws_every_candidate_equally_often_whether_it_sat_out_or_was_below()
    {
        var policy = new RepbPolicy { Rho = 0.7 };
        var table = Tables.Empty(policy, 300);
        // Epoch 0: below the mean of 1 where the id is odd. Epoch 1: only ids below 200 are visited, of those every third is below.
        Tables.Observe(policy, table, [.. Enumerable.Range(0, 300).Select(static i => (long)i)], [.. Enumerable.Range(0, 300).Select(static i => i % 2 == 1 ? 0.5f : 1f)]);
        Tables.Observe(policy, table, [.. Enumerable.Range(0, 200).Select(static i => (long)i)], [.. Enumerable.Range(0, 200).Select(static i => i % 3 == 0 ? 0.5f : 1f)], 1);
        var counts = new int[300];
        for (ulong seed = 0; seed < 500; seed++)
        {
            var weights = Tables.Plan(policy, table, 2, seed: seed);
            for (var i = 0; i < 300; i++)
            {
                counts[i] += weights[i] > 0 ? 1 : 0;
            }
        }

        Assert.All(Enumerable.Range(0, 200).Where(static i => i % 3 != 0), i => Assert.Equal(500, counts[i]));
        int[] candidates = [.. Enumerable.Range(0, 300).Where(static i => i >= 200 || i % 3 == 0).Select(i => counts[i])];
        Assert.Equal(500 * (int)Math.Round(0.3 * candidates.Length, MidpointRounding.AwayFromZero), candidates.Sum());
        Statistics.AssertUniform(candidates, candidates.Length);
    }

    /// <summary>The exact expected weight of each epoch, for a sample that is below its batch's mean with that chance at each visit.</summary>
    private static double[] Expected(double rho, double q, int epochs, bool odds)
    {
        // Chances of (visits so far, whether it stays).
        var chances = new double[epochs + 2, 2];
        (chances[1, 0], chances[1, 1]) = (q, 1 - q);
        var expected = new double[epochs];
        expected[0] = 1;
        for (var epoch = 1; epoch < epochs; epoch++)
        {
            var next = new double[epochs + 2, 2];
            for (var n = 1; n <= epoch; n++)
            {
                foreach (var stays in new[] { 0, 1 })
                {
                    double chance = chances[n, stays], visited = stays == 1 ? 1 : 1 - rho;
                    expected[epoch] += chance * visited * (odds ? 1 / visited : (epoch + 1.0) / (n + 1));
                    next[n + 1, 0] += chance * visited * q;
                    next[n + 1, 1] += chance * visited * (1 - q);
                    next[n, 0] += chance * (1 - visited);
                }
            }

            chances = next;
        }

        return expected;
    }

    [Theory]
    [InlineData(0.5, 1.0)]
    [InlineData(0.5, 0.5)]
    [InlineData(0.8, 0.7)]
    [InlineData(0.3, 0.05)]
    public void Weighs_in_the_long_run_as_full_data_up_to_the_exactly_known_start(double rho, double q)
    {
        const int Samples = 4000, Epochs = 100;
        foreach (var odds in new[] { false, true })
        {
            var plans = Run(new RepbPolicy { Rho = rho, WeighByOdds = odds }, Samples, Epochs, (e, i) => Chance(e, i, q));
            var expected = Expected(rho, q, Epochs, odds);
            double[] sums = [.. Enumerable.Range(0, Samples).Select(i => plans.Sum(p => (double)p[i]))];
            Statistics.AssertMean(expected.Sum(), sums.Sum(), sums.Sum(static s => s * s), Samples, $"rho {rho}, q {q}, odds {odds}");
            if (odds)
            {
                Assert.All(expected, static e => Assert.Equal(1, e, 12));
            }
            else
            {
                Assert.InRange(expected.Sum() / Epochs, 0.85, 1);
            }
        }
    }

    [Fact]
    public void Falls_short_of_full_data_by_a_share_that_shrinks_like_log_of_the_epochs_by_the_epochs()
    {
        // rho = 0.5: always below the mean, then half the time. What the card says, from the exact expectation.
        double[] alwaysBelow = [.. new[] { 10, 50, 200, 1000 }.Select(static c => 1 - (Expected(0.5, 1, c, false).Sum() / c))];
        double[] halfBelow = [.. new[] { 10, 50, 200, 1000 }.Select(static c => 1 - (Expected(0.5, 0.5, c, false).Sum() / c))];
        Assert.Equal(new[] { 0.214, 0.076, 0.026, 0.007 }, alwaysBelow.Select(static b => Math.Round(b, 3)));
        Assert.Equal(new[] { 0.132, 0.044, 0.014, 0.004 }, halfBelow.Select(static b => Math.Round(b, 3)));
        // A sample that is never below is always visited with weight 1.
        Assert.All(Expected(0.5, 0, 50, false), static e => Assert.Equal(1, e, 12));
    }

    [Theory]
    [InlineData(0.5, 0.5)]
    [InlineData(0.5, 0.72)]
    [InlineData(0.9, 0.3)]
    public void Settles_at_the_published_fixed_point(double rho, double q)
    {
        var plans = Run(new RepbPolicy { Rho = rho }, 20_000, 60, (e, i) => Chance(e, i, q));
        var visited = plans.Skip(40).Average(static p => p.Count(static w => w > 0) / 20_000.0);
        Assert.Equal((1 - rho) / (1 - rho + (rho * q)), visited, 0.01);
    }

    [Theory]
    [InlineData(0.1, 0.3)]
    [InlineData(0.3, 0.35)]
    [InlineData(0.3, 0.6)]
    [InlineData(0.6, 0.3)]
    [InlineData(0.6, 0.95)]
    public void Saves_what_is_asked_within_a_visit_an_epoch(double save, double q)
    {
        const int Samples = 2003, Epochs = 30;
        var plans = Run(new RepbPolicy { Save = save }, Samples, Epochs, (e, i) => Chance(e, i, q));
        var saved = plans.Sum(static p => p.Count(static w => w == 0)) / (double)(Samples * Epochs);
        Assert.InRange(saved, save - (1.0 / Samples), save + (1.0 / Samples));
    }

    [Theory]
    [InlineData(5, 1.0)]
    [InlineData(30, 1.0)]
    [InlineData(30, 0.5)]
    public void Reaches_the_largest_save_when_three_tenths_are_below_and_refuses_more(int epochs, double until)
    {
        const int Samples = 10_000;
        var largest = new RepbPolicy { Until = until }.LargestSave(epochs);
        var plans = Run(new RepbPolicy { Save = largest, Until = until }, Samples, epochs, static (e, i) => Chance(e, i, 0.3));
        Assert.Equal(largest, plans.Sum(static p => p.Count(static w => w == 0)) / (double)(Samples * epochs), 0.01);
        Assert.Throws<UnreachableSaveException>(() => new Pruner(10, new RepbPolicy { Save = largest + 1e-6, Until = until }, new() { Epochs = epochs }));
        Assert.InRange(new RepbPolicy().LargestSave(1000), 0.72, 0.2697 / 0.3697);
    }

    [Fact]
    public void Visits_everything_with_weight_1_after_until()
    {
        var plans = Run(new RepbPolicy { Until = 0.55 }, 100, 10, static (_, i) => i % 2 == 0);
        for (var epoch = 1; epoch < 10; epoch++)
        {
            if (epoch >= 5)
            {
                Assert.All(plans[epoch], static w => Assert.Equal(1f, w));
            }
            else
            {
                Assert.Contains(0f, plans[epoch]);
            }
        }
    }

    [Fact]
    public void Prunes_nothing_when_all_losses_are_equal()
    {
        var pruner = new Pruner(1000, new RepbPolicy(), new() { Epochs = 5 });
        for (var epoch = 0; epoch < 5; epoch++)
        {
            var plan = pruner.Plan(epoch);
            Assert.Equal(1000, plan.WeightSum);
            foreach (var batch in plan.Batches(33))
            {
                pruner.Observe(batch, Enumerable.Repeat(0.1f, batch.Count).ToArray());
            }
        }
    }

    [Fact]
    public void Compares_within_the_batch_whatever_other_batches_lost()
    {
        // A batch of losses 1 and 3, one of 101 and 103: below their own means are 1 and 101.
        var pruner = new Pruner(4, new RepbPolicy { Rho = 0.5 }, new() { Epochs = 2 });
        var plan = pruner.Plan(0);
        for (var b = 0; b < 2; b++)
        {
            pruner.Observe(plan.Batch(b, 2), [1f + (100 * b), 3f + (100 * b)]);
        }

        Assert.All(new[] { 1, 3 }, place => Assert.Equal(1f, pruner.Plan(1).Weights[plan.Order[place]]));
        Assert.Equal(1, new[] { 0, 2 }.Count(place => pruner.Plan(1).Weights[plan.Order[place]] == 0));
    }

    [Fact]
    public void Always_visits_never_seen_and_non_finite_samples_with_weight_1()
    {
        var policy = new RepbPolicy { Rho = 0.5 };
        var table = Tables.Empty(policy, 100);
        for (var epoch = 0; epoch < 3; epoch++)
        {
            Tables.Observe(policy, table, [.. Enumerable.Range(0, 90).Select(static i => (long)i)], [.. Enumerable.Range(0, 90).Select(static i => i < 5 ? float.NaN : 0f)], epoch);
        }

        var weights = Tables.Plan(policy, table, 3);
        Assert.All(weights[..5], static w => Assert.Equal(1f, w));
        Assert.All(weights[90..], static w => Assert.Equal(1f, w));
        Assert.Equal(Math.Round(0.5 * 85, MidpointRounding.AwayFromZero), weights[5..90].Count(static w => w > 0));
    }

    [Fact]
    public void Counts_a_sample_given_twice_in_an_epoch_once_and_lets_the_last_loss_decide()
    {
        var policy = new RepbPolicy { Rho = 0.999 };
        var table = Tables.Empty(policy, 3);
        for (var epoch = 0; epoch < 3; epoch++)
        {
            Tables.Observe(policy, table, [0, 1, 2], [0.5f, 1f, 0.5f], epoch);
            Tables.Observe(policy, table, [0], [5f], epoch);
        }

        var weights = Tables.Plan(policy, table, 3);
        Assert.Equal([1f, 1f], weights[..2]);
    }

    [Fact]
    public void Takes_losses_from_elsewhere_as_no_visit()
    {
        var pruner = new Pruner(50, new RepbPolicy(), new() { Epochs = 5 });
        pruner.Preload(Tables.Skewed(50));
        var plan = pruner.Plan(0);
        Assert.Equal(50, plan.WeightSum);
        pruner.Observe(plan.All, Enumerable.Repeat(1f, 50).ToArray());
        Assert.Equal(50, pruner.Plan(1).WeightSum);
    }

    [Fact]
    public void Refuses_options_out_of_range()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RepbPolicy { Rho = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new RepbPolicy { Rho = -0.1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new RepbPolicy { Save = 1 });
    }
}
