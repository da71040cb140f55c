using System.Globalization;
using Winnow.Curation.Running;

namespace Winnow.Cli.Views;

/// <summary>Shows how far curating is: nothing of a step for two seconds, then a line ever less often.</summary>
/// <param name="write">Takes the lines.</param>
/// <param name="time">The clock.</param>
internal sealed class CurationView(Action<string> write, TimeProvider time)
{
    private const double Mega = 1e6;

    private readonly Pace _pace = new(time);
    private string _step = "";

    /// <summary>Is told by who works.</summary>
    public void Show(CurationProgress progress)
    {
        if (progress.Step != _step)
        {
            _step = progress.Step;
            _pace.Restart();
        }

        if (_pace.Left(progress.Done, progress.Total) is { } left)
        {
            var rate = progress.Done / _pace.Taken.TotalSeconds;
            write(progress.Unit == "bytes"
                ? string.Create(CultureInfo.InvariantCulture, $"{_step}: {progress.Done / Mega:N0} of {progress.Total / Mega:N0} MB, {rate / Mega:N1} MB/s, ETA {left}")
                : string.Create(CultureInfo.InvariantCulture, $"{_step}: {progress.Done:N0} of {progress.Total:N0} {progress.Unit}, ETA {left}"));
        }
    }
}
