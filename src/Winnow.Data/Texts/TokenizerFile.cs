using System.Text.Encodings.Web;
using System.Text.Json;
using Winnow.Data.Formats;

namespace Winnow.Data.Texts;

/// <summary>
/// <c>tokenizer.json</c>, the file in which Hugging Face's libraries keep a tokenizer. Written whole; read where it is a byte-level byte-pair tokenizer with GPT-2's words, the kind that
/// <see cref="BytePairTokenizer"/> is. Another kind is refused by the name of the part that is different.
/// </summary>
public static class TokenizerFile
{
    /// <summary>What the file is called.</summary>
    public const string Name = "tokenizer.json";

    /// <summary>Writes a tokenizer. The same one gives the same bytes.</summary>
    /// <param name="stream">Stays open.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    public static void Write(Stream stream, BytePairTokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(tokenizer);
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        json.WriteStartArray("added_tokens");
        foreach (var (token, id) in tokenizer.Special.OrderBy(static entry => entry.Value))
        {
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteString("content", token);
            foreach (var (flag, value) in new[] { ("single_word", false), ("lstrip", false), ("rstrip", false), ("normalized", false), ("special", true) })
            {
                json.WriteBoolean(flag, value);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNull("normalizer");
        WriteByteLevel(json, "pre_tokenizer");
        WriteByteLevel(json, "post_processor");
        WriteByteLevel(json, "decoder");
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteNull("unk_token");
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", false);
        json.WriteBoolean("ignore_merges", false);
        json.WriteStartObject("vocab");
        foreach (var (token, id) in tokenizer.Vocabulary.Concat(tokenizer.Special).DistinctBy(static entry => entry.Key).OrderBy(static entry => entry.Value))
        {
            json.WriteNumber(token, id);
        }

        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (var (left, right) in tokenizer.MergeList)
        {
            json.WriteStringValue($"{left} {right}");
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Reads a tokenizer.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataException">It can't be read, is damaged, or is a tokenizer of another kind.</exception>
    public static BytePairTokenizer Read(string path)
    {
        using var stream = DataFile.OpenRead(path);
        return Read(stream, path);
    }

    /// <summary>Reads a tokenizer.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="path">Its name for messages.</param>
    /// <exception cref="DataException">It is damaged, or is a tokenizer of another kind.</exception>
    public static BytePairTokenizer Read(Stream stream, string path)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            using var document = JsonDocument.Parse(stream);
            return Read(document.RootElement, path);
        }
        catch (JsonException error)
        {
            throw new DataException($"{path}: no JSON, or damaged: {error.Message} Fetch it or write it again.", error);
        }
        catch (Exception error) when (error is InvalidOperationException or KeyNotFoundException or FormatException or IOException)
        {
            throw new DataException($"{path}: not what a {Name} holds: {error.Message} Fetch it or write it again.", error);
        }
    }

    private static BytePairTokenizer Read(JsonElement root, string path)
    {
        var model = root.GetProperty("model");
        Require(model.GetProperty("type").GetString() == "BPE", "model", $"of type {model.GetProperty("type")}, where BPE");
        Require(Is(model, "unk_token", null) && Is(model, "continuing_subword_prefix", null) && Is(model, "end_of_word_suffix", null) && Is(model, "byte_fallback", false) && Is(model, "dropout", null),
            "model", "one with an unknown token, prefixes, suffixes, byte fallback or dropout, where one of bytes alone");
        Require(Is(root, "normalizer", null), "normalizer", "given, where none");
        var words = root.GetProperty("pre_tokenizer");
        Require(
            words.ValueKind == JsonValueKind.Object && words.GetProperty("type").GetString() == "ByteLevel" && Is(words, "add_prefix_space", false) && Is(words, "use_regex", true),
            "pre_tokenizer", "another than ByteLevel without a space put before, where that");

        var special = new Dictionary<string, int>(StringComparer.Ordinal);
        if (root.TryGetProperty("added_tokens", out var added) && added.ValueKind == JsonValueKind.Array)
        {
            foreach (var token in added.EnumerateArray())
            {
                special[token.GetProperty("content").GetString()!] = token.GetProperty("id").GetInt32();
            }
        }

        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var token in model.GetProperty("vocab").EnumerateObject())
        {
            if (!special.ContainsKey(token.Name))
            {
                vocabulary[token.Name] = token.Value.GetInt32();
            }
        }

        Check(vocabulary, special, path);
        var merges = new List<(string Left, string Right)>();
        foreach (var merge in model.GetProperty("merges").EnumerateArray())
        {
            var parts = merge.ValueKind == JsonValueKind.String ? merge.GetString()!.Split(' ') : merge.EnumerateArray().Select(static part => part.GetString()!).ToArray();
            Require(parts.Length == 2 && vocabulary.ContainsKey(parts[0]) && vocabulary.ContainsKey(parts[1]) && vocabulary.ContainsKey(parts[0] + parts[1]),
                "merges", $"one of \"{string.Join(' ', parts)}\", where two tokens of the vocabulary that are one together");
            merges.Add((parts[0], parts[1]));
        }

        return new(vocabulary, merges, special);

        void Require(bool holds, string part, string found)
        {
            if (!holds)
            {
                throw new DataException($"{path}: its {part} is {found} is what can be read here: byte-level byte-pair tokenizers as GPT-2's.");
            }
        }

        static bool Is(JsonElement element, string name, bool? expected) => !element.TryGetProperty(name, out var value)
            ? expected != true || name == "use_regex"
            : value.ValueKind switch { JsonValueKind.Null => expected is null or false, JsonValueKind.True => expected == true, JsonValueKind.False => expected == false, JsonValueKind.String => expected is null && value.GetString()!.Length == 0, _ => false };
    }

    /// <summary>Every byte has a token, and no two tokens one number.</summary>
    private static void Check(Dictionary<string, int> vocabulary, Dictionary<string, int> special, string path)
    {
        var most = (vocabulary.Count + special.Count) * 2L;
        var names = new Dictionary<int, string>();
        foreach (var (token, id) in vocabulary.Concat(special))
        {
            if (id < 0 || id > most)
            {
                throw new DataException($"{path}: the token \"{token}\" has the number {id}, and there are {vocabulary.Count + special.Count}; the file is damaged.");
            }

            if (!names.TryAdd(id, token))
            {
                throw new DataException($"{path}: the tokens \"{names[id]}\" and \"{token}\" have the same number {id}; the file is damaged.");
            }
        }

        for (var value = 0; value < 256; value++)
        {
            if (!vocabulary.ContainsKey(ByteAlphabet.Of((byte)value).ToString()))
            {
                throw new DataException($"{path}: its vocabulary has no token for the byte {value}, so that not every text can be written; byte-level tokenizers have all 256.");
            }
        }
    }

    private static void WriteByteLevel(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject(name);
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", true);
        json.WriteEndObject();
    }
}
