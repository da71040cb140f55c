using Winnow.Networks.Tracing;

namespace Winnow.Cli.Commands;

/// <summary>What <c>winnow shrink --json</c> says.</summary>
internal sealed record ShrinkResult(string Run, string File, string By, double KeepMacs, ShrunkSize Before, ShrunkSize After, double Difference, ShrunkGroup[] Layers, FixedOne[] Fixed)
{
    /// <summary>What layers were fitted on; null where none were.</summary>
    public ShrunkCalibration? Calibration { get; init; }

    public static ShrinkResult Of(ShrinkRequest request, IChannelTrace trace, IReadOnlyCollection<ChannelUnit> removed, double difference, ShrunkSize before, ShrunkSize after)
    {
        var gone = removed.ToHashSet<ChannelUnit>(ReferenceEqualityComparer.Instance);
        return new(request.Network, request.Output, request.By, request.KeepMacs, before, after, difference,
            [.. trace.Groups.Select(group => new ShrunkGroup(group.Name, group.Producers, group.Units.Count, group.Units.Count(unit => !gone.Contains(unit))))],
            [.. trace.Fixed.Select(static layer => new FixedOne(layer.Layer, layer.Why))]);
    }
}

internal sealed record ShrunkSize(long Parameters, long Macs, long Bytes, Speed[] Milliseconds, ShrunkMetrics? Metrics);

internal sealed record ShrunkCalibration(string Compensation, string Data, int Samples);

internal sealed record ShrunkMetrics(double Accuracy);

internal sealed record Speed(int Batch, int Threads, double Median);

internal sealed record ShrunkGroup(string Name, IReadOnlyList<string> Producers, int Before, int After);

internal sealed record FixedOne(string Layer, string Why);
