using System.Text.Json.Serialization;
using Winnow.Networks.Depth;
using Winnow.Networks.Shrinking;
using Winnow.Networks.Tracing;

namespace Winnow.Cli.Commands;

/// <summary>What <c>winnow shrink --json</c> says.</summary>
internal sealed record ShrinkResult(string Run, string File, string By, string Target, double Keep, ShrunkSize Before, ShrunkSize After, double Difference, ShrunkGroup[] Layers, FixedOne[] Fixed)
{
    /// <summary>What layers were fitted on; null where none were.</summary>
    public ShrunkCalibration? Calibration { get; init; }

    /// <summary>What went: channels, or layers.</summary>
    public string Units { get; init; } = Channels;

    /// <summary>What each group keeps a multiple of.</summary>
    public int RoundTo { get; init; } = 1;

    /// <summary>Where the rounding was measured: each and its share of the whole network's time, the chosen one first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RoundingTime[]? Roundings { get; init; }

    /// <summary>Where milliseconds were asked for: what was measured of the chosen network, as a share of the whole one's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ReachedTime? Reached { get; init; }

    /// <summary>Accuracy of the cut alone, where running statistics were estimated anew after it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? CutAccuracy { get; init; }

    /// <summary>The smaller network trained on.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ShrunkSize? Recovered { get; init; }

    /// <summary>How it was trained on.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Recovery? Recovery { get; init; }

    public const string Channels = "channels", WholeLayers = "layers";

    public static ShrinkResult Of(ShrinkRequest request, IChannelTrace trace, IReadOnlyCollection<ChannelUnit> removed, double difference, ShrunkSize before, ShrunkSize after)
    {
        var gone = removed.ToHashSet<ChannelUnit>(ReferenceEqualityComparer.Instance);
        return new(request.Network, request.Output, request.By, request.TargetName, request.Keep, before, after, difference,
            [.. trace.Groups.Select(group => new ShrunkGroup(group.Name, group.Producers, group.Units.Count, group.Units.Count(unit => !gone.Contains(unit))))],
            [.. trace.Fixed.Select(static layer => new FixedOne(layer.Layer, layer.Why))])
        { RoundTo = request.Budget.RoundTo };
    }

    public static ShrinkResult Of(ShrinkRequest request, BlockTrace trace, IReadOnlyCollection<NetworkBlock> removed, double difference, ShrunkSize before, ShrunkSize after) =>
        new(request.Network, request.Output, request.By, request.TargetName, request.Keep, before, after, difference,
            [.. trace.Blocks.Select(block => new ShrunkGroup(block.Name, [block.Name], 1, removed.Contains(block) ? 0 : 1))],
            [.. trace.Fixed.Select(static part => new FixedOne(part.Layer, part.Why))])
        { Units = WholeLayers };
}

internal sealed record ShrunkSize(long Parameters, long Macs, long Bytes, Speed[] Milliseconds, ShrunkMetrics? Metrics);

internal sealed record ShrunkCalibration(string Compensation, string Data, int Samples);

internal sealed record ShrunkMetrics(double Accuracy);

internal sealed record Speed(int Batch, int Threads, double Median)
{
    public static Speed[] OfWhole(IReadOnlyList<ForwardSpeed> measured) => [.. measured.Select(static speed => new Speed(speed.Batch, speed.Threads, speed.Whole))];

    public static Speed[] OfSmall(IReadOnlyList<ForwardSpeed> measured) => [.. measured.Select(static speed => new Speed(speed.Batch, speed.Threads, speed.Small))];
}

/// <summary>A share of the whole network's time: the median over pairs of runs by turns, and the quartiles.</summary>
internal sealed record ReachedTime(int Batch, int Threads, double Median, double Low, double High)
{
    public static ReachedTime Of(ShrinkRequest request, TimeShare time) => new(request.TimedBatch, request.Threads, time.Median, time.Low, time.High);
}

internal sealed record RoundingTime(int RoundTo, ReachedTime Time);

/// <summary>How a smaller network was trained on.</summary>
/// <param name="Run">The folder of that run of train.</param>
/// <param name="Method">Its method.</param>
/// <param name="Epochs">Its epochs.</param>
/// <param name="LearningRate">Its peak learning rate.</param>
/// <param name="Steps">Its steps.</param>
/// <param name="Compute">What it computed over what the run that was made smaller did, both in samples sent forward times parameters; null where that isn't known.</param>
/// <param name="AverageParameters">The mean parameter count over the steps of both (The Journey Matters, 2025, section 3); null where those of the first aren't known.</param>
internal sealed record Recovery(string Run, string Method, int Epochs, double LearningRate, long Steps, double? Compute, double? AverageParameters);

internal sealed record ShrunkGroup(string Name, IReadOnlyList<string> Producers, int Before, int After);

internal sealed record FixedOne(string Layer, string Why);
