using System.Globalization;
using Winnow.Data;

namespace Winnow.Cli.Views;

/// <summary>Shows how far pictures are decoded: nothing for two seconds, then a line ever less often, and at the end what it came to.</summary>
/// <param name="write">Takes the lines.</param>
/// <param name="time">The clock.</param>
internal sealed class DecodingView(Action<string> write, TimeProvider time)
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);

    private long _start = time.GetTimestamp();
    private TimeSpan _next = TimeSpan.FromSeconds(2);

    /// <summary>Is told by who decodes.</summary>
    public void Show(DecodingProgress progress)
    {
        var taken = time.GetElapsedTime(_start);
        if (progress.Done == progress.Total)
        {
            write(string.Create(CultureInfo.InvariantCulture, $"Decoded {progress.Total:N0} pictures in {taken.TotalSeconds:N1} s."));

            // There may be a second folder.
            (_start, _next) = (time.GetTimestamp(), TimeSpan.FromSeconds(2));
        }
        else if (taken >= _next && progress.Done > 0)
        {
            _next = taken + (taken < s_longest ? taken : s_longest);
            var left = TimeSpan.FromSeconds(Math.Ceiling(taken.TotalSeconds * (progress.Total - progress.Done) / progress.Done));
            write(string.Create(CultureInfo.InvariantCulture, $"decoding pictures: {progress.Done:N0} of {progress.Total:N0}, ETA {(int)left.TotalMinutes}:{left:ss}"));
        }
    }
}
