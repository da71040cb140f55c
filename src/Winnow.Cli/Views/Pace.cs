using System.Globalization;

namespace Winnow.Cli.Views;

/// <summary>When work that may take long is spoken of, and how long it still takes: nothing for two seconds, then ever less often.</summary>
/// <param name="time">The clock.</param>
internal sealed class Pace(TimeProvider time)
{
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(2), s_longest = TimeSpan.FromSeconds(60);

    private long _start = time.GetTimestamp();
    private TimeSpan _next = s_first;

    /// <summary>Time since the beginning.</summary>
    public TimeSpan Taken => time.GetElapsedTime(_start);

    /// <summary>What is left, as a text, where it is time to say so; null where it isn't, or where nothing is done yet or left.</summary>
    /// <param name="done">How much is done.</param>
    /// <param name="total">Of how much.</param>
    public string? Left(long done, long total)
    {
        var taken = Taken;
        if (taken < _next || done == 0 || done == total)
        {
            return null;
        }

        _next = taken + (taken < s_longest ? taken : s_longest);
        return Text(TimeSpan.FromSeconds(Math.Ceiling(taken.TotalSeconds * (total - done) / done)));
    }

    /// <summary>Begins anew.</summary>
    public void Restart() => (_start, _next) = (time.GetTimestamp(), s_first);

    /// <summary>A time that is left, such as 1:38 or 2:00:05.</summary>
    public static string Text(TimeSpan left) =>
        left.TotalHours >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{(int)left.TotalHours}:{left:mm\\:ss}") : left.ToString(@"m\:ss", CultureInfo.InvariantCulture);
}
