using System.Globalization;
using Winnow.Numerics;

namespace Winnow.Data;

/// <summary>Labels made wrong on purpose, the same way every time.</summary>
public static class LabelNoise
{
    /// <summary>
    /// The same samples, of which exactly round(<paramref name="share"/>·count), drawn uniformly, have another label: one of the other
    /// classes, each equally likely (symmetric noise). Samples are shared, not copied.
    /// </summary>
    /// <param name="set">Samples with labels.</param>
    /// <param name="share">In [0, 1); 0 returns the set itself.</param>
    /// <param name="seed">Which samples and which labels. It isn't a run's seed: whatever is compared must see the same labels.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is outside [0, 1).</exception>
    /// <exception cref="DataException">There is only one class, or the share is so small that no label would change.</exception>
    public static SampleSet WithLabelNoise(this SampleSet set, double share, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(set);
        if (share is not (>= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(share), share, "label noise is the share of labels that are replaced, in [0, 1).");
        }

        if (share == 0)
        {
            return set;
        }

        if (set.Classes < 2)
        {
            throw new DataException($"{set.Name} has one class; label noise needs another one to change to.");
        }

        var wrong = (int)Math.Round(share * set.Count, MidpointRounding.AwayFromZero);
        if (wrong == 0)
        {
            throw new DataException(string.Create(CultureInfo.InvariantCulture,
                $"{set.Name}: label noise {share} of {set.Count} samples changes no label; at least {0.5 / set.Count:G3} changes one."));
        }

        var noisy = set.Labels.ToArray();
        var random = Rng.Derive(seed, 0, "label-noise").Sequence();
        for (var i = 0; i < noisy.Length && wrong > 0; i++)
        {
            if (random.Next((uint)(noisy.Length - i)) >= wrong)
            {
                continue;
            }

            wrong--;
            var other = (int)random.Next((uint)set.Classes - 1);
            noisy[i] = other < noisy[i] ? other : other + 1;
        }

        return set.WithLabels(noisy);
    }
}
