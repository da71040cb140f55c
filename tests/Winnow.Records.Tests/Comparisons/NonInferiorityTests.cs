using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Winnow.Records.Comparisons;

namespace Winnow.Records.Tests.Comparisons;

public partial class NonInferiorityTests
{
    [Fact]
    public void The_claim_is_shown_when_the_whole_interval_lies_above_the_margin()
    {
        var claim = Claim(-0.0029, 0.001);
        Assert.True(claim.Shown);
        Assert.Equal("infobatch: lossless within 0.30 points: the whole of the 95 % interval of its difference to full data, -0.290 to +0.100 points over 3 seeds, lies above -0.30.", claim.Statement);
    }

    [Theory]
    [InlineData(-0.003, 0.001, "reaches down to -0.30 or below")]
    [InlineData(-0.0031, 0.02, "reaches down to -0.30 or below")]
    [InlineData(-0.009, -0.004, "isn't shown, and the opposite is")]
    public void Otherwise_it_says_exactly_what_isnt_shown(double low, double high, string expected)
    {
        var claim = Claim(low, high);
        Assert.False(claim.Shown);
        Assert.Contains(expected, claim.Statement, StringComparison.Ordinal);
        Assert.Contains("isn't shown", claim.Statement, StringComparison.Ordinal);
        Assert.DoesNotContain("lossless", claim.Statement, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Without_an_interval_or_without_full_data_nothing_is_shown()
    {
        var two = Assert.Single(NonInferiority.Of([FindingsTests.Arm([0.9, 0.9], new Difference { Mean = 0.5 }, null)], 0.3));
        Assert.Equal((false, true), (two.Shown, two.Statement.Contains("2 seeds were finished by every arm, and an interval needs 3", StringComparison.Ordinal)));
        var alone = Assert.Single(NonInferiority.Of([FindingsTests.Arm([0.9, 0.9, 0.9], null, null)], 0.3));
        Assert.Equal((false, true), (alone.Shown, alone.Statement.Contains("full data wasn't run beside it", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_claim_is_made_of_methods_only() =>
        Assert.Empty(NonInferiority.Of([FindingsTests.Arm([0.9, 0.9, 0.9], null, null) with { Role = "control" }], 0.3));

    // Comments may speak of it; what is printed may not, but for this one place and the title of a paper.
    [Fact]
    public void The_word_can_be_printed_from_one_place_only()
    {
        var found = new List<string>();
        foreach (var file in Directory.EnumerateFiles(Sources(), "*.cs", SearchOption.AllDirectories).Where(static file => !file.Contains("/obj/", StringComparison.Ordinal)))
        {
            foreach (var line in File.ReadLines(file).Where(static line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)))
            {
                var text = line.Replace("InfoBatch: Lossless Training Speed Up by Unbiased Dynamic Data Pruning", "", StringComparison.Ordinal);
                found.AddRange(Enumerable.Repeat(Path.GetFileName(file), Word().Count(text)));
            }
        }

        Assert.Equal(["NonInferiority.cs"], found);
    }

    private static NonInferiority Claim(double low, double high) =>
        Assert.Single(NonInferiority.Of([FindingsTests.Arm([0.9, 0.91, 0.92], new Difference { Mean = (low + high) / 2, Low = low, High = high }, null)], 0.3));

    private static string Sources([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "../../../src");

    [GeneratedRegex("loss-?less", RegexOptions.IgnoreCase)]
    private static partial Regex Word();
}
