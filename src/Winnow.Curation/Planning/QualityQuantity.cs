namespace Winnow.Curation.Planning;

/// <summary>
/// The scaling law of filtering (Goyal et al. 2024, "Scaling laws for data filtering: data curation cannot be compute agnostic", arXiv:2404.07177): strict filters win where little is trained, and lose where their
/// few data must be repeated too often.
/// </summary>
public static class QualityQuantity
{
    // Samples are counted in hundreds of thousands.
    private const double Unit = 1e5;

    /// <summary>The samples of a pool in the published experiments.</summary>
    public const double PublishedPoolSize = 12.8e6;

    /// <summary>
    /// The predicted error after training on a mixture of pools of equal size. In the first epoch it is d + (a n / 1e5)^b; each repetition j multiplies the whole, as the published program does,
    /// by (n_j / n_(j-1))^b_j, where b_j is the mean of the pools' b 0.5^(j / (tau p)): in a mixture of p pools each is repeated p times less often.
    /// </summary>
    /// <param name="pools">The pools that are mixed.</param>
    /// <param name="samplesSeen">How many samples are trained on, above 0, repetitions counted.</param>
    /// <param name="poolSize">How many samples a pool has, above 0.</param>
    /// <param name="scale">The scale a, above 0; it is fitted once for all pools (0.021 to 0.035 in the published fits).</param>
    /// <param name="floor">The error d that no training goes below. Default 0.1.</param>
    /// <exception cref="CurationException">There is no pool, or a number is out of its range.</exception>
    public static double Error(IReadOnlyList<QualityPool> pools, double samplesSeen, double poolSize, double scale, double floor = 0.1)
    {
        ArgumentNullException.ThrowIfNull(pools);
        Check(pools, samplesSeen, poolSize, scale, floor);
        var epoch = poolSize * pools.Count;
        var error = floor + Math.Pow(scale * Math.Min(epoch, samplesSeen) / Unit, Exponent(pools, 0));
        for (long j = 1; epoch * j < samplesSeen; j++)
        {
            error *= Math.Pow(Math.Min(epoch * (j + 1), samplesSeen) / (epoch * j), Exponent(pools, j));
        }

        return error;
    }

    /// <summary>Finds how many of the best pools to mix: those of the lowest exponents, of equal errors the fewest.</summary>
    /// <inheritdoc cref="Error"/>
    public static QualityPlan Plan(IReadOnlyList<QualityPool> pools, double samplesSeen, double poolSize, double scale, double floor = 0.1)
    {
        ArgumentNullException.ThrowIfNull(pools);
        Check(pools, samplesSeen, poolSize, scale, floor);
        QualityPool[] best = [.. pools.OrderBy(static p => p.Exponent)];
        double[] errors = [.. Enumerable.Range(1, best.Length).Select(p => Error(best[..p], samplesSeen, poolSize, scale, floor))];
        return new(Array.IndexOf(errors, errors.Min()) + 1, errors);
    }

    private static double Exponent(IReadOnlyList<QualityPool> pools, long repetition) =>
        pools.Average(p => p.Exponent * Math.Pow(0.5, repetition / (p.HalfLife * pools.Count)));

    private static void Check(IReadOnlyList<QualityPool> pools, double samplesSeen, double poolSize, double scale, double floor)
    {
        if (pools.Count == 0 || pools.Any(static p => !(p.Exponent < 0 && double.IsFinite(p.Exponent) && p.HalfLife > 0)))
        {
            throw new CurationException($"The {pools.Count} pools aren't all usable; give at least one, each with an exponent below 0 and a half-life above 0.");
        }

        if (!(samplesSeen > 0 && double.IsFinite(samplesSeen) && poolSize > 0 && double.IsFinite(poolSize) && scale > 0 && double.IsFinite(scale) && floor >= 0))
        {
            throw new CurationException(FormattableString.Invariant(
                $"{samplesSeen} samples of pools of {poolSize} with scale {scale} and floor {floor} predict nothing; the first three must be above 0 and the floor at least 0."));
        }
    }
}
