using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Winnow.Plans;
using Winnow.Training.Comparing;

namespace Winnow.Training.Records;

/// <summary>A precision as the command line writes it: bf16, fp32.</summary>
internal sealed class PrecisionConverter() : JsonStringEnumConverter<Precision>(JsonNamingPolicy.SnakeCaseLower);

/// <summary>A memory order as the command line writes it: channels-last, contiguous.</summary>
internal sealed class LayoutConverter() : JsonStringEnumConverter<MemoryLayout>(JsonNamingPolicy.KebabCaseLower);

/// <summary>A normalisation as the command line writes it: weights, batch.</summary>
internal sealed class NormalizationConverter() : JsonStringEnumConverter<LossNormalization>(JsonNamingPolicy.SnakeCaseLower);

/// <summary>Numbers as JSON can hold them.</summary>
internal static class JsonNumbers
{
    /// <summary>The same numbers, null where one isn't finite.</summary>
    public static IReadOnlyList<double?> Of(IReadOnlyList<double> values) => [.. values.Select(static value => double.IsFinite(value) ? value : (double?)null)];
}

/// <summary>How Winnow writes JSON: snake_case names, enums as words, source-generated.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(PrecisionConverter), typeof(LayoutConverter), typeof(NormalizationConverter)])]
[JsonSerializable(typeof(RunEvent))]
[JsonSerializable(typeof(TrainingResult))]
[JsonSerializable(typeof(ComparisonResult))]
[JsonSerializable(typeof(RunPlan))]
[JsonSerializable(typeof(List<EpochReport>))]
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
