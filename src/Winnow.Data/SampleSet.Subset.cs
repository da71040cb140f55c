using Winnow.Numerics;

namespace Winnow.Data;

/// <content>Fewer samples, the same way every time.</content>
public sealed partial class SampleSet
{
    /// <summary>
    /// So many of these samples, with the classes in the shares that they have here (largest remainder, and at least one of each class that
    /// has any and fits). Who stays is drawn uniformly, the same way every time; file order stays.
    /// </summary>
    /// <param name="count">In [1, <see cref="Count"/>]; all returns this set.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is outside that range.</exception>
    public SampleSet WithSubset(int count)
    {
        if (count < 1 || count > Count)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, $"{Name} has {Count} samples; a subset has 1 to {Count}.");
        }

        if (count == Count)
        {
            return this;
        }

        int[] left = new int[Classes], wanted = new int[Classes];
        foreach (var label in Labels)
        {
            left[label]++;
        }

        for (var c = 0; c < Classes; c++)
        {
            wanted[c] = (int)((long)left[c] * count / Count);
        }

        foreach (var c in Enumerable.Range(0, Classes).Where(c => left[c] > wanted[c]).OrderByDescending(c => (long)left[c] * count % Count).Take(count - wanted.Sum()))
        {
            wanted[c]++;
        }

        // A class that would vanish takes one of the class that has most.
        foreach (var c in Enumerable.Range(0, Classes).Where(c => left[c] > 0 && wanted[c] == 0))
        {
            var most = Array.IndexOf(wanted, wanted.Max());
            if (wanted[most] < 2)
            {
                break;
            }

            (wanted[most], wanted[c]) = (wanted[most] - 1, 1);
        }

        var kept = new List<int>(count);
        var random = Rng.Derive(0, 0, "subset").Sequence();
        for (var i = 0; i < Count; i++)
        {
            var label = Labels[i];
            if (random.Next((uint)left[label]--) >= wanted[label])
            {
                continue;
            }

            wanted[label]--;
            kept.Add(i);
        }

        return Select([.. kept]);
    }
}
