using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Tests.Policies;

public class InstanceStoppingTests
{
    private static readonly InstanceStoppingPolicy s_policy = new();

    private static void Observe(IPruningPolicy policy, SampleTable table, float[] losses, int epoch) =>
        Tables.Observe(policy, table, [.. Enumerable.Range(0, losses.Length).Select(static i => (long)i)], losses, epoch);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    public void Agrees_with_a_program_that_keeps_the_whole_history(int window)
    {
        const int Samples = 300, Epochs = 60;
        var policy = s_policy with { Window = window, Threshold = 0.04 };
        var random = Winnow.Numerics.Rng.Derive(4, window, "history").Sequence();
        var table = Tables.Empty(policy, Samples);
        var history = Enumerable.Range(0, Samples).Select(static _ => new List<float>()).ToArray();
        var outs = 0;
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            var weights = Tables.Plan(policy, table, epoch, Epochs);
            for (var i = 0; i < Samples; i++)
            {
                var h = history[i];
                var settled = h.Count >= window + 3 &&
                    Enumerable.Range(h.Count - window, window).Average(t => Math.Abs((double)h[t] - (2.0 * h[t - 1]) + h[t - 2])) < 0.04;
                Assert.Equal(settled ? 0f : 1f, weights[i]);
                outs += settled ? 1 : 0;
            }

            float[] losses = [.. Enumerable.Range(0, Samples).Select(i =>
                random.Next(200) == 0 ? float.NaN : (float)((i * 0.01) + (random.NextDouble() * 0.02 * (i % 5))))];
            Observe(policy, table, losses, epoch);
            for (var i = 0; i < Samples; i++)
            {
                if (float.IsFinite(losses[i]))
                {
                    history[i].Add(losses[i]);
                }
                else
                {
                    history[i].Clear();
                }
            }
        }

        Assert.InRange(outs, 1000, (Samples * Epochs) - 1000);
    }

    [Fact]
    public void Looks_at_six_observations_before_a_sample_sits_out_and_lets_it_come_back()
    {
        // A straight line doesn't bend: out as soon as six are known. At epoch 7 the first one jumps.
        var table = Tables.Empty(s_policy, 2);
        for (var epoch = 0; epoch < 12; epoch++)
        {
            float[] expected = epoch < 6 ? [1f, 1f] : epoch is 6 or 7 ? [0f, 1f] : [1f, 1f];
            var weights = Tables.Plan(s_policy, table, epoch, 20);
            Assert.Equal(expected, weights);
            Observe(s_policy, table, [(epoch == 7 ? 5f : 3f) - (0.25f * epoch), epoch % 2], epoch);
        }
        // Second differences 2, -4, 2 leave the window of three in turn.
        for (var epoch = 12; epoch < 14; epoch++)
        {
            Observe(s_policy, table, [3f - (0.25f * epoch), epoch % 2], epoch);
        }

        Assert.Equal([0f, 1f], Tables.Plan(s_policy, table, 14, 20));
    }

    [Fact]
    public void Begins_anew_after_a_loss_that_is_no_number()
    {
        var table = Tables.Empty(s_policy, 2);
        for (var epoch = 0; epoch < 17; epoch++)
        {
            Assert.Equal(epoch is (>= 6 and < 9) or >= 15 ? 0f : 1f, Tables.Plan(s_policy, table, epoch, 20)[0]);
            Observe(s_policy, table, [epoch == 8 ? float.NaN : 1f, epoch * epoch], epoch);
        }
    }

    [Fact]
    public void Is_full_after_until_and_visits_at_least_one()
    {
        var table = Tables.Empty(s_policy, 30);
        for (var epoch = 0; epoch < 6; epoch++)
        {
            Observe(s_policy, table, new float[30], epoch);
        }

        Assert.Equal(1, Tables.Plan(s_policy, table, 6, 20).Sum());
        Assert.Equal(30, Tables.Plan(s_policy with { Until = 0.3 }, table, 6, 20).Sum());
    }

    [Fact]
    public void Saves_exactly_what_is_asked_by_rank_once_enough_is_known()
    {
        const int Samples = 500, Epochs = 20;
        var policy = s_policy with { Save = 0.35 };
        var pruner = new Pruner(Samples, policy, new() { Epochs = Epochs, Seed = 2 });
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            var plan = pruner.Plan(epoch);
            Assert.Equal(epoch < 6 ? 500 : 250, plan.Count);
            // Sample i's loss bends the more the larger i is: the first half sits out.
            if (epoch >= 6)
            {
                Assert.All(Enumerable.Range(0, 250), i => Assert.Equal(0f, plan.Weights[i]));
            }

            float[] losses = [.. Enumerable.Range(0, Samples).Select(i => i * (epoch % 2 == 0 ? 1f : 1.5f))];
            pruner.Observe(plan.All, [.. plan.Order.ToArray().Select(i => losses[i])]);
            long[] rest = [.. Enumerable.Range(0, Samples).Where(i => plan.Weights[i] == 0).Select(static i => (long)i)];
            pruner.ObserveDropped(new BatchSignals { Ids = rest, Losses = [.. rest.Select(i => losses[i])] });
        }

        Assert.Equal(0.35, pruner.Statistics.Saved, 3);
        Assert.Equal(14 * 250, pruner.Statistics.Refreshed);
        // Six of ten epochs are full: no more than 0.9 of the other four can be saved.
        Assert.Equal(0.36, s_policy.LargestSave(10), 12);
        Assert.Equal(0, s_policy.LargestSave(6), 12);
    }

    [Fact]
    public void Never_leaves_out_by_rank_what_it_does_not_know_enough_of()
    {
        // Losses so far apart that their second difference is no float; and a sample that came late.
        var policy = s_policy with { Save = 0.3 };
        var table = Tables.Empty(policy, 4);
        for (var epoch = 0; epoch < 8; epoch++)
        {
            float sign = epoch % 2 == 0 ? 1 : -1;
            Tables.Observe(policy, table, epoch < 5 ? [0, 1, 3] : [0, 1, 2, 3], epoch < 5 ? [sign * float.MaxValue, 1f, 1f] : [sign * float.MaxValue, 1f, 1f, 1f], epoch);
        }
        // The budget asks for more than the two that are known and settled.
        var weights = new float[4];
        policy.Plan(new EpochContext { Epoch = 9, TotalEpochs = 10, Seed = 1, PlannedVisits = 36, Threads = 1 }, table, weights);
        Assert.Equal([1f, 0f, 1f, 0f], weights);
    }
}
