using System.Text.Json;

namespace Winnow.Training.Records;

/// <summary>A run that came to its end, as the event log tells it.</summary>
/// <param name="Arm">The arm of the comparison.</param>
/// <param name="Seed">The seed.</param>
/// <param name="History">A report an epoch.</param>
/// <param name="Ended">What it came to.</param>
/// <param name="End">The log's length in bytes with its last event.</param>
public sealed record FinishedRun(string Arm, ulong Seed, IReadOnlyList<EpochReport> History, RunEnded Ended, long End)
{
    /// <summary>The run's outcome, without its weights.</summary>
    /// <param name="trainer">With the same data and recipe.</param>
    /// <param name="method">The canonical method spec.</param>
    public TrainingOutcome Outcome(Trainer trainer, string method)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        return new TrainingOutcome
        {
            Method = method,
            Seed = Seed,
            Epochs = History.Count,
            Visited = Ended.Visited,
            Steps = Ended.Steps,
            Forwards = Ended.Forwards,
            Backwards = Ended.Backwards,
            AskedSave = Ended.AskedSave,
            ClassAccuracy = [.. Ended.ClassAccuracy.Select(static value => value ?? double.NaN)],
            ClassKeep = [.. Ended.ClassKeep.Select(static value => value ?? double.NaN)],
            FullVisits = trainer.FullVisits,
            FullSteps = trainer.FullSteps,
            Accuracy = Ended.Accuracy,
            TestLoss = History[^1].TestLoss,
            Seconds = Ended.Seconds,
            History = History,
            Weights = [],
            WeightsDigest = Ended.WeightsSha256,
        };
    }
}

/// <summary>Reads an event log back.</summary>
public static class RunLog
{
    /// <summary>The runs that came to their end, in order. A last line without its end is what a process that died was writing, and doesn't count.</summary>
    /// <param name="path"><c>events.jsonl</c>.</param>
    /// <exception cref="RunFolderException">A line is damaged.</exception>
    public static IReadOnlyList<FinishedRun> Finished(string path)
    {
        ReadOnlySpan<byte> rest = File.ReadAllBytes(path);
        var finished = new List<FinishedRun>();
        var history = new List<EpochReport>();
        long at = 0;
        for (var line = 1; rest.IndexOf((byte)'\n') is >= 0 and var length; line++)
        {
            var entry = Parse(rest[..length], path, line);
            rest = rest[(length + 1)..];
            at += length + 1;
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

    private static RunEvent Parse(ReadOnlySpan<byte> line, string path, int number)
    {
        try
        {
            return JsonSerializer.Deserialize(line, RunJson.Line.RunEvent) ?? throw new JsonException("it holds nothing");
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new RunFolderException($"line {number} of \"{path}\" is damaged: {error.Message} Cut the log there to do again what came after it.", error) { BeforeStart = true };
        }
    }
}
