namespace Winnow.Plans;

/// <summary>
/// A batch of a plan: the samples to visit and what their losses weigh, and the ticket with which the losses come back. However a
/// loader prefetches, splits or reorders batches, ids and losses can't be paired wrongly.
/// </summary>
public readonly struct PlannedBatch : IEquatable<PlannedBatch>
{
    internal PlannedBatch(EpochPlan plan, int start, int count) => (Plan, Start, Count) = (plan, start, count);

    /// <summary>The plan that it is a part of; null in a default value, which no pruner accepts.</summary>
    public EpochPlan Plan { get; }

    /// <summary>The place of its first sample in the plan's order.</summary>
    public int Start { get; }

    /// <summary>How many samples.</summary>
    public int Count { get; }

    /// <summary>The samples' ids, in visiting order.</summary>
    public ReadOnlySpan<int> Ids => Plan.Order.Slice(Start, Count);

    /// <summary>The sum of the samples' weights, in float64.</summary>
    public double WeightSum
    {
        get
        {
            double sum = 0;
            ReadOnlySpan<float> weights = Plan.Weights;
            foreach (int id in Ids) sum += weights[id];
            return sum;
        }
    }

    /// <summary>Writes the ids as int64.</summary>
    /// <param name="destination">At least <see cref="Count"/> long; what is beyond stays as it is.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public void CopyIds(Span<long> destination)
    {
        ReadOnlySpan<int> ids = Ids;
        Span<long> target = Target(destination);
        for (int i = 0; i < ids.Length; i++) target[i] = ids[i];
    }

    /// <summary>Writes the weights in the order of the ids.</summary>
    /// <param name="destination">At least <see cref="Count"/> long; what is beyond stays as it is.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public void CopyWeights(Span<float> destination)
    {
        ReadOnlySpan<int> ids = Ids;
        ReadOnlySpan<float> weights = Plan.Weights;
        Span<float> target = Target(destination);
        for (int i = 0; i < ids.Length; i++) target[i] = weights[ids[i]];
    }

    /// <summary>A part of the batch, such as a micro-batch of an accumulation window; a ticket of its own.</summary>
    /// <param name="start">The first sample, 0-based in this batch.</param>
    /// <param name="count">How many samples.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part isn't within the batch.</exception>
    public PlannedBatch Slice(int start, int count)
    {
        if ((uint)start > (uint)Count) throw new ArgumentOutOfRangeException(nameof(start), start, $"a part of a batch of {Count} begins in [0, {Count}]");
        if ((uint)count > (uint)(Count - start))
            throw new ArgumentOutOfRangeException(nameof(count), count, $"from {start} on the batch has {Count - start} samples");
        return new(Plan, Start + start, count);
    }

    /// <summary>One rank's part of the batch; together the ranks' parts are the batch, in its order.</summary>
    /// <param name="rank">In [0, ranks).</param>
    /// <param name="ranks">How many, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such rank.</exception>
    public PlannedShare Share(int rank, int ranks) => new(this, rank, ranks);

    /// <inheritdoc/>
    public bool Equals(PlannedBatch other) => ReferenceEquals(Plan, other.Plan) && (Start, Count) == (other.Start, other.Count);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PlannedBatch other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Start, Count);

    /// <summary>The same part of the same plan.</summary>
    public static bool operator ==(PlannedBatch left, PlannedBatch right) => left.Equals(right);

    /// <summary>Not the same part of the same plan.</summary>
    public static bool operator !=(PlannedBatch left, PlannedBatch right) => !left.Equals(right);

    Span<T> Target<T>(Span<T> destination) => destination.Length >= Count
        ? destination[..Count]
        : throw new ArgumentException($"the destination holds {destination.Length}, the batch has {Count}; pass at least {Count}", nameof(destination));
}
