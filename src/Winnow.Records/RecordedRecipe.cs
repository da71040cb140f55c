using System.Text.Json;
using System.Text.Json.Serialization;

namespace Winnow.Records;

/// <summary>
/// The settings that a run was made with, by their names, as <c>run.json</c> and <c>result.json</c> hold them. What they mean is the trainer's; records keep them
/// whole, so that a setting of a newer version isn't lost, and can show and compare them.
/// </summary>
[JsonConverter(typeof(RecordedRecipeConverter))]
public sealed class RecordedRecipe : IEquatable<RecordedRecipe>
{
    /// <param name="settings">A JSON object.</param>
    /// <exception cref="ArgumentException">It is something else.</exception>
    public RecordedRecipe(JsonElement settings)
    {
        if (settings.ValueKind != JsonValueKind.Object)
        {
            throw new ArgumentException($"a recipe is an object of settings, and this is {settings.ValueKind}.", nameof(settings));
        }

        Settings = settings.Clone();
    }

    /// <summary>All settings, in the order in which they were written.</summary>
    public JsonElement Settings { get; }

    /// <summary>What the model is called; empty where the recipe doesn't say.</summary>
    public string Model => Text("model") ?? "";

    /// <summary>A setting that is a text; null where there is none of the name, or it is something else.</summary>
    public string? Text(string name) => Find(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    /// <summary>A setting that is a number; null where there is none of the name, or it is something else.</summary>
    public double? Number(string name) => Find(name) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : null;

    /// <summary>A setting that is a whole number of at least 0, to the last digit; null where there is none of the name, or it is something else.</summary>
    public ulong? Whole(string name) => Find(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetUInt64(out var whole) ? whole : null;

    /// <summary>A setting that is yes or no; null where there is none of the name, or it is something else.</summary>
    public bool? Flag(string name) => Find(name)?.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null };

    /// <summary>A setting that has settings of its own; null where there is none of the name, or it is something else.</summary>
    public RecordedRecipe? Part(string name) => Find(name) is { ValueKind: JsonValueKind.Object } value ? new RecordedRecipe(value) : null;

    /// <summary>Every setting by its name, as a text; of a file its SHA-256.</summary>
    public IEnumerable<KeyValuePair<string, string>> ByName() => Settings.EnumerateObject().Select(static setting =>
        KeyValuePair.Create(setting.Name, setting.Value.ValueKind == JsonValueKind.Object && setting.Value.TryGetProperty("sha256", out var hash) ? hash.ToString() : setting.Value.ToString()));

    /// <summary>Whether all settings are the same.</summary>
    public bool Equals(RecordedRecipe? other) => other is not null && (ReferenceEquals(this, other) || JsonElement.DeepEquals(Settings, other.Settings));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RecordedRecipe);

    /// <inheritdoc/>
    public override int GetHashCode() => Settings.EnumerateObject().Count();

    /// <summary>The settings as JSON.</summary>
    public override string ToString() => Settings.GetRawText();

    private JsonElement? Find(string name) => Settings.TryGetProperty(name, out var value) ? value : null;
}

/// <summary>A recipe as the object that it is.</summary>
internal sealed class RecordedRecipeConverter : JsonConverter<RecordedRecipe>
{
    public override RecordedRecipe Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("a recipe is an object of settings");
        }

        return new RecordedRecipe(JsonElement.ParseValue(ref reader));
    }

    public override void Write(Utf8JsonWriter writer, RecordedRecipe value, JsonSerializerOptions options) => value.Settings.WriteTo(writer);
}
