using System.Text.Json.Serialization;
using Winnow.Records.Comparisons;

namespace Winnow.Report.Plots;

/// <summary>What the page's script draws from. Shares are in [0, 1], times in seconds by phase, the last of which is what no phase was charged with; null stands where there is no number.</summary>
internal sealed record PlotData(IReadOnlyList<PlotArm> Arms, IReadOnlyList<PlotRun> Runs, IReadOnlyList<string> Phases, IReadOnlyList<string> Classes, IReadOnlyList<double> BinEdges, Judgement Metric);

/// <summary>An arm. What only a comparison knows is null elsewhere.</summary>
internal sealed record PlotArm
{
    public required string Name { get; init; }

    public required string About { get; init; }

    public required string Kind { get; init; }

    /// <summary>The saving asked for.</summary>
    public double? Asked { get; init; }

    /// <summary>Visits saved, mean over the seeds that every arm finished.</summary>
    public double? Saved { get; init; }

    public Difference? ToFull { get; init; }

    public Difference? ToShortened { get; init; }

    /// <summary>How large it is and what that costs, of a network in a comparison of smaller ones; null elsewhere.</summary>
    public PlotNetwork? Network { get; init; }

    /// <summary>Planning, observing and refreshing as a share of the runs' time.</summary>
    public double? Overhead { get; init; }

    /// <summary>For each class its samples' visits over those of full epochs, mean over seeds.</summary>
    public IReadOnlyList<double?> ClassKeep { get; init; } = [];

    /// <summary>For each class the final test accuracy, mean over seeds.</summary>
    public IReadOnlyList<double?> ClassAccuracy { get; init; } = [];

    /// <summary>Seconds of a run by phase in the order of <see cref="PlotData.Phases"/>, mean over runs.</summary>
    public required IReadOnlyList<double> Seconds { get; init; }
}

/// <summary>A network's size and what it is judged by, means over the seeds.</summary>
/// <param name="Kind">As in the result.</param>
/// <param name="Macs">Multiplications for one sample, over the dense network's.</param>
/// <param name="Milliseconds">Of the largest batch on one thread, by turns with the dense network; null where it wasn't measured.</param>
/// <param name="Batch">Samples of that.</param>
/// <param name="Judged">The deciding metric.</param>
/// <param name="Low">Of the lowest seed.</param>
/// <param name="High">Of the highest.</param>
internal sealed record PlotNetwork(string Kind, double? Macs, double? Milliseconds, int Batch, double? Judged, double? Low, double? High);

/// <summary>A run, one number an epoch in each list.</summary>
internal sealed record PlotRun
{
    /// <summary>Which arm.</summary>
    public required int Arm { get; init; }

    /// <summary>A text, because a script's numbers don't hold all of them.</summary>
    public required string Seed { get; init; }

    public required IReadOnlyList<int> Epoch { get; init; }

    /// <summary>The deciding metric.</summary>
    public required IReadOnlyList<double?> Judged { get; init; }

    /// <summary>Training so far without evaluation.</summary>
    public required IReadOnlyList<double?> Time { get; init; }

    /// <summary>Visits so far.</summary>
    public required IReadOnlyList<long> Samples { get; init; }

    /// <summary>Forwards + 2 · backwards so far, in full epochs.</summary>
    public required IReadOnlyList<double?> Compute { get; init; }

    /// <summary>Share of visits saved so far.</summary>
    public required IReadOnlyList<double?> Saved { get; init; }

    public required IReadOnlyList<double?> Kept { get; init; }

    public required IReadOnlyList<double?> Rate { get; init; }

    public required IReadOnlyList<double?> VisitedLoss { get; init; }

    public required IReadOnlyList<double?> WeightedLoss { get; init; }

    public required IReadOnlyList<double?> StoredLoss { get; init; }

    public required IReadOnlyList<double?> TestLoss { get; init; }

    /// <summary>Share of the weights that is left of those that can be dropped.</summary>
    public required IReadOnlyList<double?> Density { get; init; }

    /// <summary>Seconds of each epoch by phase, in the order of <see cref="PlotData.Phases"/>.</summary>
    public required IReadOnlyList<IReadOnlyList<double?>> Seconds { get; init; }

    /// <summary>For each epoch the samples by last known loss, a number a bin; null where none were known.</summary>
    public required IReadOnlyList<IReadOnlyList<int>?> Counts { get; init; }

    /// <summary>How many of those the epoch visited.</summary>
    public required IReadOnlyList<IReadOnlyList<int>?> Visited { get; init; }
}

/// <summary>The data block. The encoder escapes all that could end it: &lt;, &gt;, &amp;, quotes, and everything beyond ASCII.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.Never)]
[JsonSerializable(typeof(PlotData))]
internal sealed partial class PlotJson : JsonSerializerContext;
