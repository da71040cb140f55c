namespace Winnow.LabelErrors;

/// <summary>
/// How many samples that were given a class are confidently of another: a sample counts for a class where its probability is at least the mean probability that samples given
/// that class have of it; of several such classes for the most probable one, of none not at all. (Northcutt, Jiang and Chuang, Confident Learning, JAIR 2021, section 3.1.)
/// </summary>
public sealed class ConfidentJoint
{
    private const double LeastThreshold = 2 * PredictedClasses.Tolerance;

    private readonly double[] _thresholds;
    private readonly int[] _counts;
    private readonly int[] _given;

    private ConfidentJoint(double[] thresholds, int[] counts, int[] given) => (_thresholds, _counts, _given) = (thresholds, counts, given);

    /// <summary>The least probability with which a sample counts for each class, [classes]; of a class that no sample was given it is 1.</summary>
    public IReadOnlyList<double> Thresholds => _thresholds;

    /// <summary>How many classes there are.</summary>
    public int Classes => _given.Length;

    /// <summary>How many samples were given one class and are confidently of another. On the diagonal at least 1.</summary>
    /// <param name="given">The class that was given.</param>
    /// <param name="confident">The class that samples are confidently of.</param>
    public int Count(int given, int confident) => _counts[(given * Classes) + confident];

    /// <summary>Counts.</summary>
    /// <param name="samples">Labels and probabilities.</param>
    public static ConfidentJoint Of(PredictedClasses samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        var classes = samples.Classes;
        var sums = new double[classes];
        for (var i = 0; i < samples.Count; i++)
        {
            sums[samples.Label(i)] += samples.Of(i)[samples.Label(i)];
        }

        double[] thresholds = [.. sums.Select((sum, c) => samples.LabelCounts[c] == 0 ? 1 : Math.Max(LeastThreshold, sum / samples.LabelCounts[c]))];
        var joint = new ConfidentJoint(thresholds, new int[classes * classes], samples.LabelCounts);
        for (var i = 0; i < samples.Count; i++)
        {
            if (joint.Confident(samples.Of(i)) is { } confident)
            {
                joint._counts[(samples.Label(i) * classes) + confident]++;
            }
        }

        for (var c = 0; c < classes; c++)
        {
            joint._counts[(c * classes) + c] = Math.Max(1, joint.Count(c, c));
        }

        return joint;
    }

    /// <summary>The class that a sample counts for; null for none.</summary>
    /// <param name="probabilities">Of the classes.</param>
    public int? Confident(ReadOnlySpan<float> probabilities)
    {
        int? best = null;
        for (var c = 0; c < probabilities.Length; c++)
        {
            if (probabilities[c] >= _thresholds[c] - PredictedClasses.Tolerance && (best is null || probabilities[c] > probabilities[best.Value]))
            {
                best = c;
            }
        }

        return best;
    }

    /// <summary>
    /// How many samples of each given class are estimated to be of each class, [classes × classes], a row a given class: each row of the counts is scaled to as many samples as were
    /// given its class, and rounded so that it still adds up to them.
    /// </summary>
    public int[] Calibrated()
    {
        var calibrated = new int[_counts.Length];
        for (var given = 0; given < Classes; given++)
        {
            var row = _counts.AsSpan(given * Classes, Classes);
            double sum = 0;
            foreach (var count in row)
            {
                sum += count;
            }

            var exact = new double[Classes];
            for (var c = 0; c < Classes; c++)
            {
                exact[c] = sum == 0 ? 0 : row[c] / sum * _given[given];
            }

            Round(exact, calibrated.AsSpan(given * Classes, Classes));
        }

        return calibrated;
    }

    /// <summary>
    /// Whole numbers with the sum of some others: each is rounded, halves to the even one, and as long as the sum is off, the number that is furthest from its exact value in that
    /// direction is changed by 1, of equally far ones the first.
    /// </summary>
    internal static void Round(ReadOnlySpan<double> exact, Span<int> rounded)
    {
        double sum = 0;
        var off = 0;
        for (var i = 0; i < exact.Length; i++)
        {
            sum += exact[i];
            rounded[i] = (int)Math.Round(exact[i], MidpointRounding.ToEven);
            off -= rounded[i];
        }

        for (off += (int)Math.Round(sum, MidpointRounding.ToEven); off != 0; off -= Math.Sign(off))
        {
            var furthest = 0;
            for (var i = 1; i < exact.Length; i++)
            {
                if ((exact[i] - rounded[i]) * Math.Sign(off) > (exact[furthest] - rounded[furthest]) * Math.Sign(off))
                {
                    furthest = i;
                }
            }

            rounded[furthest] += Math.Sign(off);
        }
    }
}
