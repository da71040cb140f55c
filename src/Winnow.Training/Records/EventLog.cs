using System.Text.Json;
using Winnow.Plans;
using Winnow.Samples;

namespace Winnow.Training.Records;

/// <summary>
/// Writes a run's events as JSON lines, each flushed when it happens, so that a crash loses at most the line being written. A line that
/// doesn't fit on the disk is taken back.
/// </summary>
public sealed class EventLog(Stream destination, TimeProvider time) : IDisposable
{
    /// <summary>A hook that logs one run under the name of its arm.</summary>
    public TrainerHook For(string arm) => new Hook(this, arm);

    /// <summary>Appends one event.</summary>
    public void Write(RunEvent entry)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(entry, RunJson.Line.RunEvent), (byte)'\n'];
        var start = destination.CanSeek ? destination.Position : -1;
        try
        {
            destination.Write(line);
            destination.Flush();
        }
        catch (IOException error)
        {
            if (start >= 0)
            {
                destination.SetLength(start);
            }

            throw new RunFolderException($"writing the events of the run failed: {error.Message}", error);
        }
    }

    /// <summary>Bytes written so far, those of an earlier process included.</summary>
    public long Length => destination.Length;

    /// <summary>Drops everything after so many bytes: what a run that goes on writes again.</summary>
    public void CutTo(long length)
    {
        destination.SetLength(length);
        destination.Position = length;
    }

    /// <summary>Waits until what was written would survive a power failure.</summary>
    public void FlushToDisk() => (destination as FileStream)?.Flush(flushToDisk: true);

    /// <summary>Closes the stream.</summary>
    public void Dispose() => destination.Dispose();

    private sealed class Hook(EventLog log, string arm) : TrainerHook
    {
        private ulong _seed;

        public override void OnRunStart(TrainingRequest request, int epochs)
        {
            _seed = request.Seed;
            log.Write(new RunStarted { At = log.Now, Arm = arm, Seed = _seed, Method = request.Method, Epochs = epochs, Steps = request.Steps });
        }

        public override void OnRunResumed(TrainingRequest request, int epochs, IReadOnlyList<EpochReport> history, EpochPlan? plan) => _seed = request.Seed;

        public override void OnEpochPlanned(EpochPlan plan, SampleTable samples) => log.Write(new EpochPlanned
        {
            At = log.Now,
            Arm = arm,
            Seed = _seed,
            Epoch = plan.Epoch,
            Planned = plan.Count,
            Total = plan.Total,
            WeightSum = plan.WeightSum,
            Losses = StoredLosses.Of(samples, plan),
        });

        public override void OnEpochEnd(EpochReport epoch) => log.Write(new EpochEnded { At = log.Now, Arm = arm, Seed = _seed, Report = epoch });

        public override void OnRunEnd(TrainingOutcome outcome) => log.Write(new RunEnded
        {
            At = log.Now,
            Arm = arm,
            Seed = _seed,
            Accuracy = outcome.Accuracy,
            Visited = outcome.Visited,
            Steps = outcome.Steps,
            Forwards = outcome.Forwards,
            Backwards = outcome.Backwards,
            AskedSave = outcome.AskedSave,
            ClassAccuracy = JsonNumbers.Of(outcome.ClassAccuracy),
            ClassKeep = JsonNumbers.Of(outcome.ClassKeep),
            Seconds = outcome.Seconds,
            WeightsSha256 = outcome.WeightsSha256(),
            Interrupted = outcome.Interrupted,
        });
    }

    private DateTimeOffset Now => time.GetUtcNow();
}
