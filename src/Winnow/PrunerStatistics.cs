namespace Winnow;

/// <summary>What a pruner has planned and seen so far. Losses are of the current epoch unless said otherwise; NaN where there are none.</summary>
public sealed record PrunerStatistics
{
    /// <summary>Epochs planned.</summary>
    public required int Epochs { get; init; }

    /// <summary>Visits planned, over all epochs.</summary>
    public required long Planned { get; init; }

    /// <summary>Different samples observed, summed over the epochs.</summary>
    public required long Observed { get; init; }

    /// <summary>Losses given for a sample that had been observed in that epoch already, over all epochs; the last one counts.</summary>
    public required long Repeated { get; init; }

    /// <summary>Samples that sat out and were sent through the model all the same, to refresh what is known of them, over all epochs.</summary>
    public required long Refreshed { get; init; }

    /// <summary>The share of all visits of the run that the method was asked to save; null when it wasn't asked.</summary>
    public required double? AskedSave { get; init; }

    /// <summary>Losses (or the scores in their place) that were NaN or infinite, over all epochs.</summary>
    public required long NonFinite { get; init; }

    /// <summary>The share of visits saved: 1 - planned visits / (samples · epochs planned); 0 before the first plan.</summary>
    public required double Saved { get; init; }

    /// <summary>The plain mean of the finite losses observed in this epoch: what the visited samples had.</summary>
    public required double MeanLoss { get; init; }

    /// <summary>sum(weight · loss) / sum(weight) over the same losses: an estimate of the mean loss on all samples.</summary>
    public required double WeightedLoss { get; init; }

    /// <summary>The mean of the last finite losses of all samples seen so far, however old; NaN if the policy keeps no losses.</summary>
    public required double StoredLoss { get; init; }
}
