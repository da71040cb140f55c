using Winnow.Records;
using Winnow.Training.Checkpoints;

namespace Winnow.Training.Tests;

/// <summary>A folder with the events and the checkpoints of a run, which goes on with what is there. Nothing of it is held open between two runs.</summary>
internal sealed class SavedRun : IDisposable
{
    /// <param name="folder">Made where it isn't there.</param>
    /// <param name="interval">How often it saves.</param>
    /// <param name="keep">How many checkpoints stay.</param>
    /// <param name="notes">Takes what there is to say; where it is null, nothing may be.</param>
    public SavedRun(string folder, string interval = "never", int keep = 1000, List<string>? notes = null)
    {
        Directory.CreateDirectory(folder);
        Events = new EventLog(new FileStream(Path.Combine(folder, "events.jsonl"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0), TimeProvider.System);
        Checkpoints = new RunCheckpoints(Path.Combine(folder, "checkpoints"), Events, 0, CheckpointInterval.TryParse(interval)!, keep, note => (notes ?? throw new InvalidOperationException(note)).Add(note));
    }

    public EventLog Events { get; }

    public RunCheckpoints Checkpoints { get; }

    public void Dispose() => Events.Dispose();
}
