using System.Text.Json;

namespace Winnow.Checkpoints;

/// <summary>Reads the JSON text of a safetensors header token by token, so that every error has its place.</summary>
internal static class SafetensorsParser
{
    private static readonly JsonReaderOptions s_options = new() { MaxDepth = 4 };

    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long dataLength)
    {
        var metadata = new List<KeyValuePair<string, string>>();
        var found = new List<(SafetensorsEntry Entry, long Position)>();
        var reader = new Utf8JsonReader(json, s_options);
        try
        {
            Read(ref reader, metadata, found);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Not JSON, or a text that isn't Unicode.
            throw new SafetensorsException(null, Place(reader), "a header of valid JSON", error.Message.TrimEnd('.'), error);
        }

        // Files by other writers may name arrays in another order than their bytes have.
        found.Sort(static (a, b) => (a.Entry.Start, a.Entry.Start + a.Entry.Length).CompareTo((b.Entry.Start, b.Entry.Start + b.Entry.Length)));
        CheckPlaces(found, dataLength, SafetensorsHeader.PrefixLength + json.Length);
        return new SafetensorsHeader(metadata, found.ConvertAll(static pair => pair.Entry));
    }

    private static void Read(ref Utf8JsonReader reader, List<KeyValuePair<string, string>> metadata, List<(SafetensorsEntry Entry, long Position)> entries)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject || reader.TokenStartIndex != 0)
        {
            throw Wrong(ref reader, null, "a header that begins with {");
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var (name, position) = (reader.GetString()!, Place(reader));
            if (!names.Add(name))
            {
                throw new SafetensorsException(name, position, "every name once", "a second entry of this name");
            }

            reader.Read();
            if (name == SafetensorsHeader.MetadataName)
            {
                ReadMetadata(ref reader, metadata);
            }
            else
            {
                entries.Add((ReadEntry(ref reader, name), position));
            }
        }

        // Blanks may follow, and nothing else: that is the reader's own rule.
        reader.Read();
    }

    private static void ReadMetadata(ref Utf8JsonReader reader, List<KeyValuePair<string, string>> metadata)
    {
        const string Name = SafetensorsHeader.MetadataName;
        Expect(ref reader, JsonTokenType.StartObject, Name, "texts by name, {…}");
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var (name, position) = (reader.GetString()!, Place(reader));
            if (!names.Add(name))
            {
                throw new SafetensorsException(Name, position, "every name once", $"\"{name}\" a second time");
            }

            reader.Read();
            Expect(ref reader, JsonTokenType.String, Name, $"a text for \"{name}\"");
            metadata.Add(new(name, reader.GetString()!));
        }
    }

    private static SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        var position = Place(reader);
        Expect(ref reader, JsonTokenType.StartObject, name, "dtype, shape and data_offsets, {…}");
        string? type = null;
        List<long>? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var (field, at) = (reader.GetString()!, Place(reader));
            reader.Read();
            if (field == "dtype" && type is null)
            {
                Expect(ref reader, JsonTokenType.String, name, "dtype, a text");
                type = reader.GetString()!;
                if (SafetensorsHeader.Size(type) == 0)
                {
                    throw new SafetensorsException(name, at, "dtype F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8 or BOOL", $"\"{Shortened(type)}\"");
                }
            }
            else if (field == "shape" && shape is null)
            {
                shape = ReadNumbers(ref reader, name, "shape");
            }
            else if (field == "data_offsets" && offsets is null)
            {
                offsets = ReadNumbers(ref reader, name, "data_offsets");
            }
            else
            {
                throw new SafetensorsException(name, at, "dtype, shape and data_offsets, each once, and nothing else", $"\"{Shortened(field)}\"");
            }
        }

        if (type is null || shape is null || offsets is not [var start, var end])
        {
            var missing = type is null ? "no dtype" : shape is null ? "no shape" : offsets is null ? "no data_offsets" : $"data_offsets with {offsets.Count} numbers";
            throw new SafetensorsException(name, position, "dtype, shape and data_offsets of two numbers", missing);
        }

        var bytes = SafetensorsHeader.Bytes(type, shape);
        return end >= start && end - start == bytes
            ? new SafetensorsEntry(name, type, shape, start, bytes)
            : throw new SafetensorsException(name, position, $"data_offsets as far apart as {SafetensorsHeader.Describe(type, shape)} has bytes ({(bytes < 0 ? "more than a file can have" : bytes)})",
                $"[{start}, {end}]");
    }

    private static List<long> ReadNumbers(ref Utf8JsonReader reader, string name, string field)
    {
        Expect(ref reader, JsonTokenType.StartArray, name, $"{field}, a list of numbers");
        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0)
            {
                throw Wrong(ref reader, name, $"{field} of whole numbers from 0 to {long.MaxValue}");
            }

            numbers.Add(number);
        }

        return numbers;
    }

    private static void CheckPlaces(List<(SafetensorsEntry Entry, long Position)> entries, long dataLength, long headerLength)
    {
        long end = 0;
        SafetensorsEntry? before = null;
        foreach (var (entry, position) in entries)
        {
            if (entry.Start != end)
            {
                throw new SafetensorsException(entry.Name, position, before is null ? "the first array at 0" : $"its bytes where those of \"{before.Name}\" end, at {end}",
                    $"{(entry.Start > end ? "a gap" : "an overlap")}: they begin at {entry.Start}");
            }

            // Both are at most long.MaxValue, and the check of the offsets has added them already.
            (end, before) = (entry.Start + entry.Length, entry);
        }

        if (dataLength < 0)
        {
            return;
        }

        foreach (var (entry, _) in entries)
        {
            if (entry.Start + entry.Length > dataLength)
            {
                var (needed, there) = (headerLength + entry.Start + entry.Length, headerLength + dataLength);
                throw new SafetensorsException(entry.Name, there, $"its {entry.Description} up to byte {needed}", $"the end of the file at byte {there}") { Torn = true };
            }
        }

        if (end < dataLength)
        {
            throw new SafetensorsException(null, headerLength + end, "the end of the file after the last array", $"{dataLength - end} more bytes");
        }
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type, string? entry, string expected)
    {
        if (reader.TokenType != type)
        {
            throw Wrong(ref reader, entry, expected);
        }
    }

    private static SafetensorsException Wrong(ref Utf8JsonReader reader, string? entry, string expected) =>
        new(entry, Place(reader), expected, reader.TokenType switch
        {
            JsonTokenType.StartObject => "{…}",
            JsonTokenType.StartArray => "[…]",
            JsonTokenType.None => "nothing",
            _ => Shortened(System.Text.Encoding.UTF8.GetString(reader.ValueSpan[..Math.Min(reader.ValueSpan.Length, 80)])),
        });

    private static long Place(in Utf8JsonReader reader) => SafetensorsHeader.PrefixLength + reader.TokenStartIndex;

    // What a file says of itself may be megabytes.
    private static string Shortened(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
