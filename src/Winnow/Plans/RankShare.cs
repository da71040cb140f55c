namespace Winnow.Plans;

/// <summary>
/// What one of several processes visits in an epoch: a contiguous part of every global batch. The parts of all ranks are disjoint and
/// together the plan; within a batch they differ by at most one sample. Any step can be asked for in constant time, and with a keyed plan
/// (<see cref="PlanOrder.Keyed"/>) no process ever holds the order of all.
/// </summary>
public sealed class RankShare
{
    internal RankShare(EpochPlan plan, int rank, int ranks, int batchSize)
    {
        Check(rank, ranks);
        (Plan, Rank, Ranks, BatchSize, Steps) = (plan, rank, ranks, batchSize, plan.Steps(batchSize));
    }

    /// <summary>Refuses a rank that there isn't.</summary>
    internal static void Check(int rank, int ranks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ranks, 1);
        if (rank < 0 || rank >= ranks) throw new ArgumentOutOfRangeException(nameof(rank), rank, $"there is no rank {rank} of {ranks}; ranks are 0-based, in [0, {ranks})");
    }

    /// <summary>The plan that all ranks share.</summary>
    public EpochPlan Plan { get; }

    /// <summary>Which process, 0-based.</summary>
    public int Rank { get; }

    /// <summary>How many processes.</summary>
    public int Ranks { get; }

    /// <summary>The largest global batch.</summary>
    public int BatchSize { get; }

    /// <summary>How many steps the epoch has, the same for every rank.</summary>
    public int Steps { get; }

    /// <summary>This rank's part of a global batch: a ticket like any other. Empty where a batch has fewer samples than there are ranks.</summary>
    /// <param name="step">0-based.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    public PlannedBatch At(int step) => Plan.Batch(step, BatchSize).Share(Rank, Ranks);

    /// <summary>The parts from a step on, such as the one to resume at. Nothing before it is looked at.</summary>
    /// <param name="step">The first step, 0-based; <see cref="Steps"/> gives none.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    public IEnumerable<PlannedBatch> From(int step = 0)
    {
        if (step < 0 || step > Steps) throw new ArgumentOutOfRangeException(nameof(step), step, $"the epoch has {Steps} steps, 0-based");
        return Enumerable.Range(step, Steps - step).Select(At);
    }
}
