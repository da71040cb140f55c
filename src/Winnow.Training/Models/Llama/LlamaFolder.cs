using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Winnow.Data;
using Winnow.Data.Formats;
using Winnow.Data.Texts;

namespace Winnow.Training.Models.Llama;

/// <summary>
/// A language model as Hugging Face's libraries keep it: <c>config.json</c>, <c>tokenizer.json</c>, and its weights in <c>model.safetensors</c> or in several files that
/// <c>model.safetensors.index.json</c> names.
/// </summary>
internal sealed class LlamaFolder
{
    /// <summary>What the files of weights are called.</summary>
    public const string WeightsName = "model.safetensors", IndexName = "model.safetensors.index.json", TokenizerConfigName = "tokenizer_config.json";

    private LlamaFolder(string path, LlamaConfig config, BytePairTokenizer tokenizer, IReadOnlyList<WeightArray> weights) => (Path, Config, Tokenizer, Weights) = (path, config, tokenizer, weights);

    /// <summary>Where it lies.</summary>
    public string Path { get; }

    /// <summary>The shape.</summary>
    public LlamaConfig Config { get; }

    /// <summary>The tokenizer.</summary>
    public BytePairTokenizer Tokenizer { get; }

    /// <summary>The weights, in float32.</summary>
    public IReadOnlyList<WeightArray> Weights { get; }

    /// <summary>What a folder is now, by the content of the files that are read.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="DataException">A file isn't there or can't be read.</exception>
    public static FileIdentity IdentityOf(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new DataAccessException(folder, File.Exists(folder)
                ? $"is a file where the folder of a language model is needed, with {LlamaConfigFile.Name}, {TokenizerFile.Name} and {WeightsName}."
                : "there is no such folder.");
        }

        var text = new StringBuilder();
        foreach (var name in new[] { LlamaConfigFile.Name, TokenizerFile.Name }.Concat(WeightFiles(folder)))
        {
            text.Append(name).Append(' ').Append(FileIdentity.Of(System.IO.Path.Combine(folder, name)).Sha256).Append('\n');
        }

        return new(System.IO.Path.GetFullPath(folder), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()))));
    }

    /// <summary>Reads a folder, if it still is what it was.</summary>
    /// <exception cref="DataException">A file isn't there, is damaged, or of another kind; or they don't belong together.</exception>
    /// <exception cref="RecipeException">A file has another content now.</exception>
    public static LlamaFolder Read(FileIdentity identity)
    {
        var folder = identity.Path;
        var found = IdentityOf(folder);
        if (found.Sha256 != identity.Sha256)
        {
            throw new RecipeException($"{folder} isn't the model that the run was begun with: the SHA-256 over its files was {identity.Sha256} and is {found.Sha256}. Put that one there again, or begin a new run.");
        }

        LlamaConfig config;
        using (var stream = File.OpenRead(System.IO.Path.Combine(folder, LlamaConfigFile.Name)))
        {
            config = LlamaConfigFile.Read(stream, System.IO.Path.Combine(folder, LlamaConfigFile.Name));
        }

        var tokenizer = TokenizerFile.Read(System.IO.Path.Combine(folder, TokenizerFile.Name));
        if (tokenizer.Size > config.VocabularySize)
        {
            throw new DataException($"{folder}: {TokenizerFile.Name} has {tokenizer.Size} tokens, and by {LlamaConfigFile.Name} the network knows {config.VocabularySize}; they don't belong together.");
        }

        var weights = new List<WeightArray>();
        foreach (var name in WeightFiles(folder))
        {
            weights.AddRange(Safetensors.Read(System.IO.Path.Combine(folder, name)).Arrays.Where(array => !(config.TieEmbeddings && array.Name == "lm_head.weight")).Select(array => InFloat32(array, folder)));
        }

        return weights.CountBy(static weight => weight.Name).FirstOrDefault(static entry => entry.Value > 1) is { Key: { } twice }
            ? throw new DataException($"{folder}: \"{twice}\" is in two of the files of weights; fetch the folder again.")
            : new(folder, config, tokenizer, weights);
    }

    /// <summary>The files that a run leaves of a model: what the names of their paths end in, and how they are written.</summary>
    public static IReadOnlyList<(string Ending, Action<Stream, IReadOnlyList<WeightArray>> Write)> Forms(LlamaConfig config, BytePairTokenizer tokenizer) =>
    [
        ($"/{WeightsName}", WeightsFile.WriteSafetensors),
        ($"/{LlamaConfigFile.Name}", (stream, _) => LlamaConfigFile.Write(stream, config)),
        ($"/{TokenizerFile.Name}", (stream, _) => TokenizerFile.Write(stream, tokenizer)),
        ($"/{TokenizerConfigName}", (stream, _) => WriteTokenizerConfig(stream, config, tokenizer)),
    ];

    private static string[] WeightFiles(string folder)
    {
        var index = System.IO.Path.Combine(folder, IndexName);
        if (!File.Exists(index))
        {
            return [WeightsName];
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(index));
            string[] files = [.. document.RootElement.GetProperty("weight_map").EnumerateObject().Select(static entry => entry.Value.GetString()!).Distinct().Order(StringComparer.Ordinal)];
            return files.FirstOrDefault(static file => file is null || file != System.IO.Path.GetFileName(file)) is { } outside
                ? throw new DataException($"{index}: names \"{outside}\", which is no file of this folder.")
                : files;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{index}: can't be read, or isn't the list of a model's files: {error.Message} Fetch it again.", error);
        }
    }

    private static WeightArray InFloat32(SafetensorsArray array, string folder)
    {
        var values = array.Type switch
        {
            "F32" => MemoryMarshal.Cast<byte, float>(array.Data.Span).ToArray(),
            "F16" => Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(array.Data.Span).ToArray(), static value => (float)value),
            "BF16" => Array.ConvertAll(MemoryMarshal.Cast<byte, ushort>(array.Data.Span).ToArray(), static bits => BitConverter.UInt32BitsToSingle((uint)bits << 16)),
            _ => throw new DataException($"{folder}: \"{array.Name}\" is {array.Description}; weights of float32, float16 and bfloat16 are read."),
        };
        return Array.FindIndex(values, static value => !float.IsFinite(value)) is >= 0 and var at
            ? throw new DataException(FormattableString.Invariant($"{folder}: \"{array.Name}\" has {values[at]} at element {at}; a network with such weights computes nothing."))
            : new WeightArray(array.Name, array.Shape, "F32", MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
    }

    // What transformers' AutoTokenizer asks for beside the tokenizer itself.
    private static void WriteTokenizerConfig(Stream stream, LlamaConfig config, BytePairTokenizer tokenizer)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
        json.WriteString("bos_token", tokenizer.NameOf(config.BeginToken));
        json.WriteString("eos_token", tokenizer.NameOf(config.EndToken));
        json.WriteString("pad_token", tokenizer.NameOf(config.EndToken));
        json.WriteBoolean("clean_up_tokenization_spaces", false);
        json.WriteNumber("model_max_length", config.MaxPositions);
        json.WriteEndObject();
    }
}
