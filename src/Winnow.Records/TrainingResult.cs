using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Winnow.Data;

namespace Winnow.Records;

/// <summary>Where and with what a result came about.</summary>
public sealed record RunEnvironment
{
    /// <summary>Winnow's version.</summary>
    public required string Winnow { get; init; }

    /// <summary>libtorch's version.</summary>
    public required string Libtorch { get; init; }

    /// <summary>The .NET runtime.</summary>
    public required string Runtime { get; init; }

    /// <summary>Device, such as <c>cpu</c> or <c>cuda:0</c>.</summary>
    public required string Device { get; init; }

    /// <summary>Threads libtorch computes with, in each process.</summary>
    public required int Threads { get; init; }

    /// <summary>How many processes trained together.</summary>
    public int Processes { get; init; } = 1;

    /// <summary>Processor name.</summary>
    public required string Processor { get; init; }

    /// <summary>The command line.</summary>
    public required IReadOnlyList<string> Command { get; init; }
}

/// <summary>The data of a run.</summary>
public sealed record DataInfo(string Name, int Train, int Test, int Classes, string Fingerprint)
{
    /// <summary>Those of a data set in memory.</summary>
    public static DataInfo Of(LoadedData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return new(data.Train.Name, data.Train.Count, data.Test.Count, data.Train.Classes, data.Train.Fingerprint) { ClassNames = data.Train.ClassNames };
    }

    /// <summary>What the classes are called; null where the source doesn't say.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }
}

/// <summary>What was saved against the same epochs in full, each as a share in [0, 1].</summary>
public sealed record Saved
{
    /// <summary>Sample visits.</summary>
    public required double Samples { get; init; }

    /// <summary>Optimiser steps.</summary>
    public required double Steps { get; init; }

    /// <summary>Forward and backward passes of samples, a backward one counted as two forward ones; below 0 when extra forward passes cost more than was left out.</summary>
    public double? Compute { get; init; }

    /// <summary>Wall-clock, planning, data, evaluation and everything else included; null where there is no full run to compare with.</summary>
    public double? Wall { get; init; }

    /// <summary>Wall-clock without the evaluations, which pruning doesn't touch; null where there is no full run to compare with.</summary>
    public double? WallTraining { get; init; }
}

/// <summary><c>result.json</c> of <c>winnow train</c>.</summary>
public sealed record TrainingResult : RunTotals
{
    /// <summary>With all members to be set.</summary>
    public TrainingResult()
    {
    }

    /// <summary>The result of a run that came to these totals; what else is required has to be set, too.</summary>
    [SetsRequiredMembers]
    public TrainingResult(RunTotals totals)
        : base(totals) => (Data, Dataset, Model, Method, History, WeightsSha256, Recipe, Environment) = (null!, null!, null!, null!, null!, null!, null!, null!);

    /// <summary>Which verb wrote this.</summary>
    public string Kind { get; init; } = "train";

    /// <summary>Name of the data set.</summary>
    public required string Data { get; init; }

    /// <summary>Size and fingerprint of the data.</summary>
    public required DataInfo Dataset { get; init; }

    /// <summary>Model name.</summary>
    public required string Model { get; init; }

    /// <summary>Trainable parameters.</summary>
    public required long Parameters { get; init; }

    /// <summary>Epochs of the recipe.</summary>
    public required int Epochs { get; init; }

    /// <summary>The canonical method spec.</summary>
    public required string Method { get; init; }

    /// <summary>The seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Saved against the same epochs in full; null when interrupted, since a run that didn't end saved nothing.</summary>
    public required Saved? Saved { get; init; }

    /// <summary>Planning, observing and refreshing as a share of the run, in [0, 1].</summary>
    public required double OverheadShare { get; init; }

    /// <summary>A report an epoch.</summary>
    [JsonPropertyOrder(1)]
    public required IReadOnlyList<EpochReport> History { get; init; }

    /// <summary>SHA-256 over the final weights.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>The recipe.</summary>
    public required RecordedRecipe Recipe { get; init; }

    /// <summary>Where it ran.</summary>
    public required RunEnvironment Environment { get; init; }

    /// <summary>The run folder.</summary>
    public string? Run { get; init; }
}
