using System.Globalization;
using System.Text.Json;
using Winnow.Data;

namespace Winnow.Training.Models.Llama;

/// <summary>A shape as <c>config.json</c>, with the names that Hugging Face's LlamaConfig has.</summary>
internal static class LlamaConfigFile
{
    /// <summary>What the file is called.</summary>
    public const string Name = "config.json";

    private const int MostNumbers = 1 << 24;

    public static void Write(Stream stream, LlamaConfig config)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteStartArray("architectures");
        json.WriteStringValue("LlamaForCausalLM");
        json.WriteEndArray();
        json.WriteBoolean("attention_bias", false);
        json.WriteNumber("attention_dropout", 0.0);
        json.WriteNumber("bos_token_id", config.BeginToken);
        json.WriteNumber("eos_token_id", config.EndToken);
        json.WriteNumber("head_dim", config.HeadSize);
        json.WriteString("hidden_act", "silu");
        json.WriteNumber("hidden_size", config.HiddenSize);
        json.WriteNumber("initializer_range", LlamaLayer.InitialSpread);
        json.WriteNumber("intermediate_size", config.IntermediateSize);
        json.WriteNumber("max_position_embeddings", config.MaxPositions);
        json.WriteBoolean("mlp_bias", false);
        json.WriteString("model_type", "llama");
        json.WriteNumber("num_attention_heads", config.Heads);
        json.WriteNumber("num_hidden_layers", config.Layers);
        json.WriteNumber("num_key_value_heads", config.KeyValueHeads);
        json.WriteNumber("rms_norm_eps", config.NormEpsilon);
        json.WriteNull("rope_scaling");
        json.WriteNumber("rope_theta", config.RopeTheta);
        json.WriteBoolean("tie_word_embeddings", config.TieEmbeddings);
        json.WriteString("torch_dtype", "float32");
        json.WriteBoolean("use_cache", true);
        json.WriteNumber("vocab_size", config.VocabularySize);
        json.WriteEndObject();
    }

    /// <summary>Reads a shape.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="path">Its name for messages.</param>
    /// <exception cref="DataException">It is damaged, or of a network of another kind.</exception>
    public static LlamaConfig Read(Stream stream, string path)
    {
        try
        {
            using var document = JsonDocument.Parse(stream);
            return Read(document.RootElement, path);
        }
        catch (JsonException error)
        {
            throw new DataException($"{path}: no JSON, or damaged: {error.Message} Fetch it or write it again.", error);
        }
    }

    private static LlamaConfig Read(JsonElement root, string path)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new DataException($"{path}: holds no object, which the {Name} of a network is.");
        }

        Require("model_type", Text("model_type") is "llama" or "mistral", "llama, or mistral without a window");
        Require("hidden_act", Text("hidden_act") is null or "silu", "silu");
        foreach (var name in new[] { "attention_bias", "mlp_bias" })
        {
            Require(name, Of(name) is not { ValueKind: JsonValueKind.True }, "false: networks with biases aren't read yet");
        }

        foreach (var name in new[] { "rope_scaling", "sliding_window", "quantization_config" })
        {
            Require(name, Of(name) is null, "absent");
        }

        var (hidden, heads) = (Number("hidden_size"), Number("num_attention_heads"));
        var config = new LlamaConfig
        {
            VocabularySize = Number("vocab_size"),
            HiddenSize = hidden,
            IntermediateSize = Number("intermediate_size"),
            Layers = Number("num_hidden_layers"),
            Heads = heads,
            KeyValueHeads = Number("num_key_value_heads", heads),
            HeadSize = Number("head_dim", hidden / heads),
            MaxPositions = Number("max_position_embeddings", 2048),
            NormEpsilon = Real("rms_norm_eps", 1e-6),
            RopeTheta = Real("rope_theta", 10000),
            TieEmbeddings = Of("tie_word_embeddings") is { ValueKind: JsonValueKind.True },
            BeginToken = Token("bos_token_id", Token("eos_token_id", 0)),
            EndToken = Token("eos_token_id", 0),
        };
        Require("num_key_value_heads", config.Heads % config.KeyValueHeads == 0, string.Create(CultureInfo.InvariantCulture, $"a divisor of the {config.Heads} heads"));
        Require("head_dim", config.HeadSize % 2 == 0, "even");
        return config;

        JsonElement? Of(string name) => root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

        string? Text(string name) => Of(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : Of(name)?.GetRawText();

        int Number(string name, int? byDefault = null)
        {
            if (Of(name) is not { } value && byDefault is { } known)
            {
                return known;
            }

            var number = Of(name) is { ValueKind: JsonValueKind.Number } given && given.TryGetInt32(out var whole) ? whole : 0;
            Require(name, number is > 0 and <= MostNumbers, string.Create(CultureInfo.InvariantCulture, $"a number in [1, {MostNumbers}]"));
            return number;
        }

        double Real(string name, double byDefault)
        {
            var number = Of(name) is not { } value ? byDefault : value.ValueKind == JsonValueKind.Number ? value.GetDouble() : 0;
            Require(name, number is > 0 and < double.PositiveInfinity, "a number above 0");
            return number;
        }

        int Token(string name, int byDefault)
        {
            var value = Of(name) is { ValueKind: JsonValueKind.Array } several && several.GetArrayLength() > 0 ? several[0] : Of(name);
            var number = value is { ValueKind: JsonValueKind.Number } given && given.TryGetInt32(out var whole) ? whole : value is null ? byDefault : -1;
            Require(name, number >= 0 && number < Number("vocab_size"), "the number of a token");
            return number;
        }

        void Require(string name, bool holds, string rule)
        {
            if (!holds)
            {
                throw new DataException($"{path}: \"{name}\" is {Of(name)?.GetRawText() ?? "missing"}; what can be read has it {rule}.");
            }
        }
    }
}
