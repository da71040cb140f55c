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

    /// <summary>The samples' ids, in visiting order. A keyed plan writes its whole order down when first asked; <see cref="CopyIds(Span{int})"/> doesn't.</summary>
    public ReadOnlySpan<int> Ids => Plan.Order.Slice(Start, Count);

    /// <summary>The sum of the samples' weights, in float64.</summary>
    public double WeightSum
    {
        get
        {
            double sum = 0;
            var weights = Plan.Weights;
            Span<int> piece = stackalloc int[Piece];
            for (var at = 0; at < Count; at += Piece)
            {
                foreach (var id in Part(at, piece))
                {
                    sum += weights[id];
                }
            }

            return sum;
        }
    }

    /// <summary>Writes the ids.</summary>
    /// <param name="destination">At least <see cref="Count"/> long; what is beyond stays as it is.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public void CopyIds(Span<int> destination) => Plan.CopyOrder(Start, Target(destination));

    /// <summary>Writes the ids as int64.</summary>
    /// <param name="destination">At least <see cref="Count"/> long; what is beyond stays as it is.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public void CopyIds(Span<long> destination)
    {
        var target = Target(destination);
        Span<int> piece = stackalloc int[Piece];
        for (var at = 0; at < Count; at += Piece)
        {
            var ids = Part(at, piece);
            for (var i = 0; i < ids.Length; i++)
            {
                target[at + i] = ids[i];
            }
        }
    }

    /// <summary>Writes the weights in the order of the ids.</summary>
    /// <param name="destination">At least <see cref="Count"/> long; what is beyond stays as it is.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public void CopyWeights(Span<float> destination)
    {
        var weights = Plan.Weights;
        var target = Target(destination);
        Span<int> piece = stackalloc int[Piece];
        for (var at = 0; at < Count; at += Piece)
        {
            var ids = Part(at, piece);
            for (var i = 0; i < ids.Length; i++)
            {
                target[at + i] = weights[ids[i]];
            }
        }
    }

    /// <summary>A part of the batch, such as a micro-batch of an accumulation window; a ticket of its own.</summary>
    /// <param name="start">The first sample, 0-based in this batch.</param>
    /// <param name="count">How many samples.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part isn't within the batch.</exception>
    public PlannedBatch Slice(int start, int count)
    {
        if ((uint)start > (uint)Count)
        {
            throw new ArgumentOutOfRangeException(nameof(start), start, $"a part of a batch of {Count} begins in [0, {Count}]");
        }

        if ((uint)count > (uint)(Count - start))
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, $"from {start} on the batch has {Count - start} samples");
        }

        return new(Plan, Start + start, count);
    }

    /// <summary>The contiguous part of the batch that one of several processes takes; parts differ by at most one sample and together are the batch.</summary>
    /// <param name="rank">Which process, in [0, ranks).</param>
    /// <param name="ranks">How many processes, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such rank.</exception>
    public PlannedBatch Share(int rank, int ranks)
    {
        (var start, var count) = RankShare.Part(Count, rank, ranks);
        return new(Plan, Start + start, count);
    }

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

    // Ids are read in pieces, since there may be no list of them.
    private const int Piece = 1 << 9;

    private ReadOnlySpan<int> Part(int start, Span<int> piece)
    {
        var ids = piece[..Math.Min(piece.Length, Count - start)];
        Plan.CopyOrder(Start + start, ids);
        return ids;
    }

    private Span<T> Target<T>(Span<T> destination) => destination.Length >= Count
        ? destination[..Count]
        : throw new ArgumentException($"the destination holds {destination.Length}, the batch has {Count}; pass at least {Count}", nameof(destination));
}
