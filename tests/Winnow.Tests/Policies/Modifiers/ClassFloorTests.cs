using Winnow.Policies;
using Winnow.Policies.Modifiers;
using Winnow.Samples;

namespace Winnow.Tests.Policies.Modifiers;

public class ClassFloorTests
{
    /// <summary>Visits those whose id is in a set, with weight 2.</summary>
    sealed class Chosen(params int[] ids) : IPruningPolicy
    {
        public IReadOnlyList<Column> Columns => [];

        public Signals Needs => Signals.None;

        public void Observe(SampleTable samples, in BatchSignals batch) { }

        public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
        {
            weights.Clear();
            foreach (int id in ids) weights[id] = 2f;
        }
    }

    [Fact]
    public void Draws_exactly_what_each_class_lacks_and_changes_nothing_else()
    {
        // Class 0 has 10 members, 1 has 5, 2 has 1, 3 has none, 4 has 4; a floor of 0.5 asks for 5, 3, 1, 0, 2.
        int[] labels = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 4, 4, 4, 4];
        var policy = new ClassFloorGuard(new Chosen(0, 1, 10, 16, 17, 18), 0.5);
        var table = new SampleTable(20, policy.Columns, labels);
        for (ulong seed = 0; seed < 50; seed++)
        {
            float[] weights = Tables.Plan(policy, table, seed: seed);
            foreach (int id in new[] { 0, 1, 10, 16, 17, 18 }) Assert.Equal(2f, weights[id]);
            Assert.Equal(new[] { (0, 5), (1, 3), (2, 1), (4, 3) }, labels.Zip(weights).GroupBy(static p => p.First).Select(static g => (g.Key, g.Count(static p => p.Second > 0))));
            Assert.Equal(3 + 2 + 1, weights.Count(static w => w == 1f));
            Assert.Equal(0f, weights[19]);
        }
    }

    [Fact]
    public void Draws_every_set_of_a_class_equally_often()
    {
        // Of samples 2 … 6 of one class two are drawn, the other class interleaved and complete: ten sets.
        int[] labels = [0, 1, 0, 0, 0, 0, 0, 1];
        var policy = new ClassFloorGuard(new Chosen(0, 1, 7), 0.5);
        var table = new SampleTable(8, policy.Columns, labels);
        var sets = new Dictionary<string, int>();
        for (int round = 0; round < 4000; round++)
        {
            string set = string.Join(',', Tables.Plan(policy, table, round % 100, 100, (ulong)(round / 100)));
            sets[set] = sets.GetValueOrDefault(set) + 1;
        }
        Statistics.AssertUniform(sets.Values, 10);
    }

    [Fact]
    public void Lifts_rare_classes_under_any_method()
    {
        int[] labels = [.. Enumerable.Range(0, 3000).Select(static i => i % 100 == 0 ? 1 : i % 3 == 0 ? 2 : 0)];
        IPruningPolicy policy = PolicyCatalog.Parse("infobatch:keep=0.1+class-floor:keep=0.8");
        var table = new SampleTable(3000, policy.Columns, labels);
        // The rare class has the lowest losses of all.
        float[] losses = [.. Tables.Skewed(3000).Select((l, i) => labels[i] == 1 ? l * 0.01f : l)];
        Tables.Observe(policy, table, [.. Enumerable.Range(0, 3000).Select(static i => (long)i)], losses);
        float[] weights = Tables.Plan(policy, table);
        foreach (var group in labels.Zip(weights).GroupBy(static p => p.First))
            Assert.Equal(Math.Round(0.8 * group.Count(), MidpointRounding.AwayFromZero), group.Count(static p => p.Second > 0));
    }

    [Fact]
    public void Needs_labels()
    {
        Assert.Equal(Signals.Labels, new ClassFloorGuard(new Chosen(0), 1).Needs);
        foreach (double keep in new[] { 0, 1.01, double.NaN }) Assert.Throws<ArgumentOutOfRangeException>(() => new ClassFloorGuard(new Chosen(0), keep));
    }
}
