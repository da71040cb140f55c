using System.Globalization;
using Winnow.Checkpoints;
using Winnow.Data;
using Winnow.Records;

namespace Winnow.Training.Checkpoints;

/// <summary>
/// The checkpoints of one run in a folder of their own: when one is due, how it gets there, which one to go on from. A file is written beside
/// its place, flushed to the disk and renamed, and the oldest goes once there are more than are kept; so a process that dies at any moment
/// leaves whole ones.
/// </summary>
public sealed class RunCheckpoints
{
    private const string Prefix = "step-", Suffix = ".safetensors", EventsFact = "events.bytes";

    private readonly string _folder;
    private readonly EventLog _events;
    private readonly long _eventsBefore;
    private readonly CheckpointInterval _interval;
    private readonly int _keep;
    private readonly Action<string> _note;
    private readonly TimeProvider _time;
    private long _last;

    /// <param name="folder">Where they lie; made when the first is written.</param>
    /// <param name="events">The log that the run's events go to. Its length is part of a checkpoint, and what was written after it is cut off on going on.</param>
    /// <param name="eventsBefore">The log's length in bytes when the run began: what is left of it where there is no checkpoint to go on from.</param>
    /// <param name="interval">How often one is written.</param>
    /// <param name="keep">How many stay, at least 1.</param>
    /// <param name="note">Takes what the user should know: a checkpoint that couldn't be written, or one that is damaged.</param>
    /// <param name="time">The clock; the system's by default.</param>
    public RunCheckpoints(string folder, EventLog events, long eventsBefore, CheckpointInterval interval, int keep, Action<string> note, TimeProvider? time = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        (_folder, _events, _eventsBefore, _interval, _keep, _note, _time) = (folder, events, eventsBefore, interval, keep, note, time ?? TimeProvider.System);
        _last = _time.GetTimestamp();
    }

    /// <summary>What the run would go on from now, in words: the newest file's name, or its beginning.</summary>
    public string Newest => Path.GetFileName(Files().FirstOrDefault()) ?? "its beginning";

    /// <summary>Whether one is due after a step.</summary>
    internal bool DueAfterStep(long steps) => _interval.Unit switch
    {
        CheckpointUnit.Seconds => _time.GetElapsedTime(_last).TotalSeconds >= _interval.Amount,
        CheckpointUnit.Steps => steps % (long)_interval.Amount == 0,
        _ => false,
    };

    /// <summary>Whether one is due at the end of an epoch.</summary>
    internal bool DueAfterEpochs(int epochs) => _interval.Unit == CheckpointUnit.Epochs && epochs % (long)_interval.Amount == 0;

    /// <summary>Writes one that is due. Where that fails (a full disk) the user is told and the run goes on: those before it stay.</summary>
    internal void Write(CheckpointWriter state, long step)
    {
        try
        {
            WriteNow(state, step);
        }
        catch (RunFolderException error)
        {
            _note($"{error.Message}; the run goes on, and would resume from {Newest}");
        }

        _last = _time.GetTimestamp();
    }

    /// <summary>Writes one that must not fail, since the run ends here.</summary>
    /// <exception cref="RunFolderException">It can't be written; those before it stay.</exception>
    internal void WriteNow(CheckpointWriter state, long step)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{step:D10}{Suffix}");
        try
        {
            // What the checkpoint says of the log must be true after a power failure too.
            _events.FlushToDisk();
            state.Fact(EventsFact, _events.Length.ToString(CultureInfo.InvariantCulture));
            Directory.CreateDirectory(_folder);
            AtomicFile.Write(Path.Combine(_folder, name), state.WriteTo);
            foreach (var old in Files().Skip(_keep))
            {
                File.Delete(old);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunFolderException($"the checkpoint {name} can't be written: {error.Message.TrimEnd('.')}", error);
        }
    }

    /// <summary>
    /// Hands out the newest whole checkpoint, with the event log cut back to it, and gives its path. Null, and the log cut back to the run's
    /// beginning, where there is none.
    /// </summary>
    /// <param name="identity">What it has to belong to.</param>
    /// <param name="load">Takes the run's state from it.</param>
    /// <exception cref="CheckpointException">It is whole and belongs to something else, or to another version of the format.</exception>
    internal string? Resume(IReadOnlyDictionary<string, string> identity, Action<CheckpointReader> load)
    {
        AtomicFile.RemoveLeftovers(_folder);
        var damaged = 0;
        foreach (var file in Files())
        {
            try
            {
                using var stream = File.OpenRead(file);
                var checkpoint = CheckpointReader.Open(stream);
                checkpoint.Require(identity, "run.", "recipe.");
                if (checkpoint.Fact<long>(EventsFact) is var length && length > _events.Length)
                {
                    throw new CheckpointException($"it was written when events.jsonl had {length} bytes, and that has {_events.Length}; use an older checkpoint") { Damaged = true };
                }

                load(checkpoint);
                _events.CutTo(length);
                return file;
            }
            catch (CheckpointException error) when (error.Damaged)
            {
                damaged++;
                _note($"{file}: {error.Message}");
            }
            catch (CheckpointException error)
            {
                throw new CheckpointException($"{file}: {error.Message}.", error);
            }
        }

        if (damaged > 0)
        {
            _note("there is no other checkpoint, so the run begins anew");
        }

        _events.CutTo(_eventsBefore);
        return null;
    }

    /// <summary>Removes all of them: a run that has ended needs none.</summary>
    public void Discard()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    // The newest first.
    private string[] Files() => Directory.Exists(_folder) ? [.. Directory.GetFiles(_folder, Prefix + "*" + Suffix).OrderDescending(StringComparer.Ordinal)] : [];
}
