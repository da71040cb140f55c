namespace Winnow.Networks.Shrinking;

/// <summary>Times two actions by turns, so that whatever else the machine does meets both.</summary>
internal static class Turns
{
    private const int WarmUp = 3;

    /// <summary>Milliseconds of both, a pair a turn, after three turns that don't count.</summary>
    /// <param name="whole">An action.</param>
    /// <param name="small">Another.</param>
    /// <param name="fewest">Turns that are made in any case.</param>
    /// <param name="most">The most turns.</param>
    /// <param name="milliseconds">After so many in all no further turn begins.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="stop">Stops between two turns.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static List<(double Whole, double Small)> Time(Action whole, Action small, int fewest, int most, double milliseconds, TimeProvider clock, CancellationToken stop)
    {
        var turns = new List<(double Whole, double Small)>();
        var spent = 0.0;
        for (var turn = -WarmUp; turn < most && (turn < fewest || spent < milliseconds); turn++)
        {
            stop.ThrowIfCancellationRequested();
            var (one, other) = (Once(whole, clock), Once(small, clock));
            if (turn >= 0)
            {
                turns.Add((one, other));
                spent += one + other;
            }
        }

        return turns;
    }

    private static double Once(Action run, TimeProvider clock)
    {
        var start = clock.GetTimestamp();
        run();
        return clock.GetElapsedTime(start).TotalMilliseconds;
    }
}
