using Winnow.Training.Comparing;
using Winnow.Training.Records;

namespace Winnow.Training.Tests;

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

    private static ArmResult Arm(double[] accuracy, Difference? full, Difference? shortened) => new()
    {
        Name = "infobatch",
        Method = "infobatch",
        Role = "method",
        Seeds = [.. accuracy.Select(static (_, k) => (ulong)k)],
        Accuracy = Spread.Of(accuracy),
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
