using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Winnow.Checkpoints;

/// <summary>
/// The header of a safetensors file: eight bytes with the length of a JSON text (little-endian), then that text, which names the arrays whose bytes follow
/// without gaps. Checkpoints and plain files share it.
/// </summary>
public sealed class SafetensorsHeader
{
    /// <summary>Bytes before the JSON text: its length.</summary>
    public const int PrefixLength = 8;

    /// <summary>As much JSON as the format allows, in bytes.</summary>
    public const int LargestJson = 100_000_000;

    /// <summary>The name under which the format keeps texts about the file.</summary>
    public const string MetadataName = "__metadata__";

    internal SafetensorsHeader(IReadOnlyList<KeyValuePair<string, string>> metadata, IReadOnlyList<SafetensorsEntry> entries) => (Metadata, Entries) = (metadata, entries);

    /// <summary>Texts about the file by name, in the order of the header.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Metadata { get; }

    /// <summary>The arrays in the order of their bytes.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    /// <summary>Bytes of an element; 0 for a type that isn't known here.</summary>
    /// <param name="type">As the format writes it: <c>F64</c>, <c>F32</c>, <c>F16</c>, <c>BF16</c>, <c>I64</c>, <c>I32</c>, <c>I16</c>, <c>I8</c>, the same with <c>U</c>, or <c>BOOL</c>.</param>
    public static int Size(string type) => type switch
    {
        "F64" or "I64" or "U64" => 8,
        "F32" or "I32" or "U32" => 4,
        "F16" or "BF16" or "I16" or "U16" => 2,
        "I8" or "U8" or "BOOL" => 1,
        _ => 0,
    };

    /// <summary>Type and shape for a message, such as <c>F32[3, 4]</c>.</summary>
    /// <param name="type">The element type.</param>
    /// <param name="shape">The sizes of the dimensions.</param>
    public static string Describe(string type, IEnumerable<long> shape) => $"{type}[{string.Join(", ", shape)}]";

    /// <summary>Bytes of an array; -1 where no file could have so many, or a size is below 0.</summary>
    /// <param name="type">A known element type.</param>
    /// <param name="shape">The sizes of its dimensions.</param>
    public static long Bytes(string type, IReadOnlyList<long> shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        Int128 bytes = Size(type);
        foreach (var size in shape)
        {
            bytes *= size;
            if (size < 0 || bytes > long.MaxValue)
            {
                return -1;
            }
        }

        return (long)bytes;
    }

    /// <summary>The length of the JSON text that a file begins with; nothing is allocated for one that can't be true.</summary>
    /// <param name="prefix">The file's first bytes, fewer than <see cref="PrefixLength"/> where it has no more.</param>
    /// <param name="fileLength">The file's length in bytes; below 0 where only reading tells.</param>
    /// <exception cref="SafetensorsException">The file is too short for it, or no header has such a length.</exception>
    public static int JsonLength(ReadOnlySpan<byte> prefix, long fileLength)
    {
        if (prefix.Length < PrefixLength)
        {
            throw new SafetensorsException(null, 0, $"{PrefixLength} bytes with the header's length", $"a file of {prefix.Length} bytes") { Torn = true };
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length is < 2 or > LargestJson)
        {
            throw new SafetensorsException(null, 0, $"a header of 2 to {LargestJson} bytes", $"one that would be {length} bytes long");
        }

        return fileLength < 0 || (long)length <= fileLength - PrefixLength
            ? (int)length
            : throw new SafetensorsException(null, PrefixLength, $"a header of {length} bytes", $"{fileLength - PrefixLength} up to the end of the file") { Torn = true };
    }

    /// <summary>Reads the JSON text and compares all it says with itself and with the file's length.</summary>
    /// <param name="json">The text, without the length before it.</param>
    /// <param name="dataLength">Bytes of the file behind it; below 0 where only reading tells.</param>
    /// <exception cref="SafetensorsException">
    /// No JSON, an unknown type, a shape or offsets that contradict each other, gaps, overlaps, a name that comes twice, or a file that is longer or shorter than they say.
    /// </exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long dataLength) => SafetensorsParser.Parse(json, dataLength);

    /// <summary>Writes a header: length, JSON text, and blanks up to a multiple of eight, so that an array of any type may come first.</summary>
    /// <param name="metadata">Texts about the file; none leaves that part out.</param>
    /// <param name="arrays">Name, type and shape of each array, in the order of their bytes.</param>
    /// <exception cref="ArgumentException">A name comes twice or is the metadata's, or a type or a shape is none.</exception>
    public static byte[] Write(IEnumerable<KeyValuePair<string, string>> metadata, IEnumerable<(string Name, string Type, IReadOnlyList<long> Shape)> arrays)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(arrays);
        using var text = new MemoryStream();
        text.Write(stackalloc byte[PrefixLength]);

        // Names and texts stay as they are written; a file is no web page.
        using (var json = new Utf8JsonWriter(text, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            WriteMetadata(json, metadata);
            var names = new HashSet<string>(StringComparer.Ordinal) { MetadataName };
            long at = 0;
            foreach (var (name, type, shape) in arrays)
            {
                if (!names.Add(name))
                {
                    throw new ArgumentException($"the array \"{name}\" is given twice, or has the metadata's name; names must differ.", nameof(arrays));
                }

                WriteEntry(json, name, type, shape, ref at);
            }

            json.WriteEndObject();
        }

        while (text.Length % PrefixLength != 0)
        {
            text.WriteByte((byte)' ');
        }

        var header = text.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(header, header.Length - PrefixLength);
        return header;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, string>> metadata)
    {
        var any = false;
        foreach (var (name, value) in metadata)
        {
            if (!any)
            {
                json.WriteStartObject(MetadataName);
                any = true;
            }

            json.WriteString(name, value);
        }

        if (any)
        {
            json.WriteEndObject();
        }
    }

    private static void WriteEntry(Utf8JsonWriter json, string name, string type, IReadOnlyList<long> shape, ref long at)
    {
        var length = Bytes(type, shape);
        if (Size(type) == 0 || length < 0)
        {
            throw new ArgumentException($"\"{name}\" can't be {Describe(type, shape)}: use a type of the format, and sizes of at least 0 that a file can hold.", nameof(shape));
        }

        json.WriteStartObject(name);
        json.WriteString("dtype", type);
        json.WriteStartArray("shape");
        foreach (var size in shape)
        {
            json.WriteNumberValue(size);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(at);
        json.WriteNumberValue(at = checked(at + length));
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
