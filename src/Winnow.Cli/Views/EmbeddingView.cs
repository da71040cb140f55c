using System.Globalization;
using Winnow.Embedding;

namespace Winnow.Cli.Views;

/// <summary>Shows how far embedding is: nothing for two seconds, then a line ever less often.</summary>
/// <param name="write">Takes the lines.</param>
/// <param name="time">The clock.</param>
internal sealed class EmbeddingView(Action<string> write, TimeProvider time)
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);

    private readonly long _start = time.GetTimestamp();
    private TimeSpan _next = TimeSpan.FromSeconds(2);

    /// <summary>Is told by who embeds.</summary>
    public void Show(EmbeddingProgress progress)
    {
        var taken = time.GetElapsedTime(_start);
        if (taken < _next || progress.Done == progress.Total)
        {
            return;
        }

        _next = taken + (taken < s_longest ? taken : s_longest);
        var left = TimeSpan.FromSeconds(Math.Ceiling(taken.TotalSeconds * (progress.Total - progress.Done) / progress.Done));
        var rest = left.TotalHours >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{(int)left.TotalHours}:{left:mm\\:ss}") : left.ToString(@"m\:ss", CultureInfo.InvariantCulture);
        write(string.Create(CultureInfo.InvariantCulture, $"embedding: {progress.Done:N0} of {progress.Total:N0} rows, {progress.Done / taken.TotalSeconds:N0} rows/s, ETA {rest}"));
    }
}
