namespace Winnow.Plans;

/// <summary>One rank's part of a row of things: contiguous, in the row's order, and for no two ranks different by more than one.</summary>
/// <param name="Start">The first that is the rank's.</param>
/// <param name="Count">How many are; 0 where there are fewer than ranks.</param>
/// <param name="Length">The longest part's count, to which the others are padded, so that all ranks exchange and compute equally much.</param>
public readonly record struct RankShare(int Start, int Count, int Length)
{
    /// <summary>The part of a rank.</summary>
    /// <param name="count">How many things, at least 0.</param>
    /// <param name="rank">In [0, ranks).</param>
    /// <param name="ranks">How many, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such rank.</exception>
    public static RankShare Of(int count, int rank, int ranks)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfLessThan(ranks, 1);
        if ((uint)rank >= (uint)ranks) throw new ArgumentOutOfRangeException(nameof(rank), rank, $"of {ranks} ranks there are 0 to {ranks - 1}");
        int start = (int)((long)rank * count / ranks), end = (int)((rank + 1L) * count / ranks);
        return new(start, end - start, (int)(((long)count + ranks - 1) / ranks));
    }
}
