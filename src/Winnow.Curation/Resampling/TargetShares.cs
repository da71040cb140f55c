namespace Winnow.Curation.Resampling;

/// <summary>How many texts are drawn for each of several targets.</summary>
public static class TargetShares
{
    /// <summary>DSIR's shares: proportional to weights, rounded down, and what is left goes to the last target.</summary>
    /// <param name="count">How many texts are drawn together, at least 0.</param>
    /// <param name="weights">One for each target, such as the number of its n-grams; none negative, not all 0.</param>
    /// <exception cref="CurationException">The weights are not so.</exception>
    public static int[] Of(int count, ReadOnlySpan<double> weights)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        double sum = 0;
        foreach (var weight in weights)
        {
            sum += weight >= 0 ? weight : double.NaN;
        }

        if (!(sum > 0 && double.IsFinite(sum)))
        {
            throw new CurationException(FormattableString.Invariant($"{weights.Length} targets with weights of sum {sum} have no shares; give weights of 0 or more that aren't all 0."));
        }

        var shares = new int[weights.Length];
        var rest = count;
        for (var t = 0; t < weights.Length; t++)
        {
            shares[t] = (int)(count * (weights[t] / sum));
            rest -= shares[t];
        }

        shares[^1] += rest;
        return shares;
    }
}
