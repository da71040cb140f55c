using Winnow.Catalog;
using Winnow.Policies;

namespace Winnow.Tests.Policies;

public class SelectiveBackpropTests
{
    private static readonly SelectiveBackpropPolicy s_policy = new();

    private static float[] Select(SelectiveBackpropPolicy policy, float[] losses, long step = 0, int epoch = 0, ulong seed = 1)
    {
        var weights = new float[losses.Length];
        Array.Fill(weights, float.NaN);
        policy.Select(new BatchSelectionContext { Seed = seed, Epoch = epoch, Step = step }, losses, weights);
        return weights;
    }

    [Fact]
    public void Chooses_between_start_and_end_but_not_at_every_second_step()
    {
        for (long step = 0; step < 6; step++)
        {
            Assert.Equal(step % 2 == 0, s_policy.SelectsAt(0.5, step));
            Assert.Equal(step % 2 == 0, s_policy.SelectsAt(0.8999, step));
            Assert.False(s_policy.SelectsAt(0.4999, step));
            Assert.False(s_policy.SelectsAt(0.9, step));
            Assert.True((s_policy with { Interrupt = 0 }).SelectsAt(0.6, step));
            Assert.Equal(step % 3 != 2, (s_policy with { Interrupt = 3 }).SelectsAt(0.6, step));
            Assert.False((s_policy with { Keep = 1 }).SelectsAt(0.6, step));
        }
    }

    [Fact]
    public void Chooses_exactly_the_share_rounded_down_and_at_least_one()
    {
        foreach (var keep in new[] { 0.001, 0.25, 0.29, 0.5, 0.75, 0.999, 1 })
        {
            foreach (var batch in new[] { 1, 2, 3, 4, 100, 127, 128 })
            {
                var weights = Select(s_policy with { Keep = keep }, Tables.Skewed(batch));
                Assert.Equal(Math.Max(1, (int)Math.Floor((keep * batch) + 1e-9)), weights.Count(static w => w == 1));
                Assert.All(weights, static w => Assert.True(w is 0 or 1));
            }
        }

        Assert.Empty(Select(s_policy, []));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.4)]
    [InlineData(0.25)]
    public void Draws_every_set_as_often_as_drawing_one_after_another_does(double keep)
    {
        // Enumerated: the chance of each ordered draw without replacement, with odds percentile^(1/keep - 1).
        float[] losses = [3f, 0.5f, 2f, 1f, 9f];
        double[] odds = [.. losses.Select(l => Math.Pow((losses.Count(o => o < l) + 0.5) / 5, (1 / keep) - 1))];
        var wanted = (int)(keep * 5);
        var chances = new Dictionary<int, double>();
        void Enumerate(int chosen, int left, double chance)
        {
            if (left == 0)
            {
                chances[chosen] = chances.GetValueOrDefault(chosen) + chance;
                return;
            }

            var total = Enumerable.Range(0, 5).Where(i => (chosen & (1 << i)) == 0).Sum(i => odds[i]);
            for (var i = 0; i < 5; i++)
            {
                if ((chosen & (1 << i)) == 0)
                {
                    Enumerate(chosen | (1 << i), left - 1, chance * odds[i] / total);
                }
            }
        }

        Enumerate(0, wanted, 1);
        const int Rounds = 40_000;
        var counts = new Dictionary<int, int>();
        for (var round = 0; round < Rounds; round++)
        {
            var weights = Select(s_policy with { Keep = keep }, losses, step: round % 100, epoch: round / 100);
            var set = Enumerable.Range(0, 5).Sum(i => weights[i] > 0 ? 1 << i : 0);
            counts[set] = counts.GetValueOrDefault(set) + 1;
        }

        double chi = 0;
        foreach (var (set, chance) in chances)
        {
            var expected = chance * Rounds;
            chi += (counts.GetValueOrDefault(set) - expected) * (counts.GetValueOrDefault(set) - expected) / expected;
        }

        double freedom = chances.Count - 1;
        Assert.True(chi < freedom + (5 * Math.Sqrt(2 * freedom)) + 10, $"chi-square {chi} with {freedom} degrees of freedom");
    }

    [Fact]
    public void Gives_equal_losses_equal_chances()
    {
        var counts = new int[10];
        for (var step = 0; step < 4000; step++)
        {
            var weights = Select(s_policy with { Keep = 0.3 }, new float[10], step);
            for (var i = 0; i < 10; i++)
            {
                counts[i] += (int)weights[i];
            }
        }

        Statistics.AssertUniform(counts, 10);
    }

    [Fact]
    public void Always_trains_on_losses_that_are_no_numbers_and_ranks_only_the_others()
    {
        float[] losses = [float.NaN, 1f, 2f, float.PositiveInfinity, 3f, 4f, float.NegativeInfinity];
        for (var step = 0; step < 50; step++)
        {
            var weights = Select(s_policy, losses, step);
            Assert.Equal((1f, 1f, 1f), (weights[0], weights[3], weights[6]));
            Assert.Equal(5, weights.Sum());
        }

        Assert.Equal([1f, 1f], Select(s_policy, [float.NaN, float.NaN]));
    }

    [Fact]
    public void Follows_seed_epoch_and_step_alone()
    {
        var losses = Tables.Skewed(64);
        Assert.Equal(Select(s_policy, losses, 3, 2, 1), Select(s_policy, losses, 3, 2, 1));
        Assert.NotEqual(Select(s_policy, losses, 3, 2, 1), Select(s_policy, losses, 4, 2, 1));
        Assert.NotEqual(Select(s_policy, losses, 3, 2, 1), Select(s_policy, losses, 3, 3, 1));
        Assert.NotEqual(Select(s_policy, losses, 3, 2, 1), Select(s_policy, losses, 3, 2, 2));
        Assert.Throws<ArgumentException>(() => s_policy.Select(default, losses, new float[63]));
    }

    [Fact]
    public void Plans_everything_and_is_found_through_every_modifier()
    {
        Assert.All(Tables.Plan(s_policy, Tables.Seen(s_policy, 1f, 2f), 5), static w => Assert.Equal(1f, w));
        Assert.Same(s_policy, ((IPruningPolicy)s_policy).BatchSelection);
        var wrapped = PolicyCatalog.Parse("selective-backprop:keep=0.25+max-age+class-floor");
        Assert.Equal(s_policy with { Keep = 0.25 }, wrapped.BatchSelection);
        Assert.Null(PolicyCatalog.Parse("infobatch+max-age").BatchSelection);
        // As text it doesn't hold itself.
        Assert.Equal("selective-backprop:keep=0.25", (s_policy with { Keep = 0.25 }).ToString());
    }

    [Theory]
    [InlineData("selective-backprop:start=0.95", "start=0.95 is above end=0.9 in")]
    [InlineData("selective-backprop:interrupt=1", "interrupt=1 would train every step in full in")]
    public void Refuses_what_would_never_choose(string spec, string message) =>
        Assert.Contains(message, Assert.Throws<MethodSpecException>(() => PolicyCatalog.Parse(spec)).Message, StringComparison.Ordinal);
}
