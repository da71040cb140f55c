using System.Text.Json.Serialization;

namespace Winnow.Records;

/// <summary>The numbers that a run came to. Its outcome, its last event and its result are these and what else they tell; each says what others were not counting when it was written.</summary>
public abstract record RunTotals
{
    /// <summary>What the network is judged by at the end (not at its best), each with its direction, one of which decides; none when the run was interrupted, and in files of before there were metrics.</summary>
    public Metrics Metrics { get => field ?? Metrics.None; init; } = Metrics.None;

    /// <summary>Final test accuracy in [0, 1]; null when the run was interrupted, and for tasks that don't classify.</summary>
    public double? Accuracy { get; init; }

    /// <summary>Final test loss; null when it isn't finite, the run was interrupted, or the task has none.</summary>
    public double? TestLoss { get; init; }

    /// <summary>Samples visited over the run, those that were only candidates within a batch included.</summary>
    public required long Visited { get; init; }

    /// <summary>Optimiser steps over the run.</summary>
    public required long Steps { get; init; }

    /// <summary>Samples sent forward through the model in training: visits, refreshes, candidates that a batch was chosen from, and looks for scores and for gradients that weights are dropped by. Evaluation isn't among them. 0 in files of before it was counted.</summary>
    public long Forwards { get; init; }

    /// <summary>Samples whose loss was sent backward; 0 in files of before it was counted.</summary>
    public long Backwards { get; init; }

    /// <summary>The share of visits that the method was asked to save; null when it wasn't asked.</summary>
    public double? AskedSave { get; init; }

    /// <summary>Final test accuracy of each class, in [0, 1]; null for a class without test samples. Empty when the run was interrupted, and where there are no classes.</summary>
    public IReadOnlyList<double?> ClassAccuracy { get => field ?? []; init; } = [];

    /// <summary>For each class how often its training samples were trained on over how often the recipe's full epochs would have; null for a class without training samples.</summary>
    public IReadOnlyList<double?> ClassKeep { get => field ?? []; init; } = [];

    /// <summary>The network's size over the run, and what was dropped of it; null in files of before it was counted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public NetworkTotals? Network { get; init; }

    /// <summary>Seconds by phase.</summary>
    public required PhaseSeconds Seconds { get; init; }

    /// <summary>True when the run was stopped from outside before its end.</summary>
    public bool Interrupted { get; init; }

    /// <summary>The metric that comparisons go by, at the end; null where there is none.</summary>
    [JsonIgnore]
    public double? Judged => Metrics.Judged(Accuracy);

    /// <summary>
    /// What the run computed, in units of one sample sent forward; sending it backward counts as two. Evaluation isn't in it. Where it wasn't counted, each visit was sent
    /// forward and backward once.
    /// </summary>
    [JsonIgnore]
    public long Compute => Forwards == 0 ? 3 * Visited : Forwards + (2 * Backwards);
}
