using System.Text.Json.Serialization;

namespace Winnow.Records;

/// <summary>What happened in one epoch.</summary>
public sealed record EpochReport
{
    /// <summary>0-based epoch.</summary>
    public required int Epoch { get; init; }

    /// <summary>Epochs of the run.</summary>
    public required int Epochs { get; init; }

    /// <summary>Samples visited in this epoch.</summary>
    public required int Visited { get; init; }

    /// <summary>Samples in the training set.</summary>
    public required int Total { get; init; }

    /// <summary>Optimiser steps in this epoch.</summary>
    public required int Steps { get; init; }

    /// <summary>Samples that sat out and were sent through the model to refresh what is known of them.</summary>
    public int Refreshed { get; init; }

    /// <summary>Samples sent forward in this epoch: visits, refreshes, candidates that a batch was chosen from, and looks for scores and for gradients that weights are dropped by. Evaluation isn't among them.</summary>
    public long Forwards { get; init; }

    /// <summary>Samples whose loss was sent backward in this epoch.</summary>
    public long Backwards { get; init; }

    /// <summary>The share of visits saved by the run so far, this epoch included, against full epochs.</summary>
    public double SavedSoFar { get; init; }

    /// <summary>The share of the run's visits that the method was asked to save; null when it wasn't asked.</summary>
    public double? AskedSave { get; init; }

    /// <summary>Learning rate of the last step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Mean loss over the samples visited, unweighted; null when none was finite.</summary>
    public double? VisitedLoss { get; init; }

    /// <summary>Σ w·loss / Σ w over the samples visited: an estimate of the mean loss over all data.</summary>
    public double? WeightedLoss { get; init; }

    /// <summary>Samples whose loss was not finite in this epoch.</summary>
    public int NonFinite { get; init; }

    /// <summary>What the network is judged by after this epoch; none in records from before there were metrics.</summary>
    public Metrics Metrics { get => field ?? Metrics.None; init; } = Metrics.None;

    /// <summary>Share of the test set classified correctly, in [0, 1]; null for tasks that don't classify.</summary>
    public double? Accuracy { get; init; }

    /// <summary>Mean loss on the test set, without label smoothing; null when it isn't finite.</summary>
    public double? TestLoss { get; init; }

    /// <summary>The share of the weights that could be dropped and are kept after this epoch; null where the run drops none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Density { get; init; }

    /// <summary>Seconds of this epoch by phase.</summary>
    public required PhaseSeconds Seconds { get; init; }
}
