namespace Winnow.Data;

/// <summary>Classes made rare on purpose, the same way every time.</summary>
public static class LongTail
{
    /// <summary>
    /// A long tail: with the classes ordered by size (ties by number), the r-th of C keeps the share factor^(-r/(C-1)) of its samples, so
    /// that the most frequent keeps all and the least frequent 1/factor, at least one. Who stays is drawn uniformly, the same way every time;
    /// file order stays. Classes without samples don't count. The profile of CIFAR-LT (Cui et al., CVPR 2019).
    /// </summary>
    /// <param name="set">Samples with labels.</param>
    /// <param name="factor">At least 1; 1 returns the set itself.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor isn't finite and at least 1.</exception>
    /// <exception cref="DataException">There are samples of one class only.</exception>
    public static SampleSet WithLongTail(this SampleSet set, double factor)
    {
        ArgumentNullException.ThrowIfNull(set);
        if (factor is not (>= 1 and < double.PositiveInfinity))
        {
            throw new ArgumentOutOfRangeException(nameof(factor), factor, "an imbalance is how many times smaller a share the rarest class keeps, at least 1.");
        }

        if (factor == 1)
        {
            return set;
        }

        int[] left = ClassDraw.Sizes(set), wanted = new int[set.Classes];

        int[] bySize = [.. Enumerable.Range(0, set.Classes).Where(c => left[c] > 0).OrderByDescending(c => left[c])];
        if (bySize.Length < 2)
        {
            throw new DataException($"{set.Name} has samples of one class only; an imbalance needs two.");
        }

        for (var r = 0; r < bySize.Length; r++)
        {
            var share = Math.Pow(factor, -(double)r / (bySize.Length - 1));
            wanted[bySize[r]] = Math.Max(1, (int)Math.Round(share * left[bySize[r]], MidpointRounding.AwayFromZero));
        }

        return ClassDraw.Select(set, wanted, "long-tail");
    }
}
