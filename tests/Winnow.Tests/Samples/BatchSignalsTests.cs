using Winnow.Samples;

namespace Winnow.Tests.Samples;

public class BatchSignalsTests
{
    private static readonly Signal[] s_own = [.. Enumerable.Range(0, BatchSignals.MostSignals).Select(static i => new Signal($"own{i}"))];

    private static BatchSignals Full()
    {
        var signals = new BatchSignals { Ids = [5, 6, 7], Losses = [1, 2, 3], Refreshed = true, Epoch = 4 };
        for (var i = 0; i < s_own.Length; i++)
        {
            signals = signals.With(s_own[i], new[] { 10f * i, (10f * i) + 1, (10f * i) + 2 });
        }

        return signals;
    }

    [Fact]
    public void A_signal_is_its_name()
    {
        Assert.Equal(new Signal("margin"), new Signal("margin", SignalRange.Flag));
        Assert.NotEqual(new Signal("margin"), new Signal("Margin"));
        Assert.Equal(Signal.Confidence.GetHashCode(), new Signal("confidence").GetHashCode());
        Assert.Equal("margin", $"{new Signal("margin")}");
        Assert.ThrowsAny<ArgumentException>(() => new Signal(" "));
    }

    [Fact]
    public void Gives_back_what_was_put_in_by_name_and_nothing_for_what_was_not()
    {
        var signals = Full();
        for (var i = 0; i < s_own.Length; i++)
        {
            Assert.Equal([10f * i, (10f * i) + 1, (10f * i) + 2], signals[new Signal($"own{i}")].ToArray());
        }

        Assert.True(signals[Signal.Confidence].IsEmpty);
        Assert.Equal([1f, 2, 3], signals[Signal.Loss].ToArray());
        Assert.True(signals is { Refreshed: true, Epoch: 4 });
    }

    [Fact]
    public void A_part_holds_that_part_of_everything()
    {
        var part = Full().Slice(1, 2);
        Assert.Equal([6L, 7], part.Ids.ToArray());
        Assert.Equal([2f, 3], part.Losses.ToArray());
        Assert.True(part.Scores.IsEmpty);
        for (var i = 0; i < s_own.Length; i++)
        {
            Assert.Equal([(10f * i) + 1, (10f * i) + 2], part[s_own[i]].ToArray());
        }

        Assert.True(part is { Refreshed: true, Epoch: 4 });
    }

    [Fact]
    public void The_same_signal_again_takes_its_own_place_and_losses_are_the_losses()
    {
        var signals = Full().With(s_own[2], [7f, 8, 9]).With(Signal.Loss, [4f, 5, 6]);
        Assert.Equal([7f, 8, 9], signals[s_own[2]].ToArray());
        Assert.Equal([20f, 21, 22], Full()[s_own[2]].ToArray());
        Assert.Equal([4f, 5, 6], signals.Losses.ToArray());
        Assert.True(new BatchSignals().With(s_own[0], default).With(s_own[1], [1f])[s_own[0]].IsEmpty);
    }

    [Fact]
    public void One_too_many_is_refused_by_name() => Assert.StartsWith(
        $"a batch carries {BatchSignals.MostSignals} signals beside losses and scores, and \"margin\" would be one more; leave out what the method doesn't need",
        Assert.Throws<ArgumentException>(static () => Full().With(new Signal("margin"), [1f, 2, 3])).Message, StringComparison.Ordinal);
}
