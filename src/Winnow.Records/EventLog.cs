using System.Text.Json;

namespace Winnow.Records;

/// <summary>
/// Writes a run's events as JSON lines, each flushed when it happens, so that a crash loses at most the line being written. A line that
/// doesn't fit on the disk is taken back. TensorBoard's files are a copy of them: where those can't be written it is told once, and the run
/// goes on without.
/// </summary>
/// <param name="destination">The log. Where it may hold events already and there is a <paramref name="tensorBoard"/>, it can be read too.</param>
/// <param name="time">The clock of the events.</param>
/// <param name="tensorBoard">Gets the same events; null for none.</param>
/// <param name="note">Takes what the user should know; null for nobody.</param>
public sealed class EventLog(Stream destination, TimeProvider time, TensorBoardLog? tensorBoard = null, Action<string>? note = null) : IDisposable
{
    private TensorBoardLog? _mirror = tensorBoard;

    // What the log held before this process, or holds no longer, the mirror has yet to learn.
    private bool _follows;

    /// <summary>The time now by the clock of the events, in UTC.</summary>
    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Appends one event.</summary>
    /// <exception cref="RunFolderException">It can't be written; the log is as before.</exception>
    public void Write(IRunEvent entry)
    {
        Follow();
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(entry, RunJson.Line.IRunEvent), (byte)'\n'];
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

        Mirror(mirror => mirror.Write(entry));
    }

    /// <summary>Bytes written so far, those of an earlier process included.</summary>
    public long Length => destination.Length;

    /// <summary>Drops everything after so many bytes: what a run that goes on writes again.</summary>
    public void CutTo(long length)
    {
        destination.SetLength(length);
        destination.Position = length;
        _follows = false;
    }

    /// <summary>Waits until what was written would survive a power failure.</summary>
    public void FlushToDisk() => (destination as FileStream)?.Flush(flushToDisk: true);

    /// <summary>Closes the stream.</summary>
    public void Dispose()
    {
        _mirror?.Dispose();
        destination.Dispose();
    }

    /// <summary>Tells the mirror what the log holds already.</summary>
    /// <exception cref="RunFolderException">The log is damaged.</exception>
    private void Follow()
    {
        if (_follows || _mirror is null)
        {
            return;
        }

        var held = new byte[destination.Length];
        destination.Position = 0;
        destination.ReadExactly(held);
        IRunEvent[] events = [.. RunLog.Events(held, "events.jsonl")];
        Mirror(mirror => mirror.Restart(events));
        _follows = true;
    }

    private void Mirror(Action<TensorBoardLog> write)
    {
        if (_mirror is null)
        {
            return;
        }

        try
        {
            write(_mirror);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            note?.Invoke($"the run's numbers can't be written for TensorBoard: {error.Message.TrimEnd('.')}; the run goes on without, and events.jsonl has them all");
            _mirror.Dispose();
            _mirror = null;
        }
    }
}
