using Winnow.Records;
using Winnow.Records.Comparisons;
using Winnow.Report.Reading;
using Winnow.Report.Sections;
using Winnow.Report.Tests.Support;

namespace Winnow.Report.Tests;

/// <summary>What the page says first: no more than the intervals carry.</summary>
public sealed class HeadlineTests
{
    private static readonly double[] s_reference = [0.90, 0.91, 0.92, 0.93];

    private static readonly RecordedFolder s_record = FolderReader.Read(RecordedRuns.Quick);

    [Fact]
    public void Fewer_than_three_seeds_prove_nothing()
    {
        foreach (var (seeds, words) in new[] { (1, "One seed proves nothing"), (2, "2 seeds prove nothing") })
        {
            var text = Of(seeds, Method("infobatch", seeds, 0.02, 0.02));
            Assert.StartsWith($"infobatch saved 30.0 % of the visits and ended at {(seeds == 1 ? "92.00" : "92.50")} % test accuracy (full data: {(seeds == 1 ? "90.00" : "90.50")} %).", text, StringComparison.Ordinal);
            Assert.Contains(words, text, StringComparison.Ordinal);
            Assert.DoesNotContain("better", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void One_method_is_held_against_full_data_and_the_line_to_beat()
    {
        var text = Of(3, Method("infobatch", 3, -0.02, 0.01));
        Assert.Contains("differs from full data by -2.00 points", text, StringComparison.Ordinal);
        Assert.Contains("worse than full data", text, StringComparison.Ordinal);
        Assert.Contains("it beats the shortened schedule", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_methods_only_those_whose_whole_interval_lies_on_one_side_count()
    {
        var text = Of(3, Method("above", 3, 0.001, 0.01), Method("open", 3, 0, 0.001, noise: 0.01), Method("below", 3, -0.02, -0.01));
        Assert.StartsWith("3 methods over 3 seeds saved 30.0 % of the visits.", text, StringComparison.Ordinal);
        Assert.Contains("the line to beat, 1 beats it (above), 1 is worse (below), and of 1 no difference is shown", text, StringComparison.Ordinal);
        Assert.Contains("without correction", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_real_comparison_of_twelve_methods_says_that_none_beats_the_shortened_schedule()
    {
        var text = Headline.Of(FolderReader.Read(RecordedRuns.Methods));
        Assert.Contains("the line to beat, none beats it, 3 are worse (epsilon-greedy:save=0.3, orderdp:save=0.3, rcap:save=0.3), and of 9 no difference is shown", text, StringComparison.Ordinal);
        Assert.DoesNotContain("lossless", text, StringComparison.Ordinal);
    }

    private static string Of(int seeds, params ArmResult[] methods) => Headline.Of(s_record with
    {
        Comparison = s_record.Comparison! with { Arms = [Arm("full", "control", seeds, 0) with { Control = "full" }, .. methods] },
    });

    // The interval reaches as far as the noise to both sides.
    private static ArmResult Method(string name, int seeds, double toFull, double toShortened, double noise = 0)
    {
        var arm = Arm(name, "method", seeds, toFull);
        return arm with
        {
            DeltaFull = Paired(toFull, seeds, noise),
            DeltaShortened = Paired(toShortened, seeds, noise),
        };
    }

    private static Difference Paired(double mean, int seeds, double noise) => seeds < Difference.SeedsForInterval
        ? new() { Mean = mean }
        : new() { Mean = mean, Low = mean - noise, High = mean + noise };

    private static ArmResult Arm(string name, string role, int seeds, double shift) => s_record.Comparison!.Arms[0] with
    {
        Name = name,
        Method = name,
        Role = role,
        Control = null,
        Seeds = [.. Enumerable.Range(1, seeds).Select(static seed => (ulong)seed)],
        Accuracy = Over([.. s_reference.Take(seeds).Select(value => value + shift)]),
        Saved = new Saved { Samples = role == "method" ? 0.3 : 0, Steps = 0.3 },
    };

    private static Spread Over(double[] values) => new() { Mean = values.Average(), Std = values.Length > 1 ? 0.001 : null, Values = values };
}
