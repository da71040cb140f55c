using System.Globalization;
using Winnow.Numerics;

namespace Winnow.Data;

/// <content>Data made harder on purpose, the same way every time.</content>
public sealed partial class SampleSet
{
    /// <summary>
    /// The same samples, of which exactly round(<paramref name="share"/>·count), drawn uniformly, have another label: one of the other
    /// classes, each equally likely (symmetric noise). Samples are shared, not copied.
    /// </summary>
    /// <param name="share">In [0, 1); 0 returns this set.</param>
    /// <param name="seed">Which samples and which labels. It isn't a run's seed: whatever is compared must see the same labels.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is outside [0, 1).</exception>
    /// <exception cref="DataException">There is only one class, or the share is so small that no label would change.</exception>
    public SampleSet WithLabelNoise(double share, ulong seed = 0)
    {
        if (share is not (>= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(share), share, "label noise is the share of labels that are replaced, in [0, 1).");
        }

        if (share == 0)
        {
            return this;
        }

        if (Classes < 2)
        {
            throw new DataException($"{Name} has one class; label noise needs another one to change to.");
        }

        var wrong = (int)Math.Round(share * Count, MidpointRounding.AwayFromZero);
        if (wrong == 0)
        {
            throw new DataException(string.Create(CultureInfo.InvariantCulture,
                $"{Name}: label noise {share} of {Count} samples changes no label; at least {0.5 / Count:G3} changes one."));
        }

        var noisy = _labels.ToArray();
        var random = Rng.Derive(seed, 0, "label-noise").Sequence();
        for (var i = 0; i < noisy.Length && wrong > 0; i++)
        {
            if (random.Next((uint)(noisy.Length - i)) >= wrong)
            {
                continue;
            }

            wrong--;
            var other = (int)random.Next((uint)Classes - 1);
            noisy[i] = other < noisy[i] ? other : other + 1;
        }

        return new(Name, ElementType, _shape, _content, noisy, Classes, ClassNames, _rows);
    }

    /// <summary>
    /// A long tail: with the classes ordered by size (ties by number), the r-th of C keeps the share factor^(-r/(C-1)) of its samples, so
    /// that the most frequent keeps all and the least frequent 1/factor, at least one. Who stays is drawn uniformly, the same way every time;
    /// file order stays. Classes without samples don't count. The profile of CIFAR-LT (Cui et al., CVPR 2019).
    /// </summary>
    /// <param name="factor">At least 1; 1 returns this set.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor isn't finite and at least 1.</exception>
    /// <exception cref="DataException">There are samples of one class only.</exception>
    public SampleSet WithLongTail(double factor)
    {
        if (factor is not (>= 1 and < double.PositiveInfinity))
        {
            throw new ArgumentOutOfRangeException(nameof(factor), factor, "an imbalance is how many times smaller a share the rarest class keeps, at least 1.");
        }

        if (factor == 1)
        {
            return this;
        }

        int[] left = new int[Classes], wanted = new int[Classes];
        foreach (var label in Labels)
        {
            left[label]++;
        }

        int[] bySize = [.. Enumerable.Range(0, Classes).Where(c => left[c] > 0).OrderByDescending(c => left[c])];
        if (bySize.Length < 2)
        {
            throw new DataException($"{Name} has samples of one class only; an imbalance needs two.");
        }

        for (var r = 0; r < bySize.Length; r++)
        {
            var share = Math.Pow(factor, -(double)r / (bySize.Length - 1));
            wanted[bySize[r]] = Math.Max(1, (int)Math.Round(share * left[bySize[r]], MidpointRounding.AwayFromZero));
        }

        var kept = new List<int>(wanted.Sum());
        var random = Rng.Derive(0, 0, "long-tail").Sequence();
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
