namespace Winnow.Policies;

/// <summary>
/// How a saving that was asked for becomes a number of visits for each epoch. The run may visit (1 - save)·N·C samples in all; what the
/// epochs so far have used is known, the full epochs at the end are known, and the rest is shared equally by the epochs that prune. An
/// epoch that came out above or below its share is made good by those after it.
/// </summary>
/// <param name="Save">The share of visits to save, in (0, 1).</param>
/// <param name="FirstPruned">The first epoch that can prune: 0, or 1 where losses must be seen first.</param>
/// <param name="Until">The share of epochs after which nothing is pruned.</param>
internal readonly record struct VisitBudget(double Save, int FirstPruned, double Until)
{
    /// <summary>How many samples this epoch should visit, at least 1; all of them in an epoch that doesn't prune.</summary>
    public int Visits(in EpochContext epoch, int samples)
    {
        var end = EpochContext.PrunedEpochs(Until, epoch.TotalEpochs);
        if (samples == 0 || epoch.Epoch < FirstPruned || epoch.Epoch >= end)
        {
            return samples;
        }

        double allowed = (1 - Save) * samples * epoch.TotalEpochs, later = (double)samples * (epoch.TotalEpochs - end);
        var share = (allowed - epoch.PlannedVisits - later) / (end - epoch.Epoch);
        return (int)Math.Clamp(Math.Round(share, MidpointRounding.AwayFromZero), 1, samples);
    }

    /// <summary>The largest saving over a run when an epoch that prunes can drop at most such a share of the samples.</summary>
    public static double Largest(int epochs, int firstPruned, double until, double drop) =>
        drop * Math.Max(0, EpochContext.PrunedEpochs(until, epochs) - firstPruned) / epochs;
}
