using System.Globalization;
using System.Text.Json.Serialization;

namespace Winnow.Records;

/// <summary>Number format of the matrix products and convolutions; parameters, losses and optimiser state are always float32.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Precision>))]
public enum Precision
{
    /// <summary>32-bit floats throughout.</summary>
    [JsonStringEnumMemberName("fp32")]
    Fp32,

    /// <summary>bfloat16 by autocast where libtorch deems it safe.</summary>
    [JsonStringEnumMemberName("bf16")]
    Bf16,
}

/// <summary>The order of an image's numbers in memory, which decides how fast convolutions run and, in the last bits, what they give.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MemoryLayout>))]
public enum MemoryLayout
{
    /// <summary>Batch, row, column, channel.</summary>
    [JsonStringEnumMemberName("channels-last")]
    ChannelsLast,

    /// <summary>Batch, channel, row, column, as PyTorch has them by default.</summary>
    [JsonStringEnumMemberName("contiguous")]
    Contiguous,
}

/// <summary>What decides how fast a machine computes the same recipe.</summary>
/// <param name="Precision">Number format of the heavy operators.</param>
/// <param name="Layout">Memory order of images.</param>
/// <param name="Threads">Threads that one operator may use.</param>
public sealed record ComputeSettings(Precision Precision, MemoryLayout Layout, int Threads)
{
    /// <summary>As in <c>fp32, channels-last, 2 threads</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{(Precision == Precision.Bf16 ? "bf16" : "fp32")}, {(Layout == MemoryLayout.ChannelsLast ? "channels-last" : "contiguous")}, {Threads} {(Threads == 1 ? "thread" : "threads")}");
}

/// <summary>One setting and how fast it was.</summary>
/// <param name="Settings">The setting.</param>
/// <param name="SamplesPerSecond">Full steps: forward, backward and optimiser, on the run's own model and data.</param>
public sealed record ProbedSpeed(ComputeSettings Settings, double SamplesPerSecond);

/// <summary>What a probe found.</summary>
public sealed record ProbeResult
{
    /// <summary>What is taken.</summary>
    public required ComputeSettings Settings { get; init; }

    /// <summary>How fast that is, in samples of full steps a second; 0 where nothing was measured.</summary>
    public required double SamplesPerSecond { get; init; }

    /// <summary>Everything that was measured, the one that is taken among them.</summary>
    public required IReadOnlyList<ProbedSpeed> Measured { get; init; }

    /// <summary>What the probe took.</summary>
    public required double Seconds { get; init; }

    /// <summary>Whether other programs kept the processors busy meanwhile; then it isn't remembered.</summary>
    public bool Busy { get; init; }

    /// <summary>When it was measured, where it is remembered from an earlier run; null where it was measured now.</summary>
    public DateTimeOffset? Remembered { get; init; }

    /// <summary>What a setting reached of the one that is taken, where both were measured; null elsewhere.</summary>
    /// <param name="which">Which of those measured.</param>
    public double? Relative(Func<ComputeSettings, bool> which) =>
        SamplesPerSecond > 0 && Measured.FirstOrDefault(speed => which(speed.Settings)) is { } other ? other.SamplesPerSecond / SamplesPerSecond : null;
}
