using Winnow.Training.Comparing;

namespace Winnow.Training.Tests;

public class ComparisonPlanTests
{
    [Fact]
    public void Adds_full_and_a_shortened_control_for_each_method()
    {
        var arms = ComparisonPlan.Arms(["infobatch", "random:keep=0.7"], controls: true);
        Assert.Equal(["full", "infobatch", "random:keep=0.7", "full@infobatch", "full@random:keep=0.7"], arms.Select(static arm => arm.Name));
        Assert.Equal([ArmRole.Control, ArmRole.Method, ArmRole.Method, ArmRole.Control, ArmRole.Control], arms.Select(static arm => arm.Role));
    }

    [Fact]
    public void Without_controls_only_the_named_arms_run() =>
        Assert.Equal(["infobatch"], ComparisonPlan.Arms(["infobatch"], controls: false).Select(static arm => arm.Name));

    [Fact]
    public void Naming_full_beside_the_control_doesnt_run_it_twice() =>
        Assert.Equal(["full", "infobatch", "full@infobatch"], ComparisonPlan.Arms(["full", "infobatch"], controls: true).Select(static arm => arm.Name));

    [Fact]
    public void The_same_method_in_two_spellings_is_refused()
    {
        var error = Assert.Throws<RecipeException>(() => ComparisonPlan.Arms(["infobatch", "infobatch:keep=0.5"], controls: true));
        Assert.Contains("twice", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_method_is_refused() => Assert.Throws<RecipeException>(() => ComparisonPlan.Arms([], controls: true));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_order_holds_each_arm_once_and_a_shortened_control_after_its_method(int index)
    {
        var arms = ComparisonPlan.Arms(["infobatch", "random", "infobatch:keep=0.2"], controls: true);
        var order = ComparisonPlan.Order(arms, index).ToList();
        Assert.Equal(arms.Select(static arm => arm.Name).Order(StringComparer.Ordinal), order.Select(static arm => arm.Name).Order(StringComparer.Ordinal));
        foreach (var arm in order.Where(static arm => arm.ShortenedTo is not null))
        {
            Assert.True(order.IndexOf(arm) > order.FindIndex(other => other.Name == arm.ShortenedTo));
        }
    }

    [Fact]
    public void Full_runs_first_at_one_seed_and_last_at_the_next()
    {
        var arms = ComparisonPlan.Arms(["infobatch"], controls: true);
        Assert.Equal("full", ComparisonPlan.Order(arms, 0)[0].Name);
        Assert.Equal("full", ComparisonPlan.Order(arms, 1)[^1].Name);
    }
}
