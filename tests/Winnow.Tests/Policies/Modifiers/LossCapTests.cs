using Winnow.Catalog;
using Winnow.Policies;
using Winnow.Policies.Modifiers;
using Winnow.Samples;

namespace Winnow.Tests.Policies.Modifiers;

public class LossCapTests
{
    private static LossCapGuard Full(double keep, double from = 0, double until = 1) => new(new FullPolicy(), keep, from, until);

    [Theory]
    [InlineData(0.95, 50)]
    [InlineData(0.8, 200)]
    [InlineData(1.0, 0)]
    [InlineData(0.001, 999)]
    public void Leaves_out_exactly_the_highest_share(double keep, int out_)
    {
        var policy = Full(keep);
        float[] losses = [.. Enumerable.Range(0, 1000).Select(static i => (float)(i * 617 % 1000))];
        var weights = Tables.Plan(policy, Tables.Seen(policy, losses));
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(losses[i] >= 1000 - out_ ? 0f : 1f, weights[i]);
        }
    }

    [Fact]
    public void Holds_from_one_epoch_to_another_and_never_in_the_first()
    {
        var policy = Full(0.5, 0.25, 0.75);
        var table = Tables.Seen(policy, 1f, 2f, 3f, 4f);
        for (var epoch = 0; epoch < 10; epoch++)
        {
            Assert.Equal(epoch is >= 2 and < 7 ? 2 : 4, Tables.Plan(policy, table, epoch).Sum());
        }

        Assert.Equal(4, Tables.Plan(Full(0.5), table, 0).Sum());
        Assert.Equal(2, Tables.Plan(Full(0.5), table, 1).Sum());
    }

    [Fact]
    public void Keeps_equal_losses_together_and_weights_as_they_are()
    {
        var policy = Full(0.5);
        Assert.Equal([1f, 1f, 1f, 0f], Tables.Plan(policy, Tables.Seen(policy, 1f, 2f, 2f, 3f)));
        Assert.Equal([1f, 1f, 1f], Tables.Plan(policy, Tables.Seen(policy, 2f, 2f, 2f)));
        var miser = new LossCapGuard(new MaxAgeTests.Miser(), 0.5, 0, 1);
        Assert.Equal([3f, 0f], Tables.Plan(miser, Tables.Seen(miser, 1f, 2f)));
    }

    [Fact]
    public void Leaves_the_inner_plan_alone_where_nothing_else_would_be_visited()
    {
        // The only sample that the inner policy visits has the highest loss.
        var miser = new LossCapGuard(new MaxAgeTests.Miser(), 0.5, 0, 1);
        Assert.Equal([3f, 0f, 0f], Tables.Plan(miser, Tables.Seen(miser, 9f, 1f, 1f)));
    }

    [Fact]
    public void Does_not_touch_samples_never_seen_or_without_a_number_nor_rank_by_them()
    {
        var policy = Full(0.5);
        var table = Tables.Seen(policy, 1f, 2f, 3f, 4f, float.PositiveInfinity, float.NaN, 100f);
        table.Flags[6] = SampleFlags.None;
        Assert.Equal([1f, 1f, 0f, 0f, 1f, 1f, 1f], Tables.Plan(policy, table));
        Assert.Equal(2, Tables.Plan(policy, Tables.Empty(policy, 2)).Sum());
    }

    [Fact]
    public void Finds_the_mislabelled_where_their_losses_are_highest()
    {
        // 20 % of the labels are wrong, and their losses are those of a model that has learnt the rest.
        var policy = PolicyCatalog.Parse("infobatch+loss-cap:keep=0.8,from=0.1");
        bool[] wrong = [.. Enumerable.Range(0, 1000).Select(static i => i % 5 == 0)];
        var weights = Tables.Plan(policy, Tables.Seen(policy, [.. Tables.Skewed(1000).Select((l, i) => wrong[i] ? 5 + l : Math.Min(l, 4))]));
        Assert.All(weights.Where((_, i) => wrong[i]), static w => Assert.Equal(0f, w));
        // Without the guard it is the wrong that are never dropped.
        weights = Tables.Plan(new InfoBatchPolicy(), Tables.Seen(new InfoBatchPolicy(), [.. Tables.Skewed(1000).Select((l, i) => wrong[i] ? 5 + l : Math.Min(l, 4))]));
        Assert.All(weights.Where((_, i) => wrong[i]), static w => Assert.Equal(1f, w));
    }

    [Fact]
    public void Refuses_ends_out_of_order_and_range()
    {
        Assert.Contains("from=0.9 is above until=0.5 in", Assert.Throws<MethodSpecException>(() => PolicyCatalog.Parse("full+loss-cap:from=0.9,until=0.5")).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => Full(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Full(0.5, -1));
        Assert.Equal([Signal.Loss], Full(0.5).Needs);
    }
}
