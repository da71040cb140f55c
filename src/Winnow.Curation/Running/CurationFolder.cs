using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Winnow.Curation.Documents;
using Winnow.Data;
using Winnow.Data.Formats;

namespace Winnow.Curation.Running;

/// <summary>
/// The folder that a step of curation writes into: <c>kept/</c> with the records that stay, at the places of their inputs; <c>removed.jsonl</c> with why the others went; the totals in a JSON of the
/// step's name. Meanwhile <c>.winnow/</c> holds what was computed and markers, from which a run that was interrupted goes on; the markers stay.
/// </summary>
/// <param name="path">The folder.</param>
/// <param name="step">The step's name, such as <c>dedup</c>.</param>
internal sealed class CurationFolder(string path, string step)
{
    /// <summary>What nobody but the program reads.</summary>
    public string Work => Path.Combine(path, ".winnow");

    /// <summary>Why each document went.</summary>
    public string Removed => Path.Combine(path, "removed.jsonl");

    private string Result => Path.Combine(path, $"{step}.json");

    private string Settings => Path.Combine(Work, "settings.json");

    private string Decision => Path.Combine(Work, "decision.json");

    /// <summary>A hash of settings and what belongs to them.</summary>
    public static string Hash(string settings, IEnumerable<string> more)
    {
        var hash = new XxHash128();
        foreach (var part in more.Prepend(settings))
        {
            hash.Append(Encoding.UTF8.GetBytes(part + "\n"));
        }

        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    /// <summary>A file below this folder.</summary>
    public string At(string name) => Path.Combine(path, name);

    /// <summary>A file of a shard, in a folder of the program's.</summary>
    public string OfShard(string folder, Shard shard, string ending) => Path.Combine(Work, folder, shard.Name + ending);

    /// <summary>What is kept of a shard.</summary>
    public string Kept(Shard shard) => Path.Combine(path, "kept", shard.OutputName);

    /// <summary>Takes back what was decided and the totals, before something else is decided.</summary>
    public void Undecide()
    {
        File.Delete(Result);
        File.Delete(Decision);
    }

    /// <summary>Makes the folder, or takes one that was begun with the same settings, or in which nothing was decided or written yet.</summary>
    /// <param name="given">The settings; they lie in the folder as JSON, for whoever looks.</param>
    /// <param name="type">How they are written.</param>
    /// <returns>A hash of them.</returns>
    /// <exception cref="CurationException">It holds something else.</exception>
    public string Open<T>(T given, JsonTypeInfo<T> type)
    {
        var settings = JsonSerializer.SerializeToElement(given, type);
        var hash = Hash(settings.GetRawText(), []);
        if (Read(Settings, CurationJson.Readable.FolderSettings) is { } begun)
        {
            // What was measured for other settings is known by its markers, and made anew.
            if (begun.Step != step || (begun.Hash != hash && (File.Exists(Decision) || Directory.Exists(Path.Combine(Work, "written")))))
            {
                throw new CurationException($"{path}: was begun with other settings; give those again to go on, or another folder. Its .winnow/settings.json says which.");
            }
        }
        else if (Directory.Exists(path) && Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Any(file => !file.EndsWith(".tmp", StringComparison.Ordinal) && !file.StartsWith(Work, StringComparison.Ordinal)))
        {
            throw new CurationException($"{path}: holds other files; give a folder that is empty or doesn't exist yet.");
        }

        try
        {
            Directory.CreateDirectory(Work);
            AtomicFile.RemoveLeftovers(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataAccessException(path, $"can't be written: {error.Message}", error);
        }

        Write(Settings, new FolderSettings(step, hash, settings), CurationJson.Readable.FolderSettings);
        return hash;
    }

    /// <summary>The totals of a run that is complete; null where there are none.</summary>
    public T? ReadResult<T>(JsonTypeInfo<T> type)
        where T : class => Read(Result, type);

    /// <summary>What was decided, in a step's own form; null where that is still to be done.</summary>
    public T? ReadDecision<T>(JsonTypeInfo<T> type)
        where T : class => Read(Decision, type);

    /// <summary>Notes what was decided.</summary>
    public void Decided<T>(T decision, JsonTypeInfo<T> type) => Write(Decision, decision, type);

    /// <summary>What was written of a shard; null where that is still to be done, or isn't what is there.</summary>
    /// <param name="shard">Which.</param>
    /// <param name="settings">What decides it, as a hash.</param>
    /// <param name="check">Whether the file is read to see that it is what was written.</param>
    public KeptMarker? WrittenFor(Shard shard, string settings, bool check = true) =>
        Read(MarkerOf(shard), CurationJson.Readable.KeptMarker) is { } marker && marker.Settings == settings && File.Exists(Kept(shard)) && (!check || HashOf(Kept(shard)) == marker.Output) ? marker : null;

    /// <summary>Notes what was written of a shard.</summary>
    public void Written(Shard shard, KeptMarker marker) => Write(MarkerOf(shard), marker, CurationJson.Readable.KeptMarker);

    /// <summary>Writes the totals and removes folders that are of use no longer.</summary>
    public void End<T>(T result, JsonTypeInfo<T> type, params ReadOnlySpan<string> folders)
    {
        Write(Result, result, type);
        foreach (var folder in folders)
        {
            if (Directory.Exists(Path.Combine(Work, folder)))
            {
                Directory.Delete(Path.Combine(Work, folder), recursive: true);
            }
        }
    }

    /// <summary>Writes a marker, its folder too.</summary>
    public static void Write<T>(string file, T value, JsonTypeInfo<T> type)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        DataFile.WriteAtomically(file, stream => JsonSerializer.Serialize(stream, value, type));
    }

    /// <summary>Reads a marker; null where there is none that is whole.</summary>
    public static T? Read<T>(string file, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllBytes(file), type) : null;
        }
        catch (JsonException)
        {
            // Not one of ours: made anew.
            return null;
        }
    }

    /// <summary>What a marker says of a shard; null where it is of other settings, where the shard has changed since, or where a file that it speaks of isn't there.</summary>
    public static T? Known<T>(string marker, JsonTypeInfo<T> type, string settings, Shard shard, CancellationToken stop, params ReadOnlySpan<string> files)
        where T : class, IShardMarker
    {
        var known = Read(marker, type);
        foreach (var file in files)
        {
            known = File.Exists(file) ? known : null;
        }

        return known?.Settings == settings && known.Content == ShardContent.Hash(shard, stop) ? known : null;
    }

    private string MarkerOf(Shard shard) => Path.Combine(Work, "written", shard.OutputName + ".json");

    /// <summary>A hash of a file's content.</summary>
    public static string HashOf(string file)
    {
        var hash = new XxHash128();
        using var stream = File.OpenRead(file);
        hash.Append(stream);
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }
}

/// <summary>That something was made of a shard.</summary>
internal interface IShardMarker
{
    /// <summary>What decides it, as a hash.</summary>
    string Settings { get; }

    /// <summary>A hash of the shard's files.</summary>
    string Content { get; }
}

/// <summary>What a folder was begun with.</summary>
/// <param name="Step">The step's name.</param>
/// <param name="Hash">Of the settings.</param>
/// <param name="Settings">What they are, for whoever looks.</param>
internal sealed record FolderSettings(string Step, string Hash, JsonElement Settings);

/// <summary>That what is kept of a shard has been written.</summary>
/// <param name="Settings">What decides it, as a hash: settings, and what the shards hold.</param>
/// <param name="Content">A hash of the shard's files.</param>
/// <param name="Documents">How many it has.</param>
/// <param name="Kept">How many stayed.</param>
/// <param name="Output">A hash of what was written.</param>
/// <param name="Sources">What each source lost.</param>
internal sealed record KeptMarker(string Settings, string Content, long Documents, long Kept, string Output, IReadOnlyList<SourceLoss> Sources);
