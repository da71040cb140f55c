using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Winnow.Data;
using Winnow.Data.Formats;

namespace Winnow.Embedding;

/// <summary>
/// A file of embeddings: an npy of n rows of d 32-bit floats, and an <see cref="EmbeddingInfo"/> as JSON beside it (of <c>e.npy</c> that is <c>e.json</c>). Rows are written as they come, so that there may
/// be more of them than memory holds.
/// </summary>
public static class EmbeddingFile
{
    private const string Ending = ".npy";

    /// <summary>The file beside the rows that says what they are.</summary>
    /// <param name="path">The file of rows; ends in <c>.npy</c>.</param>
    /// <exception cref="DataException">It ends in something else.</exception>
    public static string InfoPath(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return path.EndsWith(Ending, StringComparison.Ordinal) && path.Length > Ending.Length ? Path.ChangeExtension(path, ".json")
            : throw new DataException($"{path}: doesn't end in {Ending}, as a file of embeddings does; e.g. embeddings{Ending}.");
    }

    /// <summary>
    /// Computes and writes all rows. Either both files are there in the end, whole, or neither is touched but for one thing: an older description goes before the rows that it isn't of.
    /// </summary>
    /// <param name="path">The file of rows; ends in <c>.npy</c>, and its folder exists. Embeddings that are there are replaced, anything else is refused.</param>
    /// <param name="rows">What to write.</param>
    /// <param name="info">What is known of it; counts, checksum and time are filled in.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="progress">Is told after each window of rows; null for nobody.</param>
    /// <param name="stop">Ends it, and nothing is left.</param>
    /// <returns>What was written beside the rows.</returns>
    /// <exception cref="DataException">A row has a number that is NaN or infinite, or samples can't be read.</exception>
    /// <exception cref="DataAccessException">The folder isn't there, or the path is a folder.</exception>
    /// <exception cref="IOException">The files can't be written: no room, no permission.</exception>
    /// <exception cref="OperationCanceledException">It was to stop.</exception>
    public static EmbeddingInfo Write(string path, EmbeddingRows rows, EmbeddingInfo info, TimeProvider? time = null, Action<EmbeddingProgress>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(info);
        CheckPath(path);
        var beside = InfoPath(path);
        CheckRoom(path, (long)rows.Count * rows.Dimensions * sizeof(float));
        time ??= TimeProvider.System;
        var begin = time.GetTimestamp();
        try
        {
            var hash = "";
            AtomicFile.Write(path, stream =>
            {
                hash = WriteRows(stream, rows, progress, stop);
                File.Delete(beside);
            });
            info = info with { N = rows.Count, D = rows.Dimensions, Sha256 = hash, Seconds = Math.Round(time.GetElapsedTime(begin).TotalSeconds, 3) };
            Describe(path, beside, info);
            return info;
        }
        catch (Exception error) when (error is UnauthorizedAccessException or (IOException and not ModelUnavailableException))
        {
            throw new IOException($"the embeddings can't be written to {path}: {error.Message.TrimEnd('.')}. Make room or choose another place.", error);
        }
    }

    /// <summary>Reads what stands beside a file of embeddings.</summary>
    /// <param name="path">The file of rows.</param>
    /// <exception cref="DataException">There is no such description, or it is something else.</exception>
    public static EmbeddingInfo ReadInfo(string path)
    {
        var beside = InfoPath(path);
        try
        {
            using var stream = File.OpenRead(beside);
            var info = JsonSerializer.Deserialize(stream, EmbeddingJson.Default.EmbeddingInfo);
            return info is { Format: EmbeddingInfo.FormatName } ? info : throw new DataException($"{beside}: isn't a description of embeddings of this version ({EmbeddingInfo.FormatName}); embed again.");
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new DataException($"{beside}: isn't a description of embeddings: {error.Message.Split(" Path: ")[0].TrimEnd('.')}. Embed again.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataAccessException(beside, $"can't be read: {error.Message.TrimEnd('.')}.", error);
        }
    }

    /// <summary>How a description is written as JSON.</summary>
    public static JsonTypeInfo<EmbeddingInfo> InfoType => EmbeddingJson.Default.EmbeddingInfo;

    /// <summary>SHA-256 of labels as <see cref="EmbeddingInfo.LabelsSha256"/> has it.</summary>
    /// <param name="labels">The labels in the order of the rows.</param>
    public static string HashLabels(ReadOnlySpan<int> labels) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(labels)));

    /// <summary>Refuses a place where the two files can't be, before anything is computed.</summary>
    /// <param name="path">The file of rows.</param>
    /// <exception cref="DataException">
    /// It doesn't end in <c>.npy</c>, is a folder, lies in one that isn't there, or something is there that isn't embeddings: samples perhaps, or the manifest of a network.
    /// </exception>
    public static void CheckPath(string path)
    {
        var beside = InfoPath(path);
        CheckPlace(path);
        CheckPlace(beside);
        if (!File.Exists(path) && !File.Exists(beside))
        {
            return;
        }

        try
        {
            _ = ReadInfo(path);
        }
        catch (DataException error)
        {
            throw new DataException($"{(File.Exists(path) ? path : beside)}: is there already and isn't embeddings of Winnow by what stands in {beside}; give another name, or remove it.", error);
        }
    }

    private static void CheckPlace(string path)
    {
        if (Directory.Exists(path))
        {
            throw new DataAccessException(path, "is a folder; give the name of a file.");
        }

        if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))))
        {
            throw new DataAccessException(path, "its folder doesn't exist; create it first.");
        }
    }

    // Rows that nobody can tell the origin of are of no use.
    private static void Describe(string path, string beside, EmbeddingInfo info)
    {
        try
        {
            AtomicFile.Write(beside, stream =>
            {
                JsonSerializer.Serialize(stream, info, EmbeddingJson.Default.EmbeddingInfo);
                stream.Write("\n"u8);
            });
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    // A full disk is better found now than after hours. Where the system doesn't tell, writing will.
    private static void CheckRoom(string path, long bytes)
    {
        long free;
        try
        {
            free = new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(path))!).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return;
        }

        if (free < bytes)
        {
            throw new IOException(FormattableString.Invariant($"the embeddings can't be written to {path}: they take {bytes:N0} bytes, and {free:N0} are free there. Make room or choose another place."));
        }
    }

    private static string WriteRows(Stream stream, EmbeddingRows rows, Action<EmbeddingProgress>? progress, CancellationToken stop)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using (var header = new MemoryStream())
        {
            Npy.WriteHeader(header, NpyType.Float32, rows.Count, rows.Dimensions);
            Put(header.GetBuffer().AsSpan(0, (int)header.Length));
        }

        var room = new float[Math.Min(rows.Window, rows.Count) * rows.Dimensions];
        for (var done = 0; done < rows.Count;)
        {
            stop.ThrowIfCancellationRequested();
            var window = room.AsSpan(0, Math.Min(rows.Window, rows.Count - done) * rows.Dimensions);
            rows.Next(window);
            CheckFinite(window, rows.Dimensions, done);
            Put(MemoryMarshal.AsBytes(window));
            done += window.Length / rows.Dimensions;
            progress?.Invoke(new(done, rows.Count));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Put(ReadOnlySpan<byte> bytes)
        {
            hash.AppendData(bytes);
            stream.Write(bytes);
        }
    }

    private static void CheckFinite(ReadOnlySpan<float> window, int dimensions, int first)
    {
        for (var k = 0; k < window.Length; k++)
        {
            if (!float.IsFinite(window[k]))
            {
                throw new DataException(FormattableString.Invariant(
                    $"row {first + (k / dimensions)}: the network gives {window[k]} as number {k % dimensions} of {dimensions}. Look at that sample; where it is as it should be, scale, mean and std of the manifest don't suit the network."));
            }
        }
    }
}
