using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Tests.Policies;

public class RepeatedSamplingTests
{
    private static readonly RepeatedSamplingPolicy s_policy = new();

    private static float[][] Run(IPruningPolicy policy, SampleTable table, int epochs, ulong seed = 1)
    {
        var plans = new float[epochs][];
        long planned = 0;
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            plans[epoch] = new float[table.Count];
            policy.Plan(new EpochContext { Epoch = epoch, TotalEpochs = epochs, Seed = seed, PlannedVisits = planned, Threads = 1 }, table, plans[epoch]);
            planned += plans[epoch].Count(static w => w > 0);
        }

        return plans;
    }

    private static int[] Sizes(float[][] plans) => [.. plans.Select(static p => p.Count(static w => w == 1f))];

    [Fact]
    public void Visits_every_sample_once_a_pass_and_exactly_k_an_epoch()
    {
        foreach (var keep in new[] { 0.01, 0.1, 0.3, 0.37, 0.5, 0.62, 0.9, 1 })
        {
            var policy = s_policy with { Keep = keep };
            var block = Math.Max(1, (int)Math.Round(keep * 103, MidpointRounding.AwayFromZero));
            var visits = new int[103];
            foreach (var plan in Run(policy, new SampleTable(103, []), 40))
            {
                Assert.Equal(block, plan.Count(static w => w == 1f));
                Assert.Equal(103 - block, plan.Count(static w => w == 0f));
                for (var i = 0; i < 103; i++)
                {
                    visits[i] += (int)plan[i];
                }

                Assert.InRange(visits.Max() - visits.Min(), 0, 1);
            }
        }
    }

    [Fact]
    public void Draws_each_epoch_anew_with_replacement()
    {
        var policy = s_policy with { Replacement = true, Keep = 0.3 };
        // Of ten samples three are visited: in the second epoch each has its 3 in 10 whatever the first had.
        var table = new SampleTable(10, []);
        var again = new int[2];
        for (ulong seed = 0; seed < 2000; seed++)
        {
            float[] first = Tables.Plan(policy, table, 0, 10, seed), second = Tables.Plan(policy, table, 1, 10, seed);
            Assert.Equal(3, first.Sum());
            Assert.Equal(3, second.Sum());
            for (var i = 0; i < 10; i++)
            {
                again[(int)second[i]] += (int)first[i];
            }
        }

        Assert.InRange(again[1] / 6000.0, 0.27, 0.33);
        // Without it nobody comes again.
        Assert.Equal(0, Tables.Plan(s_policy with { Keep = 0.3 }, table, 0).Zip(Tables.Plan(s_policy with { Keep = 0.3 }, table, 1)).Count(static p => p.First + p.Second > 1));
    }

    [Fact]
    public void Shuffles_anew_for_each_pass_and_seed()
    {
        var table = new SampleTable(60, []);
        var seen = new HashSet<string>();
        for (ulong seed = 0; seed < 20; seed++)
        {
            foreach (var plan in Run(s_policy with { Keep = 1 / 3.0 }, table, 9, seed))
            {
                Assert.True(seen.Add(string.Join(',', plan)));
            }
        }
    }

    [Fact]
    public void An_epochs_plan_follows_from_its_number_alone()
    {
        var table = new SampleTable(97, []);
        foreach (var policy in new[] { s_policy with { Keep = 0.37 }, s_policy with { Save = 0.6 }, s_policy with { Save = 0.3, Until = 0.9 } })
        {
            var plans = Run(policy, table, 30);
            foreach (var epoch in new[] { 29, 17, 3 })
            {
                Assert.Equal(plans[epoch], Tables.Plan(policy, table, epoch, 30));
            }
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Saves_what_is_asked_within_half_a_sample_an_epoch(bool replacement, bool stratified)
    {
        foreach (var save in new[] { 0.05, 0.3, 0.5, 0.77 })
        {
            foreach (var until in new[] { 1, 0.91 })
            {
                var policy = s_policy with { Replacement = replacement, Stratified = stratified, Save = save, Until = until };
                if (save > policy.LargestSave(33))
                {
                    continue;
                }

                var off = Sizes(Run(policy, Tables.Empty(policy, 1001), 33)).Sum() - ((1 - save) * 1001 * 33);
                Assert.InRange(Math.Abs(off), 0, replacement ? 0.5 : 33 / 2.0);
            }
        }
    }

    [Fact]
    public void Stratified_every_epoch_has_the_classes_quotas_and_each_class_its_own_passes()
    {
        // 60, 30, 9 and 1 of a class: of 20 exact shares 12, 6, 1.8 and 0.2.
        int[] labels = [.. Enumerable.Range(0, 100).Select(static i => i * 37 % 100).Select(static i => i < 60 ? 0 : i < 90 ? 1 : i < 99 ? 2 : 3)];
        var policy = s_policy with { Keep = 0.2, Stratified = true };
        Assert.True(policy.NeedsLabels);
        Assert.Empty(policy.Needs);
        var visits = new int[100];
        foreach (var plan in Run(policy, new SampleTable(100, [], labels), 25))
        {
            // The smallest class has less than a place, and yet it isn't left out.
            Assert.Equal([11, 6, 2, 1], Enumerable.Range(0, 4).Select(c => plan.Where((w, i) => labels[i] == c && w == 1f).Count()));
            for (var i = 0; i < 100; i++)
            {
                visits[i] += (int)plan[i];
            }

            for (var c = 0; c < 4; c++)
            {
                int[] ofClass = [.. visits.Where((_, i) => labels[i] == c)];
                Assert.InRange(ofClass.Max() - ofClass.Min(), 0, 1);
            }
        }

        foreach (var plan in Run(policy with { Replacement = true }, new SampleTable(100, [], labels), 25))
        {
            Assert.Equal([11, 6, 2, 1], Enumerable.Range(0, 4).Select(c => plan.Where((w, i) => labels[i] == c && w == 1f).Count()));
        }
    }

    [Fact]
    public void Stratified_without_labels_is_refused()
    {
        var policy = s_policy with { Stratified = true };
        Assert.Contains("labels", Assert.Throws<InvalidOperationException>(() => Tables.Plan(policy, new SampleTable(5, []))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new Pruner(5, policy, new() { Epochs = 3 }));
    }

    [Fact]
    public void Is_full_after_until()
    {
        var table = new SampleTable(50, []);
        // 0.55 of 10 epochs are 5.
        Assert.Equal([25, 25, 25, 25, 25, 50, 50, 50, 50, 50], Sizes(Run(s_policy with { Until = 0.55 }, table, 10)));
    }

    [Fact]
    public void Looks_at_no_losses()
    {
        Assert.Empty(s_policy.Needs);
        Assert.Empty(s_policy.Columns);
        Assert.Equal(Tables.Plan(s_policy, Tables.Seen(s_policy, [.. Tables.Skewed(98), float.NaN, float.PositiveInfinity])), Tables.Plan(s_policy, Tables.Empty(s_policy, 100)));
    }
}
