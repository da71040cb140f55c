using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Winnow.Training.Records;

/// <summary>A run folder that can't be used: it exists already, or may not be written.</summary>
public sealed class RunFolderException(string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>True when the folder was refused before anything ran; false when writing to it failed on the way.</summary>
    public bool BeforeStart { get; init; }
}

/// <summary>
/// Where a run leaves its files: <c>events.jsonl</c> as it goes, <c>result.json</c> and <c>weights/*.npz</c> at the end. Files other
/// than the events are written beside their place and renamed, so that none is ever half there.
/// </summary>
public sealed class RunFolder : IDisposable
{
    private readonly TimeProvider _time;
    private EventLog? _events;

    private RunFolder(string path, TimeProvider time) => (Path, _time) = (path, time);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The event log, begun at first use.</summary>
    public EventLog Events => _events ??= Guard(() => new EventLog(new FileStream(
        System.IO.Path.Combine(Path, "events.jsonl"), FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0), _time));

    /// <summary>The default name: verb, data and UTC time to the second.</summary>
    public static string DefaultName(string verb, string data, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(time);
        var name = new string([.. System.IO.Path.GetFileName(data.TrimEnd('/')).Select(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-')]);
        return string.Create(CultureInfo.InvariantCulture, $"{verb}-{name}-{time.GetUtcNow():yyyyMMdd-HHmmss}");
    }

    /// <summary>Makes the folder, which must not exist yet.</summary>
    /// <exception cref="RunFolderException">It exists, or can't be made or written.</exception>
    public static RunFolder Create(string path, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path) || File.Exists(path))
        {
            throw new RunFolderException($"the run folder \"{path}\" exists already; a run never overwrites another. Choose a new one with --run, or remove it.") { BeforeStart = true };
        }

        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunFolderException($"the run folder \"{path}\" can't be made: {error.Message.TrimEnd('.')}. Choose a place that you may write to with --run.", error) { BeforeStart = true };
        }

        return new RunFolder(path, time ?? TimeProvider.System);
    }

    /// <summary>Writes <c>result.json</c>.</summary>
    public void WriteResult<T>(T result, JsonTypeInfo<T> type) =>
        WriteAtomically("result.json", stream => JsonSerializer.Serialize(stream, result, type));

    /// <summary>Writes the trained tensors to <c>weights/NAME.npz</c>, which NumPy reads.</summary>
    public void WriteWeights(string name, IReadOnlyList<WeightArray> weights)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(weights);
        var safe = new string([.. name.Select(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '@' or '=' or '+' ? c : '_')]);
        Guard(() => Directory.CreateDirectory(System.IO.Path.Combine(Path, "weights")));
        WriteAtomically(System.IO.Path.Combine("weights", safe + ".npz"), stream => WeightsFile.Write(stream, weights));
    }

    /// <summary>Closes the event log.</summary>
    public void Dispose() => _events?.Dispose();

    private void WriteAtomically(string name, Action<Stream> write)
    {
        var target = System.IO.Path.Combine(Path, name);
        var temporary = target + ".tmp";
        Guard(() =>
        {
            try
            {
                using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write))
                {
                    write(stream);
                    stream.Flush(flushToDisk: true);
                }

                File.Move(temporary, target, overwrite: true);
                return true;
            }
            catch
            {
                File.Delete(temporary);
                throw;
            }
        });
    }

    private T Guard<T>(Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunFolderException($"writing to the run folder \"{Path}\" failed: {error.Message}", error);
        }
    }
}
