using System.Globalization;
using Winnow.Data;

namespace Winnow.Cli.Views;

/// <summary>Shows how far pictures are decoded: nothing for two seconds, then a line ever less often, and at the end what it came to.</summary>
/// <param name="write">Takes the lines.</param>
/// <param name="time">The clock.</param>
internal sealed class DecodingView(Action<string> write, TimeProvider time)
{
    private readonly Pace _pace = new(time);

    /// <summary>Is told by who decodes.</summary>
    public void Show(DecodingProgress progress)
    {
        if (progress.Done == progress.Total)
        {
            write(string.Create(CultureInfo.InvariantCulture, $"Decoded {progress.Total:N0} pictures in {_pace.Taken.TotalSeconds:N1} s."));

            // There may be a second folder.
            _pace.Restart();
        }
        else if (_pace.Left(progress.Done, progress.Total) is { } left)
        {
            write(string.Create(CultureInfo.InvariantCulture, $"decoding pictures: {progress.Done:N0} of {progress.Total:N0}, ETA {left}"));
        }
    }
}
