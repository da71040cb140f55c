using System.IO.Compression;
using System.Text;

namespace Winnow.Data.Formats;

/// <summary>
/// numpy's npz: a zip of npy arrays, here also with texts (a manifest). Entries are stored or deflated; their checksums are compared.
/// </summary>
public static class Npz
{
    // A manifest is a page, not a novel.
    private const int LongestText = 1 << 24;

    // The largest number of entries; every one costs the zip reader some hundred bytes.
    private const int MostEntries = 1 << 16;

    /// <summary>Reads a whole archive into memory.</summary>
    /// <param name="stream">A stream that can seek; stays open.</param>
    /// <param name="name">The file's name for messages.</param>
    /// <exception cref="DataFormatException">
    /// Any damage; the offset is that inside the entry where there is one, else the archive's length, where its directory ends.
    /// </exception>
    public static NpzContent Read(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanSeek)
        {
            throw new ArgumentException("An npz is read from a stream that can seek.", nameof(stream));
        }

        try
        {
            using var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true, Encoding.UTF8);
            if (archive.Entries.Count > MostEntries)
            {
                throw new DataFormatException(name, stream.Length, $"at most {MostEntries} entries", $"{archive.Entries.Count}");
            }

            return ReadEntries(archive, name);
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException or NotSupportedException or OverflowException
            or IOException or InvalidOperationException or IndexOutOfRangeException)
        {
            throw new DataFormatException(name, stream.Length, "an intact zip archive", "a damaged one or another kind of file",
                $"Write it again ({e.Message.TrimEnd('.')}).", e);
        }
    }

    /// <summary>Reads the archive of a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataAccessException">It can't be opened or read.</exception>
    /// <exception cref="DataFormatException">Any damage.</exception>
    public static NpzContent Read(string path)
    {
        using var stream = DataFile.OpenRead(path);
        return Read(stream, path);
    }

    /// <summary>Writes an archive.</summary>
    /// <param name="stream">Written from where it is, stays open.</param>
    /// <param name="content">Arrays and texts, in this order.</param>
    /// <param name="compress">Whether to deflate; default false, as numpy.savez does.</param>
    /// <remarks>The same content gives the same bytes: entries carry no time.</remarks>
    public static void Write(Stream stream, NpzContent content, bool compress = false)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(content);
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8);
        foreach ((var key, var array) in content.Arrays)
        {
            using var entry = NewEntry(archive, key + ".npy", compress).Open();
            Npy.Write(entry, array);
        }

        foreach ((var key, var text) in content.Texts)
        {
            using var entry = NewEntry(archive, key, compress).Open();
            entry.Write(Encoding.UTF8.GetBytes(text));
        }
    }

    /// <summary>Writes an archive into a file, whole or not at all; an existing file is replaced.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="content">Arrays and texts.</param>
    /// <param name="compress">Whether to deflate; default false.</param>
    /// <exception cref="DataAccessException">It can't be written.</exception>
    public static void Write(string path, NpzContent content, bool compress = false)
        => DataFile.WriteAtomically(path, stream => Write(stream, content, compress));

    /// <summary>Writes an archive into a file array by array, whole or not at all; an existing file is replaced.</summary>
    /// <exception cref="DataAccessException">It can't be written.</exception>
    internal static void Write(string path, Action<NpzWriter> write) => DataFile.WriteAtomically(path, stream =>
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8);
        write(new(archive));
    });

    internal static ZipArchiveEntry NewEntry(ZipArchive archive, string name, bool compress)
    {
        var entry = archive.CreateEntry(name, compress ? CompressionLevel.Optimal : CompressionLevel.NoCompression);
        entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero); // the earliest a zip can say
        return entry;
    }

    private static NpzContent ReadEntries(ZipArchive archive, string name)
    {
        var content = new NpzContent();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        long total = 0;
        foreach (var entry in archive.Entries)
        {
            var place = $"{name}/{entry.FullName}";
            if (!keys.Add(entry.FullName))
            {
                throw new DataFormatException(place, 0, "every name once", "a second entry of this name");
            }

            using var stream = CheckedZip.Open(entry, place);
            if (entry.FullName.EndsWith(".npy", StringComparison.Ordinal))
            {
                using var source = ByteSource.Open(stream, place, allowGzip: false);
                var array = Npy.Read(source);
                total += array.Data.Length;
                content.Arrays.Add(new(entry.FullName[..^4], array));
            }
            else
            {
                var text = ReadText(stream, place);
                total += text.Length;
                content.Texts.Add(new(entry.FullName, text));
            }

            if (total > SampleSet.MaxBytes)
            {
                throw new DataFormatException(place, 0, $"at most {SampleSet.MaxBytes} bytes in all entries", "more");
            }
        }

        return content;
    }

    private static string ReadText(Stream stream, string place)
    {
        using var source = ByteSource.Open(stream, place, allowGzip: false);
        var buffer = new GrowingBuffer();
        while (true)
        {
            var n = source.ReadSome(buffer.Space(LongestText + 1 - buffer.Length));
            if (n == 0)
            {
                break;
            }

            buffer.Advance(n);
            if (buffer.Length > LongestText)
            {
                throw source.Error(LongestText, $"a text of at most {LongestText} bytes", "more");
            }
        }

        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(buffer.Written);
        }
        catch (DecoderFallbackException e)
        {
            throw new DataFormatException(place, e.Index, "UTF-8 text", "other bytes", inner: e);
        }
    }
}
