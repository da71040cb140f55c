using System.Text.Json;

namespace Winnow.Records;

/// <summary>A run that came to its end, as the event log tells it.</summary>
/// <param name="Arm">The arm of the comparison.</param>
/// <param name="Seed">The seed.</param>
/// <param name="History">A report an epoch.</param>
/// <param name="Ended">What it came to.</param>
/// <param name="End">The log's length in bytes with its last event.</param>
public sealed record FinishedRun(string Arm, ulong Seed, IReadOnlyList<EpochReport> History, RunEnded Ended, long End);

/// <summary>Reads an event log back.</summary>
public static class RunLog
{
    /// <summary>The runs that came to their end, in order. A last line without its end is what a process that died was writing, and doesn't count.</summary>
    /// <param name="path"><c>events.jsonl</c>.</param>
    /// <exception cref="RunFolderException">A line is damaged.</exception>
    public static IReadOnlyList<FinishedRun> Finished(string path)
    {
        var finished = new List<FinishedRun>();
        var history = new List<EpochReport>();
        foreach (var (entry, at) in Lines(File.ReadAllBytes(path), path))
        {
            switch (entry)
            {
                case RunStarted:
                    history = [];
                    break;
                case EpochEnded epoch:
                    history.Add(epoch.Report);
                    break;
                case RunEnded { Interrupted: false } ended when history.Count > 0:
                    finished.Add(new FinishedRun(ended.Arm, ended.Seed, history, ended, at));
                    break;
            }
        }

        return finished;
    }

    /// <summary>All events of a log, in order, without a last line that lacks its end.</summary>
    /// <param name="log">Its bytes.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="RunFolderException">A line is damaged.</exception>
    public static IEnumerable<IRunEvent> Events(byte[] log, string name) => Lines(log, name).Select(static line => line.Entry);

    // With each event the log's length up to and with it.
    private static IEnumerable<(IRunEvent Entry, long End)> Lines(byte[] log, string name)
    {
        ArgumentNullException.ThrowIfNull(log);
        var at = 0;
        for (var line = 1; log.AsSpan(at).IndexOf((byte)'\n') is >= 0 and var length; line++)
        {
            var entry = Parse(log.AsSpan(at, length), name, line);
            at += length + 1;
            yield return (entry, at);
        }
    }

    private static IRunEvent Parse(ReadOnlySpan<byte> line, string path, int number)
    {
        try
        {
            return JsonSerializer.Deserialize(line, RunJson.Line.IRunEvent) ?? throw new JsonException("it holds nothing");
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new RunFolderException($"line {number} of \"{path}\" is damaged: {error.Message} Cut the log there to do again what came after it.", error) { BeforeStart = true };
        }
    }
}
