using Winnow.Numerics;

namespace Winnow.Data;

/// <summary>So many samples of each class, the same ones every time.</summary>
internal static class ClassDraw
{
    /// <summary>How many samples each class has.</summary>
    public static int[] Sizes(SampleSet set)
    {
        var sizes = new int[set.Classes];
        foreach (var label in set.Labels)
        {
            sizes[label]++;
        }

        return sizes;
    }

    /// <summary>Of each class so many, drawn uniformly and in file order.</summary>
    /// <param name="set">Samples with labels.</param>
    /// <param name="wanted">How many of each class, at most as many as it has.</param>
    /// <param name="stream">Names the draws.</param>
    public static SampleSet Select(SampleSet set, ReadOnlySpan<int> wanted, string stream)
    {
        int[] left = Sizes(set), missing = wanted.ToArray();
        var kept = new List<int>(missing.Sum());
        var random = Rng.Derive(0, 0, stream).Sequence();
        for (var i = 0; i < set.Count; i++)
        {
            var label = set.Labels[i];
            if (random.Next((uint)left[label]--) < missing[label])
            {
                missing[label]--;
                kept.Add(i);
            }
        }

        return set.Select([.. kept]);
    }
}
