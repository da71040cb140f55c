using Winnow.Scores;

namespace Winnow.Tests.Scores;

public class DynUncTests
{
    [Theory]
    [InlineData("dyn-unc", 10)]
    [InlineData("dyn-unc:window=2", 2)]
    [InlineData("dyn-unc:window=24", 24)]
    public void Is_ten_times_the_mean_spread_of_the_windows_before_the_last_epoch(string spec, int window) => Dynamics.Small.AssertEqual(id =>
    {
        var p = Enumerable.Range(0, Dynamics.Small.Epochs).Select(epoch => (double)(float)Dynamics.Small.Probabilities(epoch, id)[Dynamics.Small.Labels[id]]).ToArray();
        return Enumerable.Range(window - 1, Dynamics.Small.Epochs - window).Average(epoch => 10 * Spread(p[(epoch - window + 1)..(epoch + 1)]));
    }, spec);

    [Fact]
    public void Needs_an_epoch_more_than_its_window()
    {
        Assert.Throws<ScoreException>(static () => new ScoreSet(3, [new DynUncScore()], 10));
        Assert.Equal(9, new ScoreSet(3, [new DynUncScore()], 11).LastEpoch);
    }

    private static double Spread(double[] values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1));
    }
}
