using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Winnow.Records.Comparisons;

namespace Winnow.Records;

/// <summary>Numbers as JSON can hold them.</summary>
public static class JsonNumbers
{
    /// <summary>The same numbers, null where one isn't finite.</summary>
    public static IReadOnlyList<double?> Of(IReadOnlyList<double> values) => [.. values.Select(static value => double.IsFinite(value) ? value : (double?)null)];
}

/// <summary>How Winnow writes JSON: snake_case names, enums as words, source-generated.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IRunEvent))]
[JsonSerializable(typeof(TrainingResult))]
[JsonSerializable(typeof(ComparisonResult))]
[JsonSerializable(typeof(NetworkComparisonResult))]
[JsonSerializable(typeof(RunPlan))]
[JsonSerializable(typeof(List<EpochReport>))]
[JsonSerializable(typeof(MetricValue))]
public sealed partial class RunJson : JsonSerializerContext
{
    /// <summary>Indented, for files and output that people read; text stays readable instead of escaped.</summary>
    public static RunJson Indented => field ??= new(new JsonSerializerOptions(Default.Options)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>One line, for events.</summary>
    public static RunJson Line => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
