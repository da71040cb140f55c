using Winnow.Networks.Masks;

namespace Winnow.Networks.Scores;

/// <summary>How the scores of a layer are made comparable with those of others.</summary>
public enum Normalisation
{
    /// <summary>They are left as they are.</summary>
    None,

    /// <summary>Divided by their mean.</summary>
    Mean,

    /// <summary>Divided by their sum.</summary>
    Sum,

    /// <summary>Divided by the sum of their magnitudes.</summary>
    L1,

    /// <summary>Divided by the root of the sum of their squares.</summary>
    L2,

    /// <summary>Divided by the largest magnitude.</summary>
    Max,

    /// <summary>Mean 0 and standard deviation 1 (that of all of them, not of a sample).</summary>
    ZScore,

    /// <summary>From 0 for the smallest to 1 for the largest.</summary>
    MinMax,
}

/// <summary>Makes scores comparable from layer to layer. The order within a layer stays, but for what rounding to float32 makes equal.</summary>
public static class Normalise
{
    internal static readonly string[] Names = ["none", "mean", "sum", "l1", "l2", "max", "z-score", "min-max"];

    /// <summary>The scores, normalised. Sums are in float64, in the order of the elements.</summary>
    /// <param name="by">How.</param>
    /// <param name="scores">Finite.</param>
    /// <param name="alive">Of which elements sums and extremes are taken; null: of all. The others are mapped alike.</param>
    /// <returns>As many; where what they would be divided by is 0 (all are 0, or for z-score and min-max all are equal), zeros.</returns>
    /// <exception cref="NetworkPruningException">A score is infinite or NaN, or <see cref="Normalisation.Mean"/> or <see cref="Normalisation.Sum"/> would divide by something negative, or by 0 where scores aren't.</exception>
    public static float[] Apply(Normalisation by, ReadOnlySpan<float> scores, Mask? alive = null)
    {
        if (by == Normalisation.None)
        {
            return scores.ToArray();
        }

        double sum = 0, absolute = 0, squares = 0, low = double.PositiveInfinity, high = double.NegativeInfinity;
        long count = 0;
        for (var i = 0; i < scores.Length; i++)
        {
            double score = float.IsFinite(scores[i]) ? scores[i]
                : throw new NetworkPruningException(FormattableString.Invariant($"the score at {i} is {scores[i]}; only finite scores can be normalised."));
            if (alive?[i] is not false)
            {
                (sum, absolute, squares, count) = (sum + score, absolute + Math.Abs(score), squares + (score * score), count + 1);
                (low, high) = (Math.Min(low, score), Math.Max(high, score));
            }
        }

        var mean = count == 0 ? 0 : sum / count;
        if (by is Normalisation.Mean or Normalisation.Sum && absolute > 0 && sum <= 0)
        {
            throw new NetworkPruningException(FormattableString.Invariant($"the scores add up to {sum}, and to divide by it would turn their order round; take l1, l2, max, z-score or min-max."));
        }

        var (offset, divisor) = by switch
        {
            Normalisation.Mean => (0, mean),
            Normalisation.Sum => (0, sum),
            Normalisation.L1 => (0, absolute),
            Normalisation.L2 => (0, Math.Sqrt(squares)),
            Normalisation.Max => (0, Math.Max(Math.Abs(low), Math.Abs(high))),
            Normalisation.ZScore => (mean, Deviation(scores, alive, mean, count)),
            Normalisation.MinMax => (low, high - low),
            _ => throw new ArgumentOutOfRangeException(nameof(by), by, "no such normalisation."),
        };
        var normalised = new float[scores.Length];
        for (var i = 0; i < normalised.Length && count > 0 && divisor > 0; i++)
        {
            normalised[i] = (float)((scores[i] - offset) / divisor);
        }

        return normalised;
    }

    internal static Normalisation Parse(string name) => (Normalisation)Array.IndexOf(Names, name);

    // In a second pass: squares of scores far from 0 would cancel.
    private static double Deviation(ReadOnlySpan<float> scores, Mask? alive, double mean, long count)
    {
        double squares = 0;
        for (var i = 0; i < scores.Length; i++)
        {
            squares += alive?[i] is false ? 0 : (scores[i] - mean) * (scores[i] - mean);
        }

        return count == 0 ? 0 : Math.Sqrt(squares / count);
    }
}

/// <summary>Another score, normalised within each layer over what is alive.</summary>
/// <param name="Inner">The score.</param>
/// <param name="By">How.</param>
public sealed record NormalisedScore(IWeightScore Inner, Normalisation By) : IWeightScore
{
    /// <inheritdoc/>
    public ScoreEvidence Needs => Inner.Needs;

    /// <inheritdoc/>
    public float[][] Score(ScoreInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var scores = Inner.Score(input);
        for (var k = 0; k < scores.Length; k++)
        {
            try
            {
                scores[k] = Normalise.Apply(By, scores[k], input.Alive?.Find(input.Weights[k].Name));
            }
            catch (NetworkPruningException error)
            {
                throw new NetworkPruningException($"{input.Weights[k].Name}: {error.Message}", error);
            }
        }

        return scores;
    }
}
