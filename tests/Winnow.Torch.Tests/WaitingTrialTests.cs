using Winnow.Torch.Tests.Support;

namespace Winnow.Torch.Tests;

/// <summary>Which way of waiting stays while the processors are shared.</summary>
public sealed class WaitingTrialTests
{
    private readonly List<string> _events = [];
    private bool _canBind = true;

    [Theory]
    [InlineData(20, 50, true)]
    [InlineData(50, 20, false)]
    [InlineData(30, 30, false)]
    public void The_faster_of_the_two_stays_for_a_minute_and_then_both_are_tried_again(int sleeping, int bound, bool stays)
    {
        using var trial = Trial();
        var ways = new List<bool>();
        for (var second = 0; second < 70; second++)
        {
            ways.Add(trial.IsBound);
            trial.Saw(TimeSpan.FromSeconds(1), trial.IsBound ? bound : sleeping);
        }

        Assert.Equal([false, true, false, true], ways[..4]);
        Assert.All(ways[4..64], way => Assert.Equal(stays, way));
        Assert.Equal([false, true, false, true], ways[64..68]);
    }

    // A turn with a single long step in it says nothing of its speed.
    [Fact]
    public void A_turn_takes_four_steps_at_least()
    {
        using var trial = Trial();
        foreach (var expected in (ReadOnlySpan<bool>)[false, false, false, false, true, true, true, true, false])
        {
            Assert.Equal(expected, trial.IsBound);
            trial.Saw(TimeSpan.FromSeconds(3), 1);
        }
    }

    [Fact]
    public void Who_tells_no_steps_or_cannot_bind_sleeps()
    {
        using (var trial = Trial())
        {
            for (var second = 0; second < 100; second++)
            {
                trial.Saw(TimeSpan.FromSeconds(5), 0);
            }
        }

        _canBind = false;
        using (var trial = Trial())
        {
            for (var second = 0; second < 100; second++)
            {
                trial.Saw(TimeSpan.FromSeconds(1), 50);
                Assert.False(trial.IsBound);
            }
        }

        Assert.Equal(["sleep", "end sleep", "sleep", "end sleep"], _events);
    }

    [Fact]
    public void One_way_ends_where_the_other_begins_and_the_last_with_the_trial()
    {
        using (var trial = Trial())
        {
            trial.Saw(TimeSpan.FromSeconds(1), 50);
            trial.Saw(TimeSpan.FromSeconds(1), 50);
            trial.Saw(TimeSpan.FromSeconds(1), 50);
        }

        Assert.Equal(["sleep", "bind", "end sleep", "sleep", "end bind", "bind", "end sleep", "end bind"], _events);
    }

    private WaitingTrial Trial() => new(() => Begun("sleep"), () => _canBind ? Begun("bind") : null);

    private Ended Begun(string name)
    {
        _events.Add(name);
        return new Ended(() => _events.Add("end " + name));
    }
}
