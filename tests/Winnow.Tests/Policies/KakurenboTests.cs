using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Tests.Policies;

public class KakurenboTests
{
    private static readonly KakurenboPolicy s_policy = new();

    private static SampleTable Table(float[] losses, float[] confidences, bool[] correct)
    {
        var table = Tables.Empty(s_policy, losses.Length);
        var signals = new BatchSignals { Ids = [.. Enumerable.Range(0, losses.Length).Select(static i => (long)i)], Losses = losses }
            .With(Signal.Confidence, confidences)
            .With(Signal.Correct, SignalRules.Flags(correct));
        table.Mark(signals);
        s_policy.Observe(table, signals);
        return table;
    }

    private static float[] Plan(IPruningPolicy policy, SampleTable table, int epoch, int epochs, long planned)
    {
        var weights = new float[table.Count];
        policy.Plan(new EpochContext { Epoch = epoch, TotalEpochs = epochs, Seed = 3, PlannedVisits = planned, Threads = 1 }, table, weights);
        return weights;
    }

    [Fact]
    public void Hides_of_the_lowest_losses_those_that_are_right_and_sure()
    {
        // Ten samples, hide 0.5: the five lowest are 0, 1, 2, 3, 4; 1 is wrong, 3 unsure, 4 has exactly tau. Sample 6 is sure but not low.
        float[] losses = [0.0f, 0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.7f, 0.8f, 0.9f];
        float[] confidences = [0.9f, 0.99f, 0.8f, 0.69f, 0.7f, 0.2f, 0.99f, 0.1f, 0.1f, 0.1f];
        bool[] correct = [true, false, true, true, true, true, true, false, false, true];
        var weights = Tables.Plan(s_policy with { Hide = 0.5 }, Table(losses, confidences, correct), epoch: 1, epochs: 100);
        Assert.Equal([0f, 1f, 0f, 1f, 0f, 1f, 1f, 1f, 1f, 1f], weights);
    }

    [Theory]
    [InlineData(0.3, 0.7)]
    [InlineData(0.8, 0.5)]
    [InlineData(0.01, 1.0)]
    public void Agrees_with_a_program_that_sorts(double hide, double tau)
    {
        var random = Winnow.Numerics.Rng.Derive(8, 0, "table").Sequence();
        const int Samples = 3001;
        float[] losses = Tables.Skewed(Samples), confidences = [.. losses.Select(_ => random.Next(8) == 0 ? 1f : (float)random.NextDouble())];
        bool[] correct = [.. losses.Select(_ => random.Next(4) > 0)];
        for (var i = 0; i < Samples; i += 100)
        {
            losses[i] = float.NaN;
        }

        var table = Table(losses, confidences, correct);
        for (var i = 50; i < Samples; i += 100)
        {
            table.Flags[i] = SampleFlags.None;
        }

        var lowest = (int)Math.Round(hide * Samples, MidpointRounding.AwayFromZero);
        var hidden = Enumerable.Range(0, Samples).Where(i => table.Flags[i] == SampleFlags.Seen).OrderBy(i => losses[i]).Take(lowest)
            .Where(i => correct[i] && confidences[i] >= (float)tau).ToHashSet();
        Assert.NotEmpty(hidden);
        var weights = Tables.Plan(s_policy with { Hide = hide, Tau = tau }, table, epoch: 1, epochs: 100);
        for (var i = 0; i < Samples; i++)
        {
            Assert.Equal(hidden.Contains(i) ? 0f : 1f, weights[i]);
        }
    }

    [Fact]
    public void Lets_the_share_fall_by_fifths_of_the_run()
    {
        float[] losses = [.. Enumerable.Range(0, 1000).Select(static i => i / 1e6f)];
        var table = Tables.Seen(s_policy, losses);
        int[] expected = [0, 300, 300, 300, 240, 240, 180, 180, 120, 120];
        for (var epoch = 0; epoch < 10; epoch++)
        {
            Assert.Equal(expected[epoch], Tables.Plan(s_policy, table, epoch).Count(static w => w == 0));
            Assert.Equal(epoch == 0 ? 0 : 300, Tables.Plan(s_policy with { Decay = false }, table, epoch).Count(static w => w == 0));
        }
        // Seven epochs: their fifths begin at 0, 1.4, 2.8, 4.2, 5.6.
        int[] seven = [0, 300, 300, 240, 240, 180, 120];
        for (var epoch = 0; epoch < 7; epoch++)
        {
            Assert.Equal(seven[epoch], Tables.Plan(s_policy, table, epoch, 7).Count(static w => w == 0));
        }
    }

    [Fact]
    public void Hides_nothing_in_epoch_0_and_after_until()
    {
        var table = Tables.Seen(s_policy, new float[50]);
        var policy = s_policy with { Until = 0.55 };
        foreach (var epoch in new[] { 0, 5, 9 })
        {
            Assert.All(Tables.Plan(policy, table, epoch), static w => Assert.Equal(1f, w));
        }

        Assert.Equal(15, Tables.Plan(policy, table, 3).Count(static w => w == 0));
    }

    [Fact]
    public void Suggests_a_learning_rate_by_what_was_really_hidden()
    {
        Assert.Equal(1000 / 900.0, s_policy.LearningRateScale(900, 1000));
        Assert.Equal(1, s_policy.LearningRateScale(1000, 1000));
        // The share that may be hidden is 0.3, but none is sure: nothing is hidden and the rate stays.
        var pruner = new Pruner(10, s_policy, new() { Epochs = 5 });
        pruner.Observe(pruner.Plan(0).All, new BatchSignals { Losses = new float[10] }.With(Signal.Confidence, new float[10]).With(Signal.Correct, SignalRules.Flags(new bool[10])));
        pruner.Plan(1);
        Assert.Equal(1, pruner.LearningRateScale);
    }

    [Fact]
    public void Draws_among_equal_losses_by_chance_and_not_by_place()
    {
        var table = Tables.Seen(s_policy, new float[40]);
        var hidden = new int[40];
        for (ulong seed = 0; seed < 1000; seed++)
        {
            var weights = Tables.Plan(s_policy, table, seed: seed);
            for (var i = 0; i < 40; i++)
            {
                hidden[i] += weights[i] == 0 ? 1 : 0;
            }
        }

        Assert.Equal(12_000, hidden.Sum());
        Statistics.AssertUniform(hidden, 40);
    }

    [Fact]
    public void Takes_a_confidence_that_is_no_number_for_unsure_and_visits_at_least_one()
    {
        var weights = Tables.Plan(s_policy with { Hide = 0.9 }, Table([0f, 0f, 1f], [float.NaN, 1f, 1f], [true, true, true]));
        Assert.Equal([1f, 0f, 1f], weights);
        Assert.Equal([1f], Tables.Plan(s_policy with { Hide = 0.99 }, Table([0f], [1f], [true])));
        Assert.Equal(1, Tables.Plan(s_policy with { Hide = 0.99 }, Table([0f, 0f], [1f, 1f], [true, true])).Sum());
    }

    [Fact]
    public void Saves_what_is_asked_from_the_right_and_sure_and_makes_good_later_what_was_out_of_reach()
    {
        // In the first half of the run only a tenth is right and sure, then everything is.
        const int Samples = 1000, Epochs = 20;
        var policy = s_policy with { Save = 0.3 };
        float[] losses = Tables.Skewed(Samples), ones = [.. Enumerable.Repeat(1f, Samples)];
        var few = Table(losses, ones, [.. Enumerable.Range(0, Samples).Select(static i => i % 10 == 0)]);
        var all = Table(losses, ones, [.. Enumerable.Repeat(true, Samples)]);
        long planned = 0;
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            var weights = Plan(policy, epoch < 10 ? few : all, epoch, Epochs, planned);
            var hidden = weights.Count(static w => w == 0);
            if (epoch is > 0 and < 10)
            {
                Assert.Equal(100, hidden);
                Assert.All(weights.Where(static (_, i) => i % 10 != 0), static w => Assert.Equal(1f, w));
            }
            // The rest of 6000, after nine epochs of 100, in ten equal parts: the lowest 510 losses.
            if (epoch >= 10)
            {
                Assert.Equal(510, hidden);
                var limit = losses.Order().ElementAt(509);
                Assert.All(weights.Zip(losses), p => Assert.Equal(p.Second <= limit ? 0f : 1f, p.First));
            }

            planned += Samples - hidden;
        }

        Assert.Equal(0.3, 1 - (planned / (double)(Samples * Epochs)), 6);
    }
}
