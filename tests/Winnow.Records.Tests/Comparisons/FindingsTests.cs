using Winnow.Records.Comparisons;

namespace Winnow.Records.Tests.Comparisons;

public class FindingsTests
{
    [Theory]
    [InlineData(1, "One seed proves nothing")]
    [InlineData(2, "2 seeds prove nothing")]
    public void Fewer_than_three_seeds_prove_nothing_and_it_says_so(int seeds, string expected)
    {
        var notes = Findings.Of([Arm([.. Enumerable.Repeat(0.9, seeds)], null, null)]);
        Assert.Contains(expected, Assert.Single(notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-0.004, -0.001, "worse than full data")]
    [InlineData(0.001, 0.004, "better than full data")]
    [InlineData(-0.001, 0.004, "no difference to full data is shown")]
    public void The_verdict_is_what_the_interval_carries(double low, double high, string expected)
    {
        var notes = Findings.Of([Arm([0.9, 0.91, 0.92], new Difference { Mean = (low + high) / 2, Low = low, High = high }, null)]);
        Assert.Contains(expected, Assert.Single(notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_ever_called_lossless()
    {
        var inside = new Difference { Mean = 0, Low = -0.001, High = 0.001 };
        Assert.DoesNotContain(Findings.Of([Arm([0.9, 0.91, 0.92], inside, inside)]), static note => note.Contains("lossless", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData(0.001, 0.004, "it beats the shortened schedule.")]
    [InlineData(-0.001, 0.004, "it does not beat the shortened schedule; no difference is shown, and none within the interval is ruled out.")]
    [InlineData(-0.004, -0.001, "it does not beat the shortened schedule, it is worse.")]
    public void A_method_beats_the_shortened_schedule_only_with_its_whole_interval(double low, double high, string expected) =>
        Assert.EndsWith(expected, Assert.Single(Findings.Of([Arm([0.9, 0.91, 0.92], null, Between(low, high))])), StringComparison.Ordinal);

    [Fact]
    public void Several_controls_are_summed_up()
    {
        var arm = Arm([0.9, 0.91, 0.92], null, Between(-0.001, 0.001)) with { DeltaRandom = Between(0.001, 0.002), DeltaRs2 = Between(-0.002, -0.001), DeltaShortenedLr = Between(0.001, 0.003) };
        Assert.Contains("Of its 4 controls infobatch beats the shortened schedule at the raised learning rate, random choice; it does not beat the shortened schedule, RS2.", Findings.Of([arm]));
        Assert.Contains("infobatch beats none of its 2 controls: the shortened schedule, RS2.", Findings.Of([arm with { DeltaRandom = null, DeltaShortenedLr = null }]));
        Assert.Contains("infobatch beats all 2 controls: the shortened schedule at the raised learning rate, random choice.", Findings.Of([arm with { DeltaShortened = null, DeltaRs2 = null }]));
    }

    [Theory]
    [InlineData(0.169, 0.502, "infobatch computes more than its controls, because it also sends samples through the model that it doesn't train on: it saves 16.9 % of full data's compute, they save 50.2 %.")]
    [InlineData(0.3, 0.305, null)]
    [InlineData(0.3, 0.25, null)]
    public void A_method_that_computes_more_than_its_control_doesnt_beat_it_at_equal_cost(double own, double control, string? expected)
    {
        var method = Arm([0.9, 0.91, 0.92], null, Between(0.001, 0.004));
        method = method with { Saved = method.Saved with { Compute = own } };
        var shortened = method with { Name = "full@infobatch", Role = "control", Control = "shortened", MatchedTo = "infobatch", DeltaShortened = null, Saved = method.Saved with { Compute = control } };
        var notes = Findings.Of([method, shortened]);
        Assert.Equal(expected is null ? 1 : 2, notes.Count);
        Assert.StartsWith(expected ?? "Against", notes[^1], StringComparison.Ordinal);
        Assert.Null(Findings.MoreCompute(method, [method]));
    }

    [Theory]
    [InlineData(0.001, 0.004, "The weights of infobatch are worth +0.25 points (+0.10 to +0.40): they help.")]
    [InlineData(-0.004, -0.001, "The weights of infobatch are worth -0.25 points (-0.40 to -0.10): they do harm.")]
    [InlineData(-0.001, 0.001, "The weights of infobatch are worth 0.00 points (-0.10 to +0.10): that they matter isn't shown.")]
    public void An_ablation_says_what_the_part_is_worth(double low, double high, string expected) =>
        Assert.Equal(expected, Assert.Single(Findings.Of([Arm([0.9, 0.91, 0.92], null, null) with { DeltaWithoutWeights = Between(low, high) }])));

    [Fact]
    public void A_worst_class_that_falls_is_told_and_one_that_may_not_isnt()
    {
        Assert.StartsWith("The worst class of infobatch is -1.50 points", Assert.Single(Findings.Of([Arm([0.9, 0.91, 0.92], null, null) with { DeltaFullWorstClass = Between(-0.02, -0.01) }])), StringComparison.Ordinal);
        Assert.Empty(Findings.Of([Arm([0.9, 0.91, 0.92], null, null) with { DeltaFullWorstClass = Between(-0.02, 0.01) }]));
    }

    [Fact]
    public void Several_methods_are_told_how_many_differences_were_looked_at()
    {
        var arm = Arm([0.9, 0.91, 0.92], Between(0, 0.001), Between(0, 0.001)) with { DeltaRandom = Between(0, 0.001) };
        Assert.DoesNotContain(Findings.Of([arm]), static note => note.Contains("looked at", StringComparison.Ordinal));
        Assert.StartsWith("6 differences were looked at, each at the 95 % level and without correction: if no arm differed from any other, about 0.3 of them", Findings.Of([arm, arm with { Name = "random" }])[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_asked_for_stands_beside_what_was_saved() =>
        Assert.StartsWith("infobatch saved 30.0 % of the samples (31.0 % were asked for);", Findings.Of([Arm([0.9, 0.91, 0.92], Between(0, 0.001), null) with { AskedSave = 0.31 }])[0], StringComparison.Ordinal);

    private static Difference Between(double low, double high) => new() { Mean = (low + high) / 2, Low = low, High = high };

    internal static ArmResult Arm(double[] accuracy, Difference? full, Difference? shortened) => new()
    {
        Name = "infobatch",
        Method = "infobatch",
        Role = "method",
        Seeds = [.. accuracy.Select(static (_, k) => (ulong)k)],
        Accuracy = new Spread { Mean = accuracy.Average(), Values = accuracy },
        Saved = new Saved { Samples = 0.3, Steps = 0.3 },
        WallSeconds = [],
        EvaluateSeconds = [],
        Visited = [],
        Steps = [],
        OverheadShare = 0,
        DeltaFull = full,
        DeltaShortened = shortened,
        WeightsSha256 = [],
    };
}
