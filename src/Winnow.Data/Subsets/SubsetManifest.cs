using System.Text.Json.Serialization;

namespace Winnow.Data.Subsets;

/// <summary>Where a subset comes from.</summary>
public sealed record SubsetManifest
{
    /// <summary>What the format of the file is called: <c>winnow subset 1</c>.</summary>
    public const string FormatName = "winnow subset 1";

    /// <summary>The format of the file.</summary>
    public string Format { get; init; } = FormatName;

    /// <summary>How many samples there were to choose from.</summary>
    public required int N { get; init; }

    /// <summary>How many were kept.</summary>
    public required int K { get; init; }

    /// <summary>The fingerprint of the samples, <see cref="SampleSet.Fingerprint"/>; null where it wasn't known, as of scores from elsewhere.</summary>
    public string? DataFingerprint { get; init; }

    /// <summary>What the samples are called; null where it wasn't known.</summary>
    public string? Data { get; init; }

    /// <summary>The canonical spec of the method that chose, with all its parameters that aren't the default.</summary>
    public required string Method { get; init; }

    /// <summary>What it chose by: the canonical spec of a score, or the name of a file; null where it chose by neither.</summary>
    public string? Scores { get; init; }

    /// <summary>The budget as it was asked for, such as <c>30%</c>.</summary>
    public required string Keep { get; init; }

    /// <summary>What random choices followed from.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Whether the first j of the order are what the method would keep of j.</summary>
    public required bool Ranked { get; init; }

    /// <summary>How long the choice took, in seconds, without the scores.</summary>
    public double Seconds { get; init; }

    /// <summary>The version of the program.</summary>
    public string Version { get; init; } = "";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(SubsetManifest))]
internal sealed partial class SubsetJson : JsonSerializerContext;
