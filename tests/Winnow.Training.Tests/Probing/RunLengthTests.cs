using Winnow.Training.Probing;

namespace Winnow.Training.Tests.Probing;

public sealed class RunLengthTests
{
    private static readonly double?[] s_threeArms = [1, null, null];

    [Fact]
    public void A_fast_machine_takes_everything() =>
        Assert.Equal((6, 60_000), new RunLength(100_000).Fit(TimeSpan.FromMinutes(3), s_threeArms, 60_000, 10_000, 6));

    [Theory]
    [InlineData(3000)]
    [InlineData(1500)]
    [InlineData(600)]
    [InlineData(150)]
    public void A_slower_one_takes_as_many_samples_as_end_in_time(double speed)
    {
        var length = new RunLength(speed);
        var aim = TimeSpan.FromSeconds(165);
        var (epochs, samples) = length.Fit(aim, s_threeArms, 60_000, 10_000, 6);
        Assert.InRange(epochs, 4, 6);
        Assert.InRange(samples, 1000, 60_000);
        Assert.True(samples == 60_000 || samples % 100 == 0);

        // By the same counting it ends in time, unless the fewest samples that make a table already take longer.
        var takes = length.Of(samples, 10_000, epochs) + (2 * length.Of(samples, 10_000, epochs, 0.75));
        Assert.True(takes <= aim || samples == 1000, $"{takes}");
        Assert.True(takes >= aim * 0.8 || samples == 60_000 || samples == 1000, $"{takes}");
    }

    [Fact]
    public void Few_samples_are_never_made_more() =>
        Assert.Equal((6, 300), new RunLength(2000).Fit(TimeSpan.FromMinutes(3), s_threeArms, 300, 100, 6));

    [Fact]
    public void What_nobody_knows_counts_in_full_at_most()
    {
        var length = new RunLength(1000);
        var known = length.AtMost([1, 0.7, 0.7], 1000, 0, 1);
        Assert.Equal(2.4, known / length.Of(1000, 0, 1), 6);
        Assert.Equal(3, length.AtMost(s_threeArms, 1000, 0, 1) / length.Of(1000, 0, 1), 6);
        Assert.True(length.Of(1000, 500, 1) > length.Of(1000, 0, 1));
    }
}
