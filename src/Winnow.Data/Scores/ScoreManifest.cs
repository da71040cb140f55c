using System.Text.Json;
using System.Text.Json.Serialization;
using Winnow.Scores;

namespace Winnow.Data.Scores;

/// <summary>What a file of scores says of itself: JSON, in the file as an array of bytes, since numpy gives out bytes.</summary>
public sealed record ScoreManifest
{
    /// <summary>What <see cref="Format"/> holds in files of scores.</summary>
    public const string FormatName = "winnow-scores";

    /// <summary>The version of the layout that this program writes.</summary>
    public const int CurrentVersion = 1;

    /// <summary><see cref="FormatName"/>.</summary>
    public string Format { get; init; } = FormatName;

    /// <summary>The layout's version.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The version of Winnow that wrote it; empty where nobody said.</summary>
    public string Winnow { get; init; } = "";

    /// <summary>How many samples there are.</summary>
    [JsonPropertyName("n")]
    public required int Count { get; init; }

    /// <summary>What the data is called; null where scores were made without it.</summary>
    public string? Data { get; init; }

    /// <summary>The fingerprint of the samples, labels included, by which other files of the same data know each other; null where scores were made without the data.</summary>
    public string? Fingerprint { get; init; }

    /// <summary><c>training</c>, <c>probabilities</c>, <c>logits</c> or <c>run</c>: what the scores were made from.</summary>
    public required string Source { get; init; }

    /// <summary>Epochs of the training that they are of.</summary>
    public required int Epochs { get; init; }

    /// <summary>The seed from which those of the runs were derived; null where nothing was trained.</summary>
    public ulong? Seed { get; init; }

    /// <summary>What making them took, in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>The scores, in the order of the arrays.</summary>
    public required IReadOnlyList<ScoreEntry> Scores { get; init; }
}

/// <summary>What a file says of one of its scores.</summary>
/// <param name="Name">The canonical spec, which is the array's name.</param>
/// <param name="Orientation">What a larger number says.</param>
/// <param name="Runs">Over how many runs it is the mean.</param>
public sealed record ScoreEntry(string Name, ScoreOrientation Orientation, int Runs);

/// <summary>Orientations as files say them: <c>higher-is-harder</c>, <c>higher-is-cleaner</c>.</summary>
internal sealed class OrientationConverter() : JsonStringEnumConverter<ScoreOrientation>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, Converters = [typeof(OrientationConverter)])]
[JsonSerializable(typeof(ScoreManifest))]
internal sealed partial class ScoreJson : JsonSerializerContext;
