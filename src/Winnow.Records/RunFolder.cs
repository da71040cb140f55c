using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Winnow.Data;

namespace Winnow.Records;

/// <summary>A run folder that can't be used: it exists already, or may not be written.</summary>
public sealed class RunFolderException(string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>True when the folder was refused before anything ran; false when writing to it failed on the way.</summary>
    public bool BeforeStart { get; init; }
}

/// <summary>
/// Where a run leaves its files: <c>run.json</c> with what was asked, <c>events.jsonl</c>, <c>tensorboard/</c>, <c>samples/</c> and <c>checkpoints/</c> as it
/// goes, <c>result.json</c> and <c>weights/</c> at the end. Files other than events and samples are written beside their place and renamed, so that
/// none is ever half there. While a process works in a folder it holds <c>run.json</c> locked.
/// </summary>
public sealed class RunFolder : IDisposable
{
    private readonly Action<string>? _note;
    private EventLog? _events;
    private FileStream? _lock;
    private bool _begun;

    private RunFolder(string path, TimeProvider? time, Action<string>? note) => (Path, Time, _note) = (path, time ?? TimeProvider.System, note);

    /// <summary>The file in which stands what was asked.</summary>
    public const string PlanName = "run.json";

    internal const string SamplesName = "samples";

    private const string EventsName = "events.jsonl", ResultName = "result.json", CheckpointsName = "checkpoints", WeightsName = "weights", TensorBoardName = "tensorboard";

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The clock of its events.</summary>
    public TimeProvider Time { get; }

    /// <summary>The runs that the event log says came to their end.</summary>
    /// <exception cref="RunFolderException">The log is damaged.</exception>
    public IReadOnlyList<FinishedRun> Finished => File.Exists(At(EventsName)) ? RunLog.Finished(At(EventsName)) : [];

    /// <summary>The event log, begun at first use.</summary>
    public EventLog Events => _events ??= Guard(() => new EventLog(new FileStream(
        System.IO.Path.Combine(Path, EventsName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0), Time,
        new TensorBoardLog(At(TensorBoardName)), _note));

    /// <summary>The default name: verb, data and UTC time to the second.</summary>
    public static string DefaultName(string verb, string data, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(time);
        var name = new string([.. System.IO.Path.GetFileName(data.TrimEnd('/')).Select(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-')]);
        return string.Create(CultureInfo.InvariantCulture, $"{verb}-{name}-{time.GetUtcNow():yyyyMMdd-HHmmss}");
    }

    /// <summary>Makes the folder, which must not exist yet. Of two processes that try at the same moment one gets it.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="time">The clock of its events; the system's by default.</param>
    /// <param name="note">Takes what the user should know while the run goes on; null for nobody.</param>
    /// <exception cref="RunFolderException">It exists, or can't be made or written.</exception>
    public static RunFolder Create(string path, TimeProvider? time = null, Action<string>? note = null) => Claim(path) ? new RunFolder(path, time, note) : throw Taken(path);

    /// <summary>Refuses a folder that exists, as <see cref="Create"/> will: for work that comes before it.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="RunFolderException">It exists.</exception>
    public static void RequireNone(string path)
    {
        if (System.IO.Path.Exists(path))
        {
            throw Taken(path);
        }
    }

    /// <summary>Makes the folder or, where it exists, the first of PATH-2, PATH-3 and so on that doesn't.</summary>
    /// <inheritdoc cref="Create"/>
    public static RunFolder CreateNumbered(string path, TimeProvider? time = null, Action<string>? note = null)
    {
        var free = path;
        for (var k = 2; !Claim(free); k++)
        {
            free = string.Create(CultureInfo.InvariantCulture, $"{path}-{k}");
        }

        return new RunFolder(free, time, note);
    }

    /// <summary>Opens the folder of a run that was begun, to go on with it.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="plan">What it was begun with.</param>
    /// <param name="time">The clock of its events; the system's by default.</param>
    /// <param name="note">Takes what the user should know while the run goes on; null for nobody.</param>
    /// <exception cref="RunFolderException">It isn't there, holds no run, is damaged, or another process works in it.</exception>
    public static RunFolder Open(string path, out RunPlan plan, TimeProvider? time = null, Action<string>? note = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var folder = new RunFolder(path, time, note) { _begun = true };
        try
        {
            folder.Lock();
            plan = RunPlan.Read(folder._lock!, folder.At(PlanName));
            AtomicFile.RemoveLeftovers(path);
            return folder;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new RunFolderException($"\"{path}\" holds no run that could go on: there is no {PlanName} in it. Give the folder that a run was begun in.", error) { BeforeStart = true };
        }
        catch (Exception error) when (error is UnauthorizedAccessException or (IOException and not RunFolderException))
        {
            throw new RunFolderException($"the run in \"{path}\" can't be opened: {error.Message.TrimEnd('.')}. Does another process work on it?", error) { BeforeStart = true };
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Writes <c>run.json</c> and locks the folder.</summary>
    /// <exception cref="RunFolderException">It can't be written.</exception>
    public void Begin(RunPlan plan) => Guard(() =>
    {
        AtomicFile.Write(At(PlanName), stream => JsonSerializer.Serialize(stream, plan, RunJson.Indented.RunPlan));
        Lock();
        _begun = true;
        return true;
    });

    /// <summary>Where the checkpoints of one of the folder's runs lie.</summary>
    /// <param name="name">The run's name in a comparison; empty for the only one of a training.</param>
    public string CheckpointsOf(string name) => PlaceOf(CheckpointsName, name);

    /// <summary>Where what one of the folder's runs saw of each sample lies.</summary>
    /// <param name="name">The run's name in a comparison; empty for the only one of a training.</param>
    public string SamplesOf(string name) => PlaceOf(SamplesName, name);

    /// <summary>Where a run's weights lie.</summary>
    /// <param name="name">The run's name.</param>
    /// <param name="ending">What the file's name ends in, such as <c>.safetensors</c>.</param>
    public string WeightsOf(string name, string ending) => System.IO.Path.Combine(At(WeightsName), Safe(name) + ending);

    /// <summary>Removes the checkpoints of all runs: what has ended needs none.</summary>
    public void DiscardCheckpoints() => Guard(() =>
    {
        if (Directory.Exists(At(CheckpointsName)))
        {
            Directory.Delete(At(CheckpointsName), recursive: true);
        }

        return true;
    });

    /// <summary>Writes <c>result.json</c>.</summary>
    public void WriteResult<T>(T result, JsonTypeInfo<T> type) => Guard(() =>
    {
        AtomicFile.Write(At(ResultName), stream => JsonSerializer.Serialize(stream, result, type));
        return true;
    });

    /// <summary>Reads <c>result.json</c>; null where there is none.</summary>
    /// <exception cref="RunFolderException">It is damaged.</exception>
    public T? ReadResult<T>(JsonTypeInfo<T> type)
        where T : class => ResultOf(Path, type);

    /// <summary>Reads <c>result.json</c> of a folder that isn't opened; null where there is none.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="type">What it holds.</param>
    /// <exception cref="RunFolderException">It is damaged.</exception>
    public static T? ResultOf<T>(string folder, JsonTypeInfo<T> type)
        where T : class
    {
        var file = System.IO.Path.Combine(folder, ResultName);
        if (!File.Exists(file))
        {
            return null;
        }

        try
        {
            using var stream = File.OpenRead(file);
            return JsonSerializer.Deserialize(stream, type);
        }
        catch (JsonException error)
        {
            throw new RunFolderException($"\"{file}\" is damaged: {error.Message} Remove it to have it written again.", error) { BeforeStart = true };
        }
    }

    /// <summary>Writes a file of the folder, beside its place first and then renamed.</summary>
    /// <param name="path">Its path, as <see cref="WeightsOf"/> gives one.</param>
    /// <param name="write">Writes the content; the stream stays open.</param>
    /// <exception cref="RunFolderException">It can't be written; what was there stays.</exception>
    public void WriteFile(string path, Action<Stream> write) => Guard(() =>
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        AtomicFile.Write(path, write);
        return true;
    });

    /// <summary>Closes the event log and lets the folder go. One in which nothing was begun is removed again.</summary>
    public void Dispose()
    {
        _events?.Dispose();
        _lock?.Dispose();
        if (!_begun)
        {
            Unclaim();
        }
    }

    /// <summary>Whether a file begins with these bytes: is it of the kind that may be written over? A device never does, and reading all of it might not end.</summary>
    /// <param name="path">A file.</param>
    /// <param name="beginning">How files of the kind begin.</param>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static bool Begins(string path, ReadOnlySpan<byte> beginning)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var there = new byte[beginning.Length];
        return stream.ReadAtLeast(there, there.Length, throwOnEndOfStream: false) == there.Length && beginning.SequenceEqual(there);
    }

    private static RunFolderException Taken(string path) =>
        new($"the run folder \"{path}\" exists already; a run never overwrites another. Choose a new one, or remove it.") { BeforeStart = true };

    private string At(string name) => System.IO.Path.Combine(Path, name);

    private string PlaceOf(string kind, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length == 0 ? At(kind) : System.IO.Path.Combine(At(kind), Safe(name));
    }

    /// <summary>A name that is one folder or file, whatever characters are in it.</summary>
    internal static string Safe(string name) => new([.. name.Select(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '@' or '=' or '+' ? c : '_')]);

    /// <summary>
    /// Makes a folder that is nobody's yet; false where it exists. Making a folder that is there is no error, so that what decides is who makes the
    /// first file in it: <c>run.json</c>, empty until the run is begun.
    /// </summary>
    private static bool Claim(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path) || File.Exists(path))
        {
            return false;
        }

        var claim = System.IO.Path.Combine(path, PlanName);
        try
        {
            Directory.CreateDirectory(path);
            using var first = new FileStream(claim, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            return true;
        }
        catch (IOException) when (File.Exists(claim))
        {
            return false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunFolderException($"the run folder \"{path}\" can't be made: {error.Message.TrimEnd('.')}. Choose a place that you may write to.", error) { BeforeStart = true };
        }
    }

    // Quietly: what made the run end before it began is the error to tell.
    private void Unclaim()
    {
        try
        {
            if (new FileInfo(At(PlanName)) is { Exists: true, Length: 0 } claim)
            {
                claim.Delete();
                Directory.Delete(Path);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }

    // Released by the system when the process ends, however it ends.
    private void Lock() => _lock = new FileStream(At(PlanName), FileMode.Open, FileAccess.Read, FileShare.None);

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
