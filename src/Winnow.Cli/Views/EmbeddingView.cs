using System.Globalization;
using Winnow.Embedding;

namespace Winnow.Cli.Views;

/// <summary>Shows how far embedding is: nothing for two seconds, then a line ever less often.</summary>
/// <param name="write">Takes the lines.</param>
/// <param name="time">The clock.</param>
internal sealed class EmbeddingView(Action<string> write, TimeProvider time)
{
    private readonly Pace _pace = new(time);

    /// <summary>Is told by who embeds.</summary>
    public void Show(EmbeddingProgress progress)
    {
        if (_pace.Left(progress.Done, progress.Total) is { } left)
        {
            write(string.Create(CultureInfo.InvariantCulture, $"embedding: {progress.Done:N0} of {progress.Total:N0} rows, {progress.Done / _pace.Taken.TotalSeconds:N0} rows/s, ETA {left}"));
        }
    }
}
