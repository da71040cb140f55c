using System.Globalization;

namespace Winnow.Curation.Duplicates;

/// <summary>
/// How a signature is cut into bands: texts that agree in all rows of a band become candidates, which happens with probability 1 − (1 − sʳ)ᵇ at similarity s (Leskovec, Rajaraman and Ullman, Mining of
/// Massive Datasets, section 3.4).
/// </summary>
/// <param name="Count">How many bands, b.</param>
/// <param name="Rows">Functions a band, r.</param>
public readonly record struct Bands(int Count, int Rows)
{
    /// <summary>The probability that two texts of a similarity become candidates.</summary>
    public double Recall(double similarity) => 1 - Math.Pow(1 - Math.Pow(similarity, Rows), Count);

    /// <summary>
    /// The bands with the most rows, so with the fewest false candidates, that find pairs at the threshold with a probability. False candidates cost time and nothing else, since every pair is verified.
    /// </summary>
    /// <param name="hashes">How many functions there are at most.</param>
    /// <param name="threshold">The similarity, in (0, 1].</param>
    /// <param name="recall">The probability, in (0, 1).</param>
    /// <exception cref="CurationException">So few functions can't do it.</exception>
    public static Bands For(int hashes, double threshold, double recall)
    {
        for (var rows = hashes; rows > 0; rows--)
        {
            var bands = new Bands(hashes / rows, rows);
            if (bands.Recall(threshold) >= recall)
            {
                return bands;
            }
        }

        throw new CurationException(string.Create(CultureInfo.InvariantCulture,
            $"{hashes} hash functions find pairs of similarity {threshold} with a probability of {new Bands(hashes, 1).Recall(threshold):0.###} at most, and {recall} was asked for; take more functions, or a lower recall."));
    }

    /// <summary>The keys of a signature's bands.</summary>
    /// <param name="signature">At least <see cref="Count"/> · <see cref="Rows"/> numbers.</param>
    /// <param name="keys">Takes them, one a band.</param>
    internal void Keys(ReadOnlySpan<uint> signature, Span<ulong> keys)
    {
        for (var band = 0; band < Count; band++)
        {
            var key = 0UL;
            foreach (var value in signature.Slice(band * Rows, Rows))
            {
                key = Words.Mix(key + value + 1);
            }

            keys[band] = key;
        }
    }
}
