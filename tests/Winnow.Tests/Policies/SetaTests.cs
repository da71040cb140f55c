using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Tests.Policies;

public class SetaTests
{
    /// <summary>Five groups of 180, 210, 220, 210 and 180 samples whose losses lie far apart; sample i's group.</summary>
    private static readonly int[] s_group = [.. Enumerable.Range(0, 1000).Select(static i => i < 180 ? 0 : i < 390 ? 1 : i < 610 ? 2 : i < 820 ? 3 : 4)];

    private static SampleTable Grouped(IPruningPolicy policy) => Tables.Seen(policy, [.. s_group.Select(static (g, i) => (10f * g) + 1 + (i % 7 / 100f))]);

    private static int[] Visited(float[] weights) => [.. Enumerable.Range(0, 5).Select(g => weights.Where((w, i) => s_group[i] == g && w > 0).Count())];

    [Fact]
    public void Visits_everything_in_epoch_0_and_a_random_share_of_all_groups_in_the_first_pruned_one()
    {
        var policy = new SetaPolicy { Keep = 0.7 };
        var table = Grouped(policy);
        Assert.Equal(1000, Tables.Plan(policy, table, 0, 100).Sum());
        var weights = Tables.Plan(policy, table, 1, 100);
        Assert.Equal(700, Visited(weights).Sum());
        Assert.All(Visited(weights), static v => Assert.True(v > 0));
        Assert.All(weights, static w => Assert.True(w is 0 or 1));
    }

    [Theory]
    [InlineData(0.4, 2)]
    [InlineData(0.5, 2)] // 2.5 rounds to even
    [InlineData(0.7, 4)] // so does 3.5
    [InlineData(0.9, 4)] // so does 4.5
    [InlineData(1.0, 5)]
    [InlineData(0.01, 1)]
    public void Slides_a_window_of_groups_from_easy_to_hard_and_starts_again(double scale, int width)
    {
        var policy = new SetaPolicy { Keep = 0.9, Scale = scale };
        var table = Grouped(policy);
        int[] sizes = [180, 210, 220, 210, 180];
        for (var epoch = 2; epoch < 30; epoch++)
        {
            var first = (epoch - 1) % (5 - width + 1);
            var visited = Visited(Tables.Plan(policy, table, epoch, 100));
            Assert.Equal((int)Math.Round(0.9 * sizes[first..(first + width)].Sum(), MidpointRounding.AwayFromZero), visited.Sum());
            for (var g = 0; g < 5; g++)
            {
                Assert.Equal(g >= first && g < first + width, visited[g] > 0);
            }
        }
    }

    [Fact]
    public void Draws_every_sample_of_the_window_equally_often()
    {
        var policy = new SetaPolicy { Keep = 0.3, Scale = 0.4 };
        var table = Grouped(policy);
        var counts = new int[1000];
        for (ulong seed = 0; seed < 300; seed++)
        {
            var weights = Tables.Plan(policy, table, 2, 100, seed);
            for (var i = 0; i < 1000; i++)
            {
                counts[i] += (int)weights[i];
            }
        }
        // Turn 1: the second and the third group.
        Assert.All(counts, (c, i) => Assert.Equal(s_group[i] is 1 or 2, c > 0));
        Statistics.AssertUniform(counts[180..610], 430);
    }

    [Theory]
    [InlineData(100, 0.875, 87)]
    [InlineData(10, 0.5, 5)]
    public void Takes_a_random_share_of_everything_from_until_on(int epochs, double until, int first)
    {
        var policy = new SetaPolicy { Scale = 0.2, Until = until };
        var table = Grouped(policy);
        Assert.True(Visited(Tables.Plan(policy, table, first - 1, epochs)).Sum() <= 198);
        for (var epoch = first; epoch < epochs; epoch++)
        {
            Assert.Equal(900, Visited(Tables.Plan(policy, table, epoch, epochs)).Sum());
        }
    }

    [Fact]
    public void Keeps_a_share_of_everything_when_all_losses_are_equal()
    {
        // The reference parts equal losses by their place in the data set, and its window then leaves whole parts out.
        var policy = new SetaPolicy();
        var table = Tables.Seen(policy, [.. Enumerable.Repeat(2f, 1000)]);
        for (var epoch = 1; epoch < 8; epoch++)
        {
            Assert.Equal(900, Tables.Plan(policy, table, epoch).Sum());
        }
    }

    [Fact]
    public void Works_with_fewer_samples_than_groups()
    {
        // The reference stops with an assertion.
        for (var count = 1; count <= 6; count++)
        {
            for (var epoch = 1; epoch < 8; epoch++)
            {
                var policy = new SetaPolicy { Keep = 1 };
                var width = Math.Max(1, (int)Math.Round(Math.Min(count, 5) * 0.9));
                var weights = Tables.Plan(policy, Tables.Seen(policy, [.. Enumerable.Range(0, count).Select(static i => (float)Math.Pow(4, i))]), epoch);
                Assert.InRange(weights.Sum(), epoch == 1 ? count : width, count);
            }
        }
    }

    [Fact]
    public void Always_visits_never_seen_and_non_finite_samples_and_groups_without_them()
    {
        var policy = new SetaPolicy { Scale = 0.2, Keep = 0.5 };
        var table = Grouped(policy);
        table.Flags[0] = SampleFlags.None;
        table[Column.Loss][0] = 1e30f;
        Tables.Observe(policy, table, [1, 999], [float.NaN, float.PositiveInfinity]);
        var weights = Tables.Plan(policy, table, 6, 100); // turn 5 of 5 places: the first group
        Assert.Equal([1f, 1f, 1f], [weights[0], weights[1], weights[999]]);
        Assert.Equal([2 + 89, 0, 0, 0, 1], Visited(weights));
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.3)]
    [InlineData(0.6)]
    [InlineData(0.9)]
    public void Saves_what_is_asked_within_a_visit_an_epoch(double save)
    {
        const int Samples = 2003, Epochs = 20;
        var pruner = new Pruner(Samples, new SetaPolicy { Save = save, Scale = 0.6 }, new() { Epochs = Epochs });
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            pruner.Observe(pruner.Plan(epoch).All, Tables.Skewed(pruner.Current!.Count, (ulong)epoch));
        }

        Assert.InRange(pruner.Statistics.Saved, save - (1.0 / Samples), save + (1.0 / Samples));
    }

    [Fact]
    public void Widens_a_window_that_holds_too_few_for_the_budget_by_harder_groups_first()
    {
        // Epoch 2, turn 1: the window is the second group, 210 samples; 900 visits need all groups, 430 the second and the third, 700 those and the two above.
        foreach (var (save, taken) in new[] { (0.1, new[] { 0, 1, 2, 3, 4 }), (0.3, [1, 2, 3, 4]), (0.57, [1, 2]), (0.9, [1]) })
        {
            var policy = new SetaPolicy { Save = save, Scale = 0.2 };
            var weights = new float[1000];
            policy.Plan(new EpochContext { Epoch = 2, TotalEpochs = 1000, Seed = 1, PlannedVisits = (long)Math.Round(2000 * (1 - save)) }, Grouped(policy), weights);
            Assert.Equal(1000 * (1 - save), weights.Sum(), 1.0);
            Assert.Equal(taken, Enumerable.Range(0, 5).Where(g => Visited(weights)[g] > 0));
        }
    }

    [Fact]
    public void Refuses_more_than_can_be_saved_and_options_out_of_range()
    {
        Assert.Throws<UnreachableSaveException>(() => new Pruner(10, new SetaPolicy { Save = 0.95 }, new() { Epochs = 10 }));
        Assert.Throws<UnreachableSaveException>(() => new Pruner(10, new SetaPolicy { Save = 0.01 }, new() { Epochs = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SetaPolicy { Groups = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SetaPolicy { Groups = 101 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SetaPolicy { Scale = 0 });
    }
}
