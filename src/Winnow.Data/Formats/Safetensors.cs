using Winnow.Checkpoints;

namespace Winnow.Data.Formats;

/// <summary>
/// Plain safetensors files: named arrays and nothing that runs, as PyTorch's world exchanges weights. Their header is the one that checkpoints have; what is
/// said there is believed only once it agrees with itself and with the file.
/// </summary>
public static class Safetensors
{
    private const string Remedy = "The file is damaged or was cut off; fetch it or write it again.";

    /// <summary>Reads a whole file into memory.</summary>
    /// <param name="stream">Read from its beginning to its end, stays open.</param>
    /// <param name="name">The file's name for messages.</param>
    /// <exception cref="DataFormatException">
    /// Any damage, with its offset and its array. Memory stays in proportion to what the stream really holds, and an array has at most 2^31 bytes.
    /// </exception>
    public static SafetensorsContent Read(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);

        // Never unpacked: a header's length may begin like gzip.
        using var source = ByteSource.Open(stream, name, allowGzip: false);
        var content = new SafetensorsContent();
        foreach (var entry in ReadHeader(source, content.Metadata).Entries)
        {
            content.Arrays.Add(ReadArray(source, entry));
        }

        source.ExpectEnd("the last array");
        return content;
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataAccessException">It can't be opened or read.</exception>
    /// <exception cref="DataFormatException">Any damage, with its offset and its array.</exception>
    public static SafetensorsContent Read(string path)
    {
        using var stream = DataFile.OpenRead(path);
        return Read(stream, path);
    }

    /// <summary>Writes a file. The same content gives the same bytes.</summary>
    /// <param name="stream">Written from where it is, stays open.</param>
    /// <param name="content">
    /// Texts and arrays. Arrays of longer elements come first, in their order otherwise, so that each begins at a multiple of its element's size.
    /// </param>
    /// <exception cref="ArgumentException">A name comes twice, or an array's bytes aren't those of its type and shape.</exception>
    public static void Write(Stream stream, SafetensorsContent content)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(content);
        var arrays = content.Arrays.OrderByDescending(static array => SafetensorsHeader.Size(array.Type)).ToList();
        if (arrays.Find(static array => array.Data.Length != SafetensorsHeader.Bytes(array.Type, array.Shape)) is { } wrong)
        {
            throw new ArgumentException($"\"{wrong.Name}\": {wrong.Data.Length} bytes aren't those of {wrong.Description}.", nameof(content));
        }

        stream.Write(SafetensorsHeader.Write(content.Metadata, arrays.Select(static array => (array.Name, array.Type, array.Shape))));
        foreach (var array in arrays)
        {
            stream.Write(array.Data.Span);
        }
    }

    private static SafetensorsHeader ReadHeader(ByteSource source, IList<KeyValuePair<string, string>> metadata)
    {
        var fileLength = source.Remaining;
        Span<byte> prefix = stackalloc byte[SafetensorsHeader.PrefixLength];
        var there = 0;
        while (there < prefix.Length && source.ReadSome(prefix[there..]) is > 0 and var more)
        {
            there += more;
        }

        try
        {
            var json = new GrowingBuffer();
            source.Read(json, SafetensorsHeader.JsonLength(prefix[..there], fileLength), "the header");
            var header = SafetensorsHeader.Parse(json.Written, source.Remaining);
            foreach (var text in header.Metadata)
            {
                metadata.Add(text);
            }

            return header;
        }
        catch (SafetensorsException error)
        {
            var remedy = error.Position == 0 && !error.Torn ? "This is another kind of file, or a damaged one; weights are read from safetensors and npz files." : Remedy;
            throw new DataFormatException(source.Name, error.Position, (error.Entry is null ? "" : $"for \"{error.Entry}\" ") + error.Expected, error.Found, remedy, error);
        }
    }

    private static SafetensorsArray ReadArray(ByteSource source, SafetensorsEntry entry)
    {
        var start = source.Offset;
        if (entry.Length > SampleSet.MaxBytes)
        {
            throw source.Error(start, $"for \"{entry.Name}\" at most {SampleSet.MaxBytes} bytes", $"{entry.Length} ({entry.Description})", "Larger arrays aren't read.");
        }

        var data = new GrowingBuffer();
        source.Read(data, entry.Length, $"\"{entry.Name}\" ({entry.Description})");
        if (entry.Type == "BOOL" && data.Written.IndexOfAnyExceptInRange((byte)0, (byte)1) is >= 0 and var at)
        {
            throw source.Error(start + at, $"for \"{entry.Name}\" ({entry.Description}) bytes of 0 or 1", $"{data.Written[at]}", Remedy);
        }

        return new SafetensorsArray(entry.Name, entry.Type, entry.Shape, data.WrittenMemory);
    }
}
