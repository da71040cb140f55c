using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Experiments.Tests;

public class ControlPolicyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    [InlineData(65537)]
    public void A_replay_visits_exactly_the_counts_it_was_given(int samples)
    {
        int[] counts = [samples, 1, Math.Max(1, samples / 3), Math.Max(1, samples - 1), samples];
        var policy = new RandomReplay(counts);
        for (var epoch = 0; epoch < counts.Length; epoch++)
        {
            var weights = Plan(policy, samples, epoch, counts.Length);
            Assert.Equal(counts[epoch], weights.Count(static weight => weight == 1));
            Assert.Equal(samples - counts[epoch], weights.Count(static weight => weight == 0));
        }
    }

    [Fact]
    public void A_replay_draws_uniformly_and_anew_in_each_epoch()
    {
        // Each of 10 samples should be in half of 4000 draws of 5: variance of a count 4000/4, chi-square with 9 degrees of freedom (and a
        // negative correlation that only narrows it), 99.9 % point 27.9.
        const int Epochs = 4000;
        var policy = new RandomReplay([.. Enumerable.Repeat(5, Epochs)]);
        var counts = new int[10];
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            var weights = Plan(policy, 10, epoch, Epochs);
            for (var i = 0; i < 10; i++)
            {
                counts[i] += (int)weights[i];
            }
        }

        Assert.InRange(counts.Sum(static count => (count - 2000.0) * (count - 2000.0) / 1000), 0, 27.9);
    }

    [Theory]
    [InlineData("infobatch", true)]
    [InlineData("infobatch:save=0.3+max-age:epochs=2", true)]
    [InlineData("infobatch-quantile", true)]
    [InlineData("infobatch:keep=1", false)]
    [InlineData("random", false)]
    [InlineData("full", false)]
    public void Weights_matter_where_a_visited_sample_ever_counts_more_than_another(string spec, bool expected) =>
        Assert.Equal(expected, WithoutWeights.Matters(PolicyCatalog.Parse(spec)));

    [Fact]
    public void Without_weights_the_same_samples_are_visited_and_each_counts_one()
    {
        var inner = PolicyCatalog.Parse("infobatch");
        var outer = new WithoutWeights(inner);
        Assert.Equal(inner.Columns, outer.Columns);
        Assert.Equal(inner.Needs, outer.Needs);
        var weighted = Plan(inner, 1000, 3, 10);
        var plain = Plan(outer, 1000, 3, 10);
        Assert.Contains(weighted, static weight => weight > 1);
        Assert.Equal(weighted.Select(static weight => weight > 0 ? 1f : 0f), plain);
    }

    // Losses 0, 1, 2 … as of before the first epoch.
    private static float[] Plan(IPruningPolicy policy, int samples, int epoch, int epochs)
    {
        var table = new SampleTable(samples, policy.Columns);
        var signals = new BatchSignals { Ids = [.. Enumerable.Range(0, samples).Select(static i => (long)i)], Losses = [.. Enumerable.Range(0, samples).Select(static i => (float)i)] };
        table.Mark(signals);
        policy.Observe(table, signals);
        var weights = new float[samples];
        policy.Plan(new EpochContext { Epoch = epoch, TotalEpochs = epochs, Seed = 3 }, table, weights);
        return weights;
    }
}
