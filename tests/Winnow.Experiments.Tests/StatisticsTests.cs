
namespace Winnow.Experiments.Tests;

public class StatisticsTests
{
    [Fact]
    public void Spread_uses_the_sample_standard_deviation()
    {
        var spread = Statistics.SpreadOf([1, 2, 3, 4]);
        Assert.Equal(2.5, spread.Mean, 12);
        Assert.Equal(Math.Sqrt(5.0 / 3), spread.Std!.Value, 12);
    }

    [Fact]
    public void One_value_has_no_spread() => Assert.Null(Statistics.SpreadOf([0.9]).Std);

    // t(0.975, 2) = 4.302652729911275 from printed tables; differences 1, 2, 3: mean 2, standard error 1/sqrt(3).
    [Fact]
    public void Paired_interval_follows_students_t()
    {
        var difference = Statistics.PairedDifference([11, 22, 33], [10, 20, 30]);
        Assert.Equal(2, difference.Mean, 12);
        Assert.Equal(2 - (4.302652729911275 / Math.Sqrt(3)), difference.Low!.Value, 9);
        Assert.Equal(2 + (4.302652729911275 / Math.Sqrt(3)), difference.High!.Value, 9);
    }

    [Fact]
    public void Pairing_cancels_what_the_seeds_have_in_common()
    {
        var difference = Statistics.PairedDifference([0.1 + 1, 0.1 + 50, 0.1 + 900], [1, 50, 900]);
        Assert.Equal(0.1, difference.Low!.Value, 9);
        Assert.Equal(0.1, difference.High!.Value, 9);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Fewer_than_three_seeds_give_no_interval(int seeds)
    {
        var difference = Statistics.PairedDifference([.. Enumerable.Range(0, seeds).Select(static k => (double)k)], new double[seeds]);
        Assert.Null(difference.Low);
        Assert.Null(difference.High);
    }

    [Fact]
    public void Unpaired_values_are_refused() => Assert.Throws<ArgumentException>(() => Statistics.PairedDifference([1, 2], [1]));
}
