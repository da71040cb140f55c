using Winnow.Policies;
using Winnow.Policies.Modifiers;
using Winnow.Samples;

namespace Winnow.Tests.Policies.Modifiers;

public class MaxAgeTests
{
    /// <summary>Visits sample 0 alone.</summary>
    internal sealed class Miser(Signal[]? needs = null, bool labels = false) : IPruningPolicy
    {
        public IReadOnlyList<Column> Columns => [];

        public IReadOnlyList<Signal> Needs => needs ?? [Signal.Loss];

        public bool NeedsLabels => labels;

        public void Observe(SampleTable samples, in BatchSignals batch) { }

        public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
        {
            weights.Clear();
            weights[0] = 3f;
        }
    }

    [Fact]
    public void Visits_what_sat_out_so_many_epochs_and_nothing_earlier()
    {
        var policy = new MaxAgeGuard(new Miser(), 3);
        var table = Tables.Empty(policy, 4);
        // Sample 1 was visited in epoch 0, sample 2 in epoch 1, sample 3 never.
        Tables.Observe(policy, table, [0, 1], [1f, 1f], 0);
        Tables.Observe(policy, table, [0, 2], [1f, 1f], 1);
        Assert.Equal([3f, 0f, 0f, 0f], Tables.Plan(policy, table, 2));
        Assert.Equal([3f, 0f, 0f, 1f], Tables.Plan(policy, table, 3));
        Assert.Equal([3f, 1f, 0f, 1f], Tables.Plan(policy, table, 4));
        // Sample 0 isn't left to the inner policy any more either, and stands for itself alone.
        Assert.Equal([1f, 1f, 1f, 1f], Tables.Plan(policy, table, 5));
        Tables.Observe(policy, table, [0, 1, 3], [1f, 1f, 1f], 4);
        Assert.Equal([3f, 0f, 1f, 0f], Tables.Plan(policy, table, 7));
    }

    [Fact]
    public void Leaves_no_sample_out_for_longer_over_a_whole_run()
    {
        var pruner = new Pruner(500, PolicyCatalog.Parse("random:keep=0.1+max-age:epochs=4"), new() { Epochs = 40, Seed = 1 });
        var out_ = new int[500];
        var longest = 0;
        for (var epoch = 0; epoch < 40; epoch++)
        {
            var plan = pruner.Plan(epoch);
            for (var i = 0; i < 500; i++)
            {
                longest = Math.Max(longest, out_[i] = plan.Weights[i] > 0 ? 0 : out_[i] + 1);
            }

            pruner.Observe(plan.All, new float[plan.Count]);
        }

        Assert.Equal(4, longest);
    }

    [Fact]
    public void Keeps_every_samples_expected_weight_1()
    {
        var policy = PolicyCatalog.Parse("infobatch:keep=0.25+max-age:epochs=3");
        var losses = Tables.Skewed(200);
        var table = Tables.Seen(policy, losses);
        // Every other sample was visited lately.
        Tables.Observe(policy, table, [.. Enumerable.Range(0, 100).Select(static i => 2L * i)], [.. Enumerable.Range(0, 100).Select(i => losses[2 * i])], 4);
        Tables.AssertUnbiased(policy, table);
    }

    [Theory]
    [InlineData(1, 0.45)]
    [InlineData(2, 0.6)]
    [InlineData(3, 0.621)]
    [InlineData(9, 0.621)]
    public void Leaves_so_much_less_to_save(int epochs, double largest)
    {
        // Nine of ten epochs are pruned; a sample can sit out so many of one more, and the rule itself leaves out at most 0.69 of them.
        Assert.Equal(largest, PolicyCatalog.Parse($"infobatch:save=0.3,until=1+max-age:epochs={epochs}").LargestSave(10), 12);
    }

    [Fact]
    public void Does_not_take_a_look_for_a_visit()
    {
        var policy = new MaxAgeGuard(new Miser(), 2);
        var table = Tables.Empty(policy, 2);
        Tables.Observe(policy, table, [0, 1], [1f, 1f], 0);
        Tables.Observe(policy, table, [0], [1f], 2);
        policy.Observe(table, new BatchSignals { Ids = [1], Losses = [1f], Refreshed = true, Epoch = 2 });
        Assert.Equal([3f, 1f], Tables.Plan(policy, table, 3));
    }

    [Fact]
    public void Asks_for_losses_only_where_nothing_else_is_asked_for()
    {
        Assert.Equal([Signal.Loss], new MaxAgeGuard(new Miser([]), 1).Needs);
        Assert.Equal([Signal.Loss], new MaxAgeGuard(new Miser([], labels: true), 1).Needs);
        Assert.True(new MaxAgeGuard(new Miser([], labels: true), 1).NeedsLabels);
        Assert.False(new MaxAgeGuard(new Miser(), 1).NeedsLabels);
        Assert.Equal([Signal.BatchLoss], new MaxAgeGuard(new Miser([Signal.BatchLoss]), 1).Needs);
        Assert.Throws<ArgumentOutOfRangeException>(() => new MaxAgeGuard(new Miser(), 0));
    }
}
