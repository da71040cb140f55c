using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Winnow.Training.Comparing;

namespace Winnow.Training.Records;

/// <summary>How Winnow writes JSON: snake_case names, enums as words, source-generated.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(RunEvent))]
[JsonSerializable(typeof(TrainingResult))]
[JsonSerializable(typeof(ComparisonResult))]
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
