using Winnow.Training;

namespace Winnow.Experiments.Networks;

/// <summary>
/// What a pruned network cost to train, in multiplications with additions, a pass backward counted as two forward: the whole network's training, the choice of channels, and the recovery
/// of what was left. Scratch-B of Liu et al. (ICLR 2019) has the first of the three alone, E · F / f epochs of the smaller network; here it has all of them, so that it is at no disadvantage.
/// </summary>
/// <param name="Macs">In all.</param>
internal sealed record TrainingBudget(double Macs)
{
    /// <summary>What a pruned network cost.</summary>
    /// <param name="whole">The training of the network that it was cut from.</param>
    /// <param name="recovery">Its own.</param>
    /// <param name="cut">The cut.</param>
    public static TrainingBudget Of(TrainingOutcome whole, TrainingOutcome recovery, NetworkCut cut)
    {
        var (before, after) = ((double)cut.Outcome.Before.Macs, (double)cut.Outcome.After.Macs);
        return new((before * (whole.Compute + (3 * cut.ScoreSamples))) + (after * recovery.Compute));
    }

    /// <summary>Steps on full data for which a network can be trained for as much, at least 1.</summary>
    /// <param name="macs">Of the network, for one sample.</param>
    /// <param name="trainer">How many samples a step takes.</param>
    public long Steps(long macs, Trainer trainer) => Math.Max(1, (long)Math.Round(Macs / (3.0 * macs) * trainer.FullSteps / trainer.FullVisits));
}
