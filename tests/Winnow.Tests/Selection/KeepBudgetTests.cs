using Winnow.Selection;

namespace Winnow.Tests.Selection;

public sealed class KeepBudgetTests
{
    [Theory]
    [InlineData("30%", 10, 3)]
    [InlineData("0.3", 10, 3)]
    [InlineData("3", 10, 3)]
    [InlineData("25%", 10, 2)]
    [InlineData("75%", 10, 8)]
    [InlineData("0.15", 10, 2)]
    [InlineData("100%", 7, 7)]
    [InlineData("1.0", 7, 7)]
    [InlineData("1", 7, 1)]
    [InlineData("0%", 7, 0)]
    [InlineData("1e-1", 50, 5)]
    [InlineData("50%", 0, 0)]
    public void A_share_or_a_count_halves_to_the_even_number(string text, int samples, int kept)
    {
        Assert.Equal(kept, KeepBudget.Parse(text).Of(samples));
        Assert.Equal(KeepBudget.Parse(text), KeepBudget.Parse(KeepBudget.Parse(text).ToString()));
    }

    [Theory]
    [InlineData("101%")]
    [InlineData("1.5")]
    [InlineData("-1")]
    [InlineData("many")]
    [InlineData("")]
    [InlineData("%")]
    [InlineData("30 %")]
    [InlineData("0,3")]
    [InlineData("NaN")]
    public void Other_texts_are_refused_by_value_rule_and_remedy(string text)
    {
        var error = Assert.Throws<SelectionException>(() => KeepBudget.Parse(text));
        Assert.StartsWith($"keep={text} is not", error.Message, StringComparison.Ordinal);
        Assert.Contains("30%", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_than_there_are_is_refused() =>
        Assert.Contains("11 is more than the 10 samples", Assert.Throws<SelectionException>(() => KeepBudget.Count(11).Of(10)).Message, StringComparison.Ordinal);

    [Fact]
    public void Every_share_in_hundredths_and_thirds_reads_back()
    {
        foreach (var share in Enumerable.Range(0, 101).Select(static p => p / 100.0).Concat([1 / 3.0, 2 / 3.0, double.Epsilon]))
        {
            Assert.Equal(KeepBudget.Share(share), KeepBudget.Parse(KeepBudget.Share(share).ToString()));
        }
    }
}
