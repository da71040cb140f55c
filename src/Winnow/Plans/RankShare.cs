namespace Winnow.Plans;

/// <summary>
/// What one of several processes visits in an epoch: a contiguous part of every global batch. The parts of all ranks are disjoint and
/// together the plan; within a batch they differ by at most one sample. Any step can be asked for in constant time, and with a keyed plan
/// (<see cref="PlanOrder.Keyed"/>) no process ever holds the order of all.
/// </summary>
/// <remarks>
/// Processes that exchange gradients compute equally many samples a step: <see cref="Length"/>, written by <see cref="CopyIds"/> and
/// <see cref="CopyWeights"/>, is a part padded to the longest one's length with a sample of weight 0. No sample is lost and no weight added.
/// </remarks>
public sealed class RankShare
{
    internal RankShare(EpochPlan plan, int rank, int ranks, int batchSize)
    {
        Check(rank, ranks);
        (Plan, Rank, Ranks, BatchSize, Steps) = (plan, rank, ranks, batchSize, plan.Steps(batchSize));
    }

    private static void Check(int rank, int ranks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ranks, 1);
        if (rank < 0 || rank >= ranks)
        {
            throw new ArgumentOutOfRangeException(nameof(rank), rank, $"there is no rank {rank} of {ranks}; ranks are 0-based, in [0, {ranks})");
        }
    }

    /// <summary>The contiguous part of a row of things that one of several processes takes: parts differ by at most one and together are the row.</summary>
    /// <param name="count">How many things, at least 0.</param>
    /// <param name="rank">Which process, in [0, ranks).</param>
    /// <param name="ranks">How many processes, at least 1.</param>
    /// <returns>The first thing's place and how many; 0 of them where there are fewer things than ranks.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such rank, or the count is negative.</exception>
    public static (int Start, int Count) Part(int count, int rank, int ranks)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        Check(rank, ranks);
        int start = (int)((long)rank * count / ranks), end = (int)((rank + 1L) * count / ranks);
        return (start, end - start);
    }

    /// <summary>The longest part of so many things.</summary>
    /// <param name="count">How many things, at least 0.</param>
    /// <param name="ranks">How many processes, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static int LongestPart(int count, int ranks)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfLessThan(ranks, 1);
        return (int)((count + ranks - 1L) / ranks);
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
        if (step < 0 || step > Steps)
        {
            throw new ArgumentOutOfRangeException(nameof(step), step, $"the epoch has {Steps} steps, 0-based");
        }

        return Enumerable.Range(step, Steps - step).Select(At);
    }

    /// <summary>How many samples every rank computes at a step, padding included: the longest part's count.</summary>
    /// <param name="step">0-based.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    public int Length(int step) => LongestPart(Plan.Batch(step, BatchSize).Count, Ranks);

    /// <summary>Writes the ids of a step's part, the padding's included: it repeats the batch's sample that follows, or the last.</summary>
    /// <param name="step">0-based.</param>
    /// <param name="destination">At least <see cref="Length"/> long; what is beyond stays as it is.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public void CopyIds(int step, Span<int> destination)
    {
        PlannedBatch whole = Plan.Batch(step, BatchSize), mine = At(step);
        var target = Target(destination, Length(step));
        mine.CopyIds(target);
        if (mine.Count < target.Length)
        {
            whole.Slice(Math.Min(mine.Start + mine.Count - whole.Start, whole.Count - 1), 1).CopyIds(target[^1..]);
        }
    }

    /// <summary>Writes the weights in the order of the ids: 0 for the padding.</summary>
    /// <param name="step">0-based.</param>
    /// <param name="destination">At least <see cref="Length"/> long; what is beyond stays as it is.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public void CopyWeights(int step, Span<float> destination)
    {
        var mine = At(step);
        var target = Target(destination, Length(step));
        mine.CopyWeights(target);
        target[mine.Count..].Clear();
    }

    private static Span<T> Target<T>(Span<T> destination, int length) => destination.Length >= length
        ? destination[..length]
        : throw new ArgumentException($"room for {destination.Length} of {length} samples; pass at least {length}", nameof(destination));
}
