using Winnow.Plans;
using Winnow.Samples;

namespace Winnow.Records;

/// <summary>
/// The last known losses of all samples when an epoch was planned, however old, and which of them the plan visits: what a method saw, and
/// where it cut. Samples never seen and those whose last loss wasn't finite are left out.
/// </summary>
public sealed record StoredLosses
{
    // Half octaves from 2^-12 to 2^5, and one bin for all below and one for all above.
    private const int LowestHalfOctave = -24;

    /// <summary>How many bins there are.</summary>
    public const int Bins = 36;

    /// <summary>The mean of these losses.</summary>
    public required double Mean { get; init; }

    /// <summary>How many samples lie in each bin.</summary>
    public required IReadOnlyList<int> Counts { get; init; }

    /// <summary>How many of those the plan visits.</summary>
    public required IReadOnlyList<int> Kept { get; init; }

    /// <summary>The lower edge of a bin: half powers of two from the second bin on, 0 for the first. A bin's upper edge is the next one's lower.</summary>
    /// <param name="bin">In [0, <see cref="Bins"/>].</param>
    public static double LowerEdge(int bin) => bin switch
    {
        0 => 0,
        Bins => double.PositiveInfinity,
        _ => Math.Pow(2, (LowestHalfOctave + bin - 1) / 2.0),
    };

    /// <summary>Counts them; null where the method keeps no losses or has seen none yet.</summary>
    public static StoredLosses? Of(SampleTable samples, EpochPlan plan)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(plan);
        if (!samples.Has(Column.LossName))
        {
            return null;
        }

        var losses = samples[Column.Loss];
        var flags = samples.Flags;
        var weights = plan.Weights;
        var (counts, kept) = (new int[Bins], new int[Bins]);
        double sum = 0;
        var known = 0;
        for (var id = 0; id < losses.Length; id++)
        {
            if (flags[id] == SampleFlags.Seen)
            {
                var bin = Bin(losses[id]);
                counts[bin]++;
                kept[bin] += weights[id] > 0 ? 1 : 0;
                sum += losses[id];
                known++;
            }
        }

        return known == 0 ? null : new StoredLosses { Mean = sum / known, Counts = counts, Kept = kept };
    }

    // The exponent, and whether the fraction reaches the square root of two, straight from the bits.
    private static int Bin(float loss)
    {
        const int SquareRootOfTwo = 0x3504F3;
        if (loss <= 0)
        {
            return 0;
        }

        var bits = BitConverter.SingleToInt32Bits(loss);
        var halfOctave = (2 * ((bits >> 23) - 127)) + ((bits & 0x7FFFFF) >= SquareRootOfTwo ? 1 : 0);
        return Math.Clamp(halfOctave - LowestHalfOctave + 1, 0, Bins - 1);
    }
}
