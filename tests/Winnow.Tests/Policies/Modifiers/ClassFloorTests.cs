using Winnow.Policies;
using Winnow.Policies.Modifiers;
using Winnow.Samples;

namespace Winnow.Tests.Policies.Modifiers;

public class ClassFloorTests
{
    /// <summary>Visits those whose id is in a set, with a weight.</summary>
    private sealed class Chosen(float weight, params int[] ids) : IPruningPolicy
    {
        public IReadOnlyList<Column> Columns => [];

        public IReadOnlyList<Signal> Needs => [];

        public void Observe(SampleTable samples, in BatchSignals batch) { }

        public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
        {
            weights.Clear();
            foreach (var id in ids)
            {
                weights[id] = weight;
            }
        }
    }

    [Fact]
    public void Draws_exactly_what_each_class_lacks_and_changes_nothing_else()
    {
        // Class 0 has 10 members, 1 has 5, 2 has 1, 3 has none, 4 has 4; a floor of 0.5 asks for 5, 3, 1, 0, 2.
        int[] labels = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 4, 4, 4, 4];
        var policy = new ClassFloorGuard(new Chosen(1f, 0, 1, 10, 16, 17, 18), 0.5);
        var table = new SampleTable(20, policy.Columns, labels);
        for (ulong seed = 0; seed < 50; seed++)
        {
            var weights = Tables.Plan(policy, table, seed: seed);
            foreach (var id in new[] { 0, 1, 10, 16, 17, 18 })
            {
                Assert.Equal(1f, weights[id]);
            }

            Assert.Equal(new[] { (0, 5), (1, 3), (2, 1), (4, 3) }, labels.Zip(weights).GroupBy(static p => p.First).Select(static g => (g.Key, g.Count(static p => p.Second > 0))));
            Assert.Equal(12, weights.Count(static w => w == 1f));
            Assert.Equal(0f, weights[19]);
        }
    }

    [Fact]
    public void Shares_what_they_stand_for_between_the_drawn_of_the_rule_and_its_own()
    {
        int[] labels = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 4, 4, 4, 4];
        var policy = new ClassFloorGuard(new Chosen(2f, 0, 1, 10, 16, 17, 18), 0.5);
        var weights = Tables.Plan(policy, new SampleTable(20, policy.Columns, labels));
        // Class 0: two and three drawn stand for all ten; class 1: one and two for all five; class 2: one for itself; class 4 lacks nothing.
        Assert.All(weights[..10], static w => Assert.True(w is 0 or 2));
        Assert.All(weights[10..15], static w => Assert.True(w is 0 or 5 / 3f));
        Assert.Equal([1f, 2f, 2f, 2f, 0f], weights[15..]);
        Assert.Equal([10.0, 5.0, 1.0], new[] { weights[..10], weights[10..15], weights[15..16] }.Select(static part => Math.Round(part.Sum(static w => (double)w), 5)));
    }

    [Fact]
    public void Keeps_every_samples_expected_weight_1()
    {
        // Class 1 has low losses mostly and is topped up, class 0 isn't.
        var policy = PolicyCatalog.Parse("infobatch:keep=0.25+class-floor:keep=0.6");
        int[] labels = [.. Enumerable.Range(0, 200).Select(static i => i % 4 == 0 ? 1 : 0)];
        var table = new SampleTable(200, policy.Columns, labels);
        float[] losses = [.. Tables.Skewed(200).Select((loss, i) => labels[i] == 1 ? loss * 0.5f : loss + 0.2f)];
        Tables.Observe(policy, table, [.. Enumerable.Range(0, 200).Select(static i => (long)i)], losses);
        Tables.AssertUnbiased(policy, table);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(70_000)]
    [InlineData(300_001)]
    public void Is_exact_over_many_classes_and_chunks_at_any_number_of_threads(int count)
    {
        var policy = PolicyCatalog.Parse("random:keep=0.3+class-floor:keep=0.5");
        int[] labels = [.. Enumerable.Range(0, count).Select(static i => (int)((uint)(i * 2654435761) % 1009) * (i % 3) / 2)];
        var table = new SampleTable(count, policy.Columns, labels);
        for (ulong seed = 0; seed < 3; seed++)
        {
            float[] weights = Tables.Plan(policy, table, seed: seed), inner = Tables.Plan(new RandomSubsetPolicy { Keep = 0.3 }, table, seed: seed);
            foreach (var group in Enumerable.Range(0, count).GroupBy(i => labels[i]))
            {
                var floor = Math.Max(1, (int)Math.Round(0.5 * group.Count(), MidpointRounding.AwayFromZero));
                Assert.Equal(Math.Max(floor, group.Count(i => inner[i] > 0)), group.Count(i => weights[i] > 0));
                Assert.All(group, i => Assert.True(inner[i] == 0 ? weights[i] is 0 or 1 : weights[i] == 1));
            }

            foreach (var threads in new[] { 1, 3 })
            {
                Assert.Equal(weights, Tables.Plan(policy, table, seed: seed, threads: threads));
            }
        }
    }

    [Fact]
    public void Leaves_so_much_less_to_save_and_refuses_more()
    {
        Assert.Equal(0.1 * 8 / 10, PolicyCatalog.Parse("infobatch:save=0.05,until=0.9+class-floor:keep=0.9").LargestSave(10), 12);
        var error = Assert.Throws<UnreachableSaveException>(() => new Pruner(10, PolicyCatalog.Parse("infobatch:save=0.3+class-floor:keep=0.9"), new() { Epochs = 12, Labels = new int[10] }));
        Assert.Equal(0.075, error.Largest, 12);
    }

    [Fact]
    public void Draws_every_set_of_a_class_equally_often()
    {
        // Of samples 2 … 6 of one class two are drawn, the other class interleaved and complete: ten sets.
        int[] labels = [0, 1, 0, 0, 0, 0, 0, 1];
        var policy = new ClassFloorGuard(new Chosen(1f, 0, 1, 7), 0.5);
        var table = new SampleTable(8, policy.Columns, labels);
        var sets = new Dictionary<string, int>();
        for (var round = 0; round < 4000; round++)
        {
            var set = string.Join(',', Tables.Plan(policy, table, round % 100, 100, (ulong)(round / 100)));
            sets[set] = sets.GetValueOrDefault(set) + 1;
        }

        Statistics.AssertUniform(sets.Values, 10);
    }

    [Fact]
    public void Lifts_rare_classes_under_any_method()
    {
        int[] labels = [.. Enumerable.Range(0, 3000).Select(static i => i % 100 == 0 ? 1 : i % 3 == 0 ? 2 : 0)];
        var policy = PolicyCatalog.Parse("infobatch:keep=0.1+class-floor:keep=0.8");
        var table = new SampleTable(3000, policy.Columns, labels);
        // The rare class has the lowest losses of all.
        float[] losses = [.. Tables.Skewed(3000).Select((l, i) => labels[i] == 1 ? l * 0.01f : l)];
        Tables.Observe(policy, table, [.. Enumerable.Range(0, 3000).Select(static i => (long)i)], losses);
        var weights = Tables.Plan(policy, table);
        foreach (var group in labels.Zip(weights).GroupBy(static p => p.First))
        {
            Assert.Equal(Math.Round(0.8 * group.Count(), MidpointRounding.AwayFromZero), group.Count(static p => p.Second > 0));
        }
    }

    [Fact]
    public void Needs_labels()
    {
        Assert.True(new ClassFloorGuard(new Chosen(1f, 0), 1).NeedsLabels);
        Assert.Empty(new ClassFloorGuard(new Chosen(1f, 0), 1).Needs);
        foreach (var keep in new[] { 0, 1.01, double.NaN })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new ClassFloorGuard(new Chosen(1f, 0), keep));
        }
    }
}
