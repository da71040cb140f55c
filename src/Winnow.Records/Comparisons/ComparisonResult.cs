using System.Text.Json.Serialization;

namespace Winnow.Records.Comparisons;

/// <summary>What one arm came to over all seeds.</summary>
public sealed record ArmResult
{
    /// <summary>The arm's unique name.</summary>
    public required string Name { get; init; }

    /// <summary>The canonical method spec.</summary>
    public required string Method { get; init; }

    /// <summary><c>method</c> or <c>control</c>.</summary>
    public required string Role { get; init; }

    /// <summary>
    /// Which control: <c>full</c>, <c>shortened</c>, <c>equal-compute</c>, <c>shortened-lr</c>, <c>random</c>, <c>rs2</c>, or the ablation <c>no-weights</c> or
    /// <c>no-annealing</c>; null for a method.
    /// </summary>
    public string? Control { get; init; }

    /// <summary>The arm that this control is matched to; null for a method and for <c>full</c>.</summary>
    public string? MatchedTo { get; init; }

    /// <summary>Of a control that all methods share, the saving that they were asked for.</summary>
    public double? SharedSave { get; init; }

    /// <summary>For a shortened control, the arm whose steps, or whose compute, it was given.</summary>
    public string? ShortenedTo { get; init; }

    /// <summary>The seeds, in the order of every list below.</summary>
    public required IReadOnlyList<ulong> Seeds { get; init; }

    /// <summary>What the arm is judged by, means over the seeds, each with its direction, one of which decides; none in results from before there were metrics.</summary>
    public Metrics Metrics { get => field ?? Metrics.None; init; } = Metrics.None;

    /// <summary>Final test accuracy in [0, 1]; null for tasks that don't classify.</summary>
    public Spread? Accuracy { get; init; }

    /// <summary>What decides: every difference below is one of it, this arm's less the other's.</summary>
    [JsonIgnore]
    public Judgement Judgement => Judgement.Of(Metrics);

    /// <summary>The deciding metric over the seeds; null in a damaged result.</summary>
    [JsonIgnore]
    public Spread? Judged => Metrics.Deciding is { Value: { Value: { } mean, Values: { } values } metric } ? new Spread { Mean = mean, Std = metric.Std, Values = values } : Accuracy;

    /// <summary>Final test accuracy in [0, 1] of each run's worst class; null where classes weren't counted.</summary>
    public Spread? WorstClassAccuracy { get; init; }

    /// <summary>For each class the visits of its samples over those of full epochs, mean over seeds; empty where classes weren't counted.</summary>
    public IReadOnlyList<double?> ClassKeep { get; init; } = [];

    /// <summary>
    /// Saved against <c>full</c> at the same seed: the mean over seeds for samples and steps, the median for wall-clock, which is noisy.
    /// </summary>
    public required Saved Saved { get; init; }

    /// <summary>The share of visits that the method was asked to save; null when it wasn't asked.</summary>
    public double? AskedSave { get; init; }

    /// <summary>The share of visits that each run saved; null when none was asked for.</summary>
    public IReadOnlyList<double>? Reached { get; init; }

    /// <summary>Wall-clock of each run in seconds, everything included.</summary>
    public required IReadOnlyList<double> WallSeconds { get; init; }

    /// <summary>Seconds of each run spent on evaluation.</summary>
    public required IReadOnlyList<double> EvaluateSeconds { get; init; }

    /// <summary>Sample visits of each run.</summary>
    public required IReadOnlyList<long> Visited { get; init; }

    /// <summary>Optimiser steps of each run.</summary>
    public required IReadOnlyList<long> Steps { get; init; }

    /// <summary>Planning and observing as a share of the runs' time, in [0, 1].</summary>
    public required double OverheadShare { get; init; }

    /// <summary>The deciding metric less that of <c>full</c>; null for <c>full</c> itself and where it wasn't run.</summary>
    public Difference? DeltaFull { get; init; }

    /// <summary>The deciding metric less that of the control shortened to this arm's steps; null where there is none.</summary>
    public Difference? DeltaShortened { get; init; }

    /// <summary>The deciding metric less that of full data under a schedule of as much compute; null where the shortened control is of as much compute, too.</summary>
    public Difference? DeltaEqualCompute { get; init; }

    /// <summary>The worst class's accuracy less that of <c>full</c>'s worst class.</summary>
    public Difference? DeltaFullWorstClass { get; init; }

    /// <summary>The deciding metric less that of the shortened control at the raised learning rate.</summary>
    public Difference? DeltaShortenedLr { get; init; }

    /// <summary>The deciding metric less that of a random choice of as many samples in each epoch.</summary>
    public Difference? DeltaRandom { get; init; }

    /// <summary>The deciding metric less that of repeated random sampling with as many visits.</summary>
    public Difference? DeltaRs2 { get; init; }

    /// <summary>The deciding metric less that of the method without its weights.</summary>
    public Difference? DeltaWithoutWeights { get; init; }

    /// <summary>The deciding metric less that of the method without its full epochs at the end.</summary>
    public Difference? DeltaWithoutAnnealing { get; init; }

    /// <summary>What each target accuracy took; empty where none was given.</summary>
    public IReadOnlyList<TimeToAccuracy> TimeToAccuracy { get; init; } = [];

    /// <summary>SHA-256 over the final weights of each run.</summary>
    public required IReadOnlyList<string> WeightsSha256 { get; init; }
}

/// <summary><c>result.json</c> of <c>winnow compare</c>, and what <c>--json</c> prints.</summary>
public sealed record ComparisonResult
{
    /// <summary>Which verb wrote this.</summary>
    public string Kind { get; init; } = "compare";

    /// <summary>Name of the data set.</summary>
    public required string Data { get; init; }

    /// <summary>Model name.</summary>
    public required string Model { get; init; }

    /// <summary>Epochs of the recipe.</summary>
    public required int Epochs { get; init; }

    /// <summary>A result an arm, controls and methods.</summary>
    public required IReadOnlyList<ArmResult> Arms { get; init; }

    /// <summary>True when the comparison was stopped early, from outside or by a run that failed: the arms hold the seeds that every one of them finished.</summary>
    public bool Interrupted { get; init; }

    /// <summary>Level of every interval.</summary>
    public double IntervalLevel { get; init; } = 0.95;

    /// <summary>The claims that were asked for, each shown or not; empty without a margin.</summary>
    public IReadOnlyList<NonInferiority> Claims { get; init; } = [];

    /// <summary>What the numbers do and don't show, in a sentence or two.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Trainable parameters of the model.</summary>
    public required long Parameters { get; init; }

    /// <summary>Size and fingerprint of the data.</summary>
    public required DataInfo Dataset { get; init; }

    /// <summary>The recipe of every arm.</summary>
    public required RecordedRecipe Recipe { get; init; }

    /// <summary>Where it ran.</summary>
    public required RunEnvironment Environment { get; init; }

    /// <summary>The run folder.</summary>
    public string? Run { get; init; }
}
