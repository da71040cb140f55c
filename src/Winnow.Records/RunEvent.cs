using System.Text.Json.Serialization;

namespace Winnow.Records;

/// <summary>One line of <c>events.jsonl</c>.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(RunStarted), "run_started")]
[JsonDerivedType(typeof(EpochPlanned), "epoch_planned")]
[JsonDerivedType(typeof(EpochEnded), "epoch_ended")]
[JsonDerivedType(typeof(RunEnded), "run_ended")]
public abstract record RunEvent
{
    /// <summary>When it was written, in UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The arm of the comparison, or the method of a single run.</summary>
    public required string Arm { get; init; }

    /// <summary>The seed.</summary>
    public required ulong Seed { get; init; }
}

/// <summary>A run began.</summary>
public sealed record RunStarted : RunEvent
{
    /// <summary>The canonical method spec.</summary>
    public required string Method { get; init; }

    /// <summary>Epochs the run will have.</summary>
    public required int Epochs { get; init; }

    /// <summary>The step at which a shortened run ends; null for a run by epochs.</summary>
    public long? Steps { get; init; }
}

/// <summary>An epoch was planned.</summary>
public sealed record EpochPlanned : RunEvent
{
    /// <summary>0-based epoch.</summary>
    public required int Epoch { get; init; }

    /// <summary>Samples the plan visits.</summary>
    public required int Planned { get; init; }

    /// <summary>Samples in the training set.</summary>
    public required int Total { get; init; }

    /// <summary>Sum of the plan's loss weights.</summary>
    public required double WeightSum { get; init; }

    /// <summary>The plan's hash, 16 hexadecimal digits: the same for the same samples, order and weights.</summary>
    public string PlanHash { get; init; } = "";

    /// <summary>The last known losses that the plan was made from; null where the method keeps none or has seen none yet.</summary>
    public StoredLosses? Losses { get; init; }
}

/// <summary>An epoch was trained, observed and evaluated.</summary>
public sealed record EpochEnded : RunEvent
{
    /// <summary>Its report.</summary>
    public required EpochReport Report { get; init; }
}

/// <summary>A run ended or was interrupted.</summary>
public sealed record RunEnded : RunEvent
{
    /// <summary>What the network is judged by at the end; none when interrupted, and in events of before there were metrics.</summary>
    public Metrics Metrics { get => field ?? Metrics.None; init; } = Metrics.None;

    /// <summary>Final test accuracy in [0, 1]; null when interrupted, and for tasks that don't classify.</summary>
    public double? Accuracy { get; init; }

    /// <summary>Samples visited.</summary>
    public required long Visited { get; init; }

    /// <summary>Optimiser steps.</summary>
    public required long Steps { get; init; }

    /// <summary>Samples sent forward through the model in training, refreshes and candidates within batches included; 0 in events of before it was counted.</summary>
    public long Forwards { get; init; }

    /// <summary>Samples whose loss was sent backward; 0 in events of before it was counted.</summary>
    public long Backwards { get; init; }

    /// <summary>The share of visits that the method was asked to save; null when it wasn't asked.</summary>
    public double? AskedSave { get; init; }

    /// <summary>Final test accuracy of each class, in [0, 1]; null for a class without test samples. Empty when interrupted.</summary>
    public IReadOnlyList<double?> ClassAccuracy { get; init; } = [];

    /// <summary>For each class how often its samples were trained on over how often full epochs would have; null for a class without samples.</summary>
    public IReadOnlyList<double?> ClassKeep { get; init; } = [];

    /// <summary>Seconds by phase.</summary>
    public required PhaseSeconds Seconds { get; init; }

    /// <summary>Fingerprint of the final weights.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>True when stopped from outside.</summary>
    public bool Interrupted { get; init; }
}
