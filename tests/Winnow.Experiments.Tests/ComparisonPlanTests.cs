using Winnow.Records.Comparisons;
using Winnow.Training;

namespace Winnow.Experiments.Tests;

public class ComparisonPlanTests
{
    [Fact]
    public void Adds_full_and_a_shortened_control_for_each_method()
    {
        var arms = ComparisonPlan.Arms(["infobatch", "random:keep=0.7"], Controls.Default);
        Assert.Equal(["full", "infobatch", "random:keep=0.7", "full@infobatch", "full@random:keep=0.7"], arms.Select(static arm => arm.Name));
        Assert.Equal([ArmRole.Control, ArmRole.Method, ArmRole.Method, ArmRole.Control, ArmRole.Control], arms.Select(static arm => arm.Role));
    }

    [Fact]
    public void Without_controls_only_the_named_arms_run() =>
        Assert.Equal(["infobatch"], ComparisonPlan.Arms(["infobatch"], Controls.None).Select(static arm => arm.Name));

    [Fact]
    public void Naming_full_beside_the_control_doesnt_run_it_twice() =>
        Assert.Equal(["full", "infobatch", "full@infobatch"], ComparisonPlan.Arms(["full", "infobatch"], Controls.Default).Select(static arm => arm.Name));

    [Fact]
    public void The_same_method_in_two_spellings_is_refused()
    {
        var error = Assert.Throws<RecipeException>(() => ComparisonPlan.Arms(["infobatch", "infobatch:keep=0.5"], Controls.Default));
        Assert.Contains("twice", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_method_is_refused() => Assert.Throws<RecipeException>(() => ComparisonPlan.Arms([], Controls.Default));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_order_holds_each_arm_once_and_a_shortened_control_after_its_method(int index)
    {
        var arms = ComparisonPlan.Arms(["infobatch", "random", "infobatch:keep=0.2"], Controls.Default);
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
        var arms = ComparisonPlan.Arms(["infobatch"], Controls.Default);
        Assert.Equal("full", ComparisonPlan.Order(arms, 0)[0].Name);
        Assert.Equal("full", ComparisonPlan.Order(arms, 1)[^1].Name);
    }

    [Fact]
    public void All_controls_follow_their_method_by_name()
    {
        var arms = ComparisonPlan.Arms(["infobatch"], Controls.All & ~Controls.Rs2, Ablations.Weights | Ablations.Annealing);
        Assert.Equal(
            ["full", "infobatch", "full@infobatch", "full@infobatch*lr", "random@infobatch", "no-weights@infobatch", "no-annealing@infobatch"],
            arms.Select(static arm => arm.Name));
        Assert.Equal("infobatch:until=1", arms[^1].Method);
        Assert.All(arms.Skip(2), static arm => Assert.Equal((ArmRole.Control, "infobatch"), (arm.Role, arm.MatchedTo)));
        Assert.Equal(["full@infobatch", "full@infobatch*lr"], arms.Where(static arm => arm.ShortenedTo == "infobatch").Select(static arm => arm.Name));
    }

    [Fact]
    public void Rs2_is_a_control_where_there_is_such_a_method_and_is_said_to_be_missing_where_there_is_not()
    {
        var notes = new List<string>();
        var arms = ComparisonPlan.Arms(["infobatch"], Controls.Rs2, notes: notes);
        if (Policies.PolicyCatalog.All.Any(static method => method.Name == "rs2"))
        {
            Assert.Equal(["infobatch", "rs2@infobatch"], arms.Select(static arm => arm.Name));
            Assert.Empty(notes);
        }
        else
        {
            Assert.Equal("The control rs2@infobatch is left out: this version has no method rs2.", Assert.Single(notes));
        }
    }

    [Fact]
    public void What_would_repeat_the_method_itself_is_left_out_with_a_note()
    {
        var notes = new List<string>();
        var arms = ComparisonPlan.Arms(["random:keep=0.7"], Controls.Random, Ablations.Weights | Ablations.Annealing, notes: notes);
        Assert.Equal(["random:keep=0.7"], arms.Select(static arm => arm.Name));
        Assert.Equal(
            [
                "The control random@random:keep=0.7 is left out: it would be the same method as random:keep=0.7 itself.",
                "random:keep=0.7 has no arm without weights: it gives every sample that it visits the weight 1.",
                "random:keep=0.7 has no arm without annealing: it ends with no full epochs.",
            ],
            notes);
    }

    [Fact]
    public void Only_some_controls_can_be_chosen() =>
        Assert.Equal(["infobatch", "random@infobatch"], ComparisonPlan.Arms(["infobatch"], Controls.Random).Select(static arm => arm.Name));

    [Fact]
    public void Full_alone_is_a_control_and_not_run_twice() =>
        Assert.Equal([("full", ArmKind.Full)], ComparisonPlan.Arms(["full"], Controls.None).Select(static arm => (arm.Name, arm.Kind)));

    [Fact]
    public void Every_matched_arm_runs_after_its_method_in_either_order()
    {
        var arms = ComparisonPlan.Arms(["infobatch", "random:until=0.5"], Controls.All, Ablations.Weights | Ablations.Annealing);
        foreach (var index in new[] { 0, 1 })
        {
            var order = ComparisonPlan.Order(arms, index).ToList();
            Assert.Equal(arms.Count, order.Distinct().Count());
            Assert.All(order.Where(static arm => arm.MatchedTo is not null), arm => Assert.True(order.IndexOf(arm) > order.FindIndex(other => other.Name == arm.MatchedTo)));
        }
    }

    [Fact]
    public void Methods_asked_for_the_same_saving_share_their_controls()
    {
        var notes = new List<string>();
        var arms = ComparisonPlan.Arms(["infobatch:save=0.3", "ucb:save=0.3", "rs2:save=0.3"], Controls.All, sharedSave: 0.3, notes: notes);
        Assert.Equal(
            ["full", "infobatch:save=0.3", "ucb:save=0.3", "rs2:save=0.3", "full@save=0.3", "full@save=0.3*lr", "random:save=0.3"],
            arms.Select(static arm => arm.Name));
        Assert.Equal(["The control rs2:save=0.3 is left out: it is among the methods."], notes);
        var methods = arms.Where(static arm => arm.Kind == ArmKind.Method).ToList();
        foreach (var control in arms.Where(static arm => arm.SharedSave is not null))
        {
            Assert.All(methods, method => Assert.True(control.IsFor(method)));
            Assert.False(control.IsFor(arms[0]));
        }

        var shortened = Matching.Request(arms.Single(static arm => arm.Name == "full@save=0.3"), 5, null, fullSteps: 101);
        Assert.Equal((71L, 1.0, "full"), (shortened.Steps, shortened.LearningRateScale, shortened.Method));
        var scaled = Matching.Request(arms.Single(static arm => arm.Name == "full@save=0.3*lr"), 5, null, fullSteps: 101);
        Assert.Equal(1 / 0.7, scaled.LearningRateScale, 12);
        Assert.Equal("random:save=0.3", Matching.Request(arms[^1], 5, null, fullSteps: 101).Method);
    }

    [Fact]
    public void A_control_of_equal_compute_is_run_where_the_shortened_one_computes_less()
    {
        string[] specs = ["infobatch", "kakurenbo", "ies+max-age:epochs=3", "selective-backprop"];
        var arms = ComparisonPlan.Arms(specs, Controls.Default);
        var equal = arms.Where(static arm => arm.Kind == ArmKind.EqualCompute).ToArray();
        Assert.Equal(arms.Where(static arm => arm.Kind == ArmKind.Method).Skip(1).Select(static arm => arm.Name), equal.Select(static arm => arm.MatchedTo));
        Assert.Equal("full@kakurenbo*compute", equal[0].Name);
        Assert.All(equal, static arm => Assert.Equal(("full", ArmRole.Control, arm.MatchedTo), (arm.Method, arm.Role, arm.ShortenedTo)));
        Assert.Equal("full@kakurenbo:save=0.3*compute", ComparisonPlan.Arms(["infobatch:save=0.3", "kakurenbo:save=0.3"], Controls.All, sharedSave: 0.3).Single(static arm => arm.Kind == ArmKind.EqualCompute).Name);

        var notes = new List<string>();
        Assert.Equal(["infobatch"], ComparisonPlan.Arms(["infobatch"], Controls.EqualCompute, notes: notes).Select(static arm => arm.Name));
        Assert.StartsWith("There is no control of equal compute", Assert.Single(notes), StringComparison.Ordinal);
    }
}
