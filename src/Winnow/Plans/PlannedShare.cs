namespace Winnow.Plans;

/// <summary>
/// One rank's part of a batch. Shares are contiguous and differ by at most one sample; the shorter ones are padded to the length of the
/// longest with a sample of weight 0, so that every rank computes batches of one size, no sample is lost and no weight is added.
/// </summary>
public readonly struct PlannedShare
{
    internal PlannedShare(PlannedBatch batch, int rank, int ranks)
    {
        RankShare share = RankShare.Of(batch.Count, rank, ranks);
        (Whole, Real, Count) = (batch, batch.Slice(share.Start, share.Count), share.Length);
    }

    /// <summary>The whole batch.</summary>
    public PlannedBatch Whole { get; }

    /// <summary>The samples that are this rank's to visit: a ticket. Empty where there are fewer samples than ranks.</summary>
    public PlannedBatch Real { get; }

    /// <summary>How many samples the rank computes, the padding at the end included: the same on all ranks.</summary>
    public int Count { get; }

    /// <summary>How many of them are padding: 0 or 1.</summary>
    public int Padding => Count - Real.Count;

    /// <summary>Writes the ids, the padding's included: it repeats the sample that follows, or the batch's last.</summary>
    /// <param name="destination">At least <see cref="Count"/> long; what is beyond stays as it is.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public void CopyIds(Span<int> destination)
    {
        Span<int> target = Target(destination);
        Real.Ids.CopyTo(target);
        if (Padding > 0) target[^1] = Whole.Ids[Math.Min(Real.Start + Real.Count - Whole.Start, Whole.Count - 1)];
    }

    /// <summary>Writes the weights in the order of the ids: 0 for the padding.</summary>
    /// <param name="destination">At least <see cref="Count"/> long; what is beyond stays as it is.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public void CopyWeights(Span<float> destination)
    {
        Span<float> target = Target(destination);
        Real.CopyWeights(target);
        target[Real.Count..].Clear();
    }

    Span<T> Target<T>(Span<T> destination) => destination.Length >= Count
        ? destination[..Count]
        : throw new ArgumentException($"room for {destination.Length} of {Count} samples; pass at least {Count}", nameof(destination));
}
