namespace Winnow.Data;

/// <summary>Fewer samples, the same way every time.</summary>
public static class StratifiedSubset
{
    /// <summary>
    /// So many of these samples, with the classes in the shares that they have here (largest remainder, and at least one of each class that
    /// has any and fits). Who stays is drawn uniformly, the same way every time; file order stays.
    /// </summary>
    /// <param name="set">Samples with labels.</param>
    /// <param name="count">In [1, <see cref="SampleSet.Count"/>]; all returns the set itself.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is outside that range.</exception>
    public static SampleSet WithSubset(this SampleSet set, int count)
    {
        ArgumentNullException.ThrowIfNull(set);
        if (count < 1 || count > set.Count)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, $"{set.Name} has {set.Count} samples; a subset has 1 to {set.Count}.");
        }

        if (count == set.Count)
        {
            return set;
        }

        int[] left = ClassDraw.Sizes(set), wanted = new int[set.Classes];

        for (var c = 0; c < set.Classes; c++)
        {
            wanted[c] = (int)((long)left[c] * count / set.Count);
        }

        foreach (var c in Enumerable.Range(0, set.Classes).Where(c => left[c] > wanted[c]).OrderByDescending(c => (long)left[c] * count % set.Count).Take(count - wanted.Sum()))
        {
            wanted[c]++;
        }

        // A class that would vanish takes one of the class that has most.
        foreach (var c in Enumerable.Range(0, set.Classes).Where(c => left[c] > 0 && wanted[c] == 0))
        {
            var most = Array.IndexOf(wanted, wanted.Max());
            if (wanted[most] < 2)
            {
                break;
            }

            (wanted[most], wanted[c]) = (wanted[most] - 1, 1);
        }

        return ClassDraw.Select(set, wanted, "subset");
    }
}
