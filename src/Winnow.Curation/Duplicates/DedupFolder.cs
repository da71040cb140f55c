using System.IO.Hashing;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Winnow.Curation.Documents;
using Winnow.Data;
using Winnow.Data.Formats;

namespace Winnow.Curation.Duplicates;

/// <summary>
/// The folder that duplicates are removed into: <c>kept/</c> with the records that stay, at the places of their inputs; <c>removed.jsonl</c> with the evidence; <c>dedup.json</c> with the totals. Until it is
/// done <c>.winnow/</c> holds signatures and markers, from which a run that was interrupted goes on; the markers stay.
/// </summary>
internal sealed class DedupFolder(string path)
{
    private string Work => Path.Combine(path, ".winnow");

    /// <summary>Why each document went.</summary>
    public string Removed => Path.Combine(path, "removed.jsonl");

    /// <summary>The totals.</summary>
    public string Result => Path.Combine(path, "dedup.json");

    /// <summary>Texts that pairs are verified on, while they are.</summary>
    public string Texts => Path.Combine(Work, "texts.bin");

    /// <summary>The signatures of a shard.</summary>
    public string Signatures(Shard shard, bool reference) => Path.Combine(Work, reference ? "signatures-against" : "signatures", shard.Name + ".sig");

    /// <summary>What is kept of a shard.</summary>
    public string Kept(Shard shard) => Path.Combine(path, "kept", shard.OutputName);

    /// <summary>A bit a document of the inputs: whether it goes.</summary>
    public string RemovedBits => Path.Combine(Work, "removed.bits");

    private string Settings => Path.Combine(Work, "settings.json");

    private string Decision => Path.Combine(Work, "decision.json");

    /// <summary>Makes the folder, or takes one that was begun with the same settings.</summary>
    /// <exception cref="CurationException">It holds something else.</exception>
    public void Open(FolderSettings settings)
    {
        if (Read(Settings, CurationJson.Default.FolderSettings) is { } begun)
        {
            if (begun.Hash != settings.Hash)
            {
                throw new CurationException($"{path}: was begun with other settings; give those again to go on, or another folder. Its settings.json in .winnow says which.");
            }
        }
        else if (Directory.Exists(path) && Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Any(static file => !file.EndsWith(".tmp", StringComparison.Ordinal)))
        {
            throw new CurationException($"{path}: holds other files; give a folder that is empty or doesn't exist yet.");
        }

        try
        {
            Directory.CreateDirectory(Work);
            AtomicFile.RemoveLeftovers(path);
            Write(Settings, settings, CurationJson.Default.FolderSettings);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataAccessException(path, $"can't be written: {error.Message}", error);
        }
    }

    /// <summary>The totals of a run that is complete; null where there are none.</summary>
    public DedupResult? ReadResult() => Read(Result, CurationJson.Default.DedupResult);

    /// <summary>What was decided; null where that is still to be done, or was done for other inputs.</summary>
    public DecisionMarker? DecisionFor(string settings) => Read(Decision, CurationJson.Default.DecisionMarker) is { } marker && marker.Settings == settings ? marker : null;

    /// <summary>Notes what was decided.</summary>
    public void Decided(DecisionMarker marker) => Write(Decision, marker, CurationJson.Default.DecisionMarker);

    /// <summary>What was written of a shard; null where that is still to be done, or isn't what is there.</summary>
    public FilterMarker? WrittenFor(Shard shard, string settings) =>
        Read(MarkerOf(shard), CurationJson.Default.FilterMarker) is { } marker && marker.Settings == settings && File.Exists(Kept(shard)) && HashOf(Kept(shard)) == marker.Output ? marker : null;

    /// <summary>Notes what was written of a shard.</summary>
    public void Written(Shard shard, FilterMarker marker)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(MarkerOf(shard))!);
        Write(MarkerOf(shard), marker, CurationJson.Default.FilterMarker);
    }

    /// <summary>Writes the totals and removes what is of use no longer.</summary>
    public void End(DedupResult result)
    {
        Write(Result, result, CurationJson.Default.DedupResult);
        foreach (var folder in (string[])["signatures", "signatures-against"])
        {
            if (Directory.Exists(Path.Combine(Work, folder)))
            {
                Directory.Delete(Path.Combine(Work, folder), recursive: true);
            }
        }
    }

    private string MarkerOf(Shard shard) => Path.Combine(Work, "written", shard.OutputName + ".json");

    private static string HashOf(string file)
    {
        var hash = new XxHash128();
        using var stream = File.OpenRead(file);
        hash.Append(stream);
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    private static void Write<T>(string file, T value, JsonTypeInfo<T> type) => DataFile.WriteAtomically(file, stream => JsonSerializer.Serialize(stream, value, type));

    private static T? Read<T>(string file, JsonTypeInfo<T> type)
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
}

/// <summary>What a folder was begun with.</summary>
/// <param name="Hash">Of the settings.</param>
/// <param name="Settings">What they are, for whoever looks.</param>
internal sealed record FolderSettings(string Hash, SearchSettings Settings);
