using System.Globalization;

namespace Winnow.Records;

/// <summary>
/// The scalars of a run's events in TensorBoard's format, a folder a run below the given one: <c>ARM/seed-N</c>, the step is the epoch from 1.
/// Nothing is in them that <c>events.jsonl</c> hasn't.
/// </summary>
/// <param name="folder">Made when there is something to write.</param>
public sealed class TensorBoardLog(string folder) : IDisposable
{
    private readonly Dictionary<string, TensorBoardFile> _files = new(StringComparer.Ordinal);

    /// <summary>Writes what an event says in numbers.</summary>
    public void Write(IRunEvent entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (entry is EpochEnded ended)
        {
            FileOf(entry).Write(entry.At, ended.Report.Epoch + 1, Scalars(ended.Report));
        }
        else if (entry is RunEnded && _files.Remove(Place(entry), out var done))
        {
            done.Dispose();
        }
    }

    /// <summary>Begins anew with these events: after a run that goes on has taken back its last ones.</summary>
    public void Restart(IEnumerable<IRunEvent> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        Dispose();
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        foreach (var entry in entries)
        {
            Write(entry);
        }
    }

    /// <summary>Closes all files.</summary>
    public void Dispose()
    {
        foreach (var file in _files.Values)
        {
            file.Dispose();
        }

        _files.Clear();
    }

    private static IEnumerable<(string Tag, double? Value)> Scalars(EpochReport epoch) =>
    [
        ("accuracy/test", epoch.Accuracy),
        ("loss/test", epoch.TestLoss),
        ("loss/visited", epoch.VisitedLoss),
        ("loss/weighted", epoch.WeightedLoss),
        ("loss/non_finite_samples", epoch.NonFinite),
        .. epoch.Metrics.All.Where(static metric => metric.Key is not (Metrics.Accuracy or Metrics.TestLoss)).Select(static metric => ($"metrics/{metric.Key}", metric.Value.Value)),
        ("pruning/keep", (double)epoch.Visited / epoch.Total),
        ("pruning/save", epoch.SavedSoFar),
        ("pruning/save_asked", epoch.AskedSave),
        ("pruning/refreshed_samples", epoch.Refreshed),
        ("schedule/learning_rate", epoch.LearningRate),
        ("schedule/steps", epoch.Steps),
        ("seconds/epoch", epoch.Seconds.Total),
        .. PhaseSeconds.Phases.Select(phase => ($"seconds/{PhaseSeconds.NameOf(phase)}", (double?)epoch.Seconds[phase])),
    ];

    private static string Place(IRunEvent entry) => Path.Combine(RunFolder.Safe(entry.Arm), string.Create(CultureInfo.InvariantCulture, $"seed-{entry.Seed}"));

    private TensorBoardFile FileOf(IRunEvent entry)
    {
        var place = Place(entry);
        if (!_files.TryGetValue(place, out var file))
        {
            file = TensorBoardFile.Create(Path.Combine(folder, place), entry.At);
            _files.Add(place, file);
        }

        return file;
    }
}
