using System.Text.Json;
using System.Text.Json.Serialization;

namespace Winnow.Records;

/// <summary>A number by which a network is judged.</summary>
/// <param name="Value">The number; null where it isn't finite.</param>
/// <param name="HigherIsBetter">Its direction.</param>
/// <param name="Decides">Whether it is the one that comparisons go by.</param>
public sealed record MetricValue(double? Value, bool HigherIsBetter, bool Decides)
{
    /// <summary>Whether it is a share in [0, 1], such as an accuracy.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsShare { get; init; }

    /// <summary>Of several runs, the sample standard deviation (n - 1) around <see cref="Value"/>, their mean; null of one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Std { get; init; }

    /// <summary>Of several runs, each one's, in the order of the seeds; null of one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? Values { get; init; }
}

/// <summary>The numbers of one evaluation by name, in the task's order: in JSON <c>{"miou": {"value": 0.71, "higher_is_better": true, "decides": true}, …}</c>.</summary>
[JsonConverter(typeof(MetricsConverter))]
public sealed class Metrics : IEquatable<Metrics>
{
    /// <summary>The names of the two that stood alone before there were metrics.</summary>
    public const string Accuracy = "accuracy", TestLoss = "test_loss";

    private readonly KeyValuePair<string, MetricValue>[] _values;

    /// <param name="values">With different names.</param>
    public Metrics(IEnumerable<KeyValuePair<string, MetricValue>> values) => _values = [.. values];

    /// <summary>None: of a run that was interrupted, or of records from before there were metrics.</summary>
    public static Metrics None { get; } = new([]);

    /// <summary>All of them.</summary>
    public IReadOnlyList<KeyValuePair<string, MetricValue>> All => _values;

    /// <summary>The one that comparisons go by; null where there is none.</summary>
    public KeyValuePair<string, MetricValue>? Deciding => Array.Find(_values, static entry => entry.Value.Decides) is { Key: not null } entry ? entry : null;

    /// <summary>The number of the one that comparisons go by; null where it isn't finite.</summary>
    /// <param name="accuracy">What records of before there were metrics have in its place.</param>
    public double? Judged(double? accuracy) => Deciding is { } deciding ? deciding.Value.Value : accuracy;

    /// <summary>A metric's number; null where there is none of the name, or it isn't finite.</summary>
    public double? Value(string name) => Array.Find(_values, entry => entry.Key == name).Value?.Value;

    /// <inheritdoc/>
    public bool Equals(Metrics? other) => other is not null && _values.AsSpan().SequenceEqual(other._values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Metrics);

    /// <inheritdoc/>
    public override int GetHashCode() => _values.Length;
}

/// <summary>Metrics as an object with a property each.</summary>
internal sealed class MetricsConverter : JsonConverter<Metrics>
{
    public override Metrics Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("metrics are an object with a metric a property");
        }

        var values = new List<KeyValuePair<string, MetricValue>>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            var metric = JsonSerializer.Deserialize(ref reader, RunJson.Line.MetricValue) ?? throw new JsonException($"the metric {name} is null");
            values.Add(new(name, metric));
        }

        return new Metrics(values);
    }

    public override void Write(Utf8JsonWriter writer, Metrics value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var (name, metric) in value.All)
        {
            writer.WritePropertyName(name);
            JsonSerializer.Serialize(writer, metric, RunJson.Line.MetricValue);
        }

        writer.WriteEndObject();
    }
}
