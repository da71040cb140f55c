using System.Globalization;

namespace Winnow.Selection;

/// <summary>
/// How a test error falls with the number of samples: floor + scale · samples^(−exponent), the power law that neural scaling laws are written by and that Sorscher et al. (Beyond neural scaling laws,
/// NeurIPS 2022) hold pruned data against.
/// </summary>
/// <param name="Scale">The error above the floor at one sample; at least 0, and 0 where the error doesn't fall.</param>
/// <param name="Exponent">How fast it falls, in [0.01, 10].</param>
/// <param name="Floor">What is left however many samples there are; at least 0.</param>
public sealed record ScalingLaw(double Scale, double Exponent, double Floor)
{
    /// <summary>How many different sizes a fit takes at least.</summary>
    public const int LeastSizes = 3;

    private const int LeastSizesWithFloor = 4, Steps = 400, Refinements = 100;
    private const double LeastExponent = 0.01, LargestExponent = 10;

    /// <summary>The error of so many samples.</summary>
    /// <param name="samples">At least 1.</param>
    public double At(double samples) => Floor + (Scale * Math.Pow(samples, -Exponent));

    /// <summary>
    /// Fits the law by least squares of the relative residuals. The floor is fitted from four different sizes on and is 0 below, where three numbers would go through any three points.
    /// </summary>
    /// <param name="samples">How many samples there were, a number a run; finite, at least 1, of three different sizes at least.</param>
    /// <param name="errors">The test error of each run; finite and above 0.</param>
    /// <exception cref="SelectionException">There are too few sizes, as many numbers of one as of the other there aren't, or one is out of range.</exception>
    public static ScalingLaw Fit(ReadOnlySpan<double> samples, ReadOnlySpan<double> errors)
    {
        Check(samples, errors);
        var sizes = Sizes(samples);
        return sizes.Length >= LeastSizes ? Fit(samples, errors, sizes.Length >= LeastSizesWithFloor)
            : throw new SelectionException(string.Create(CultureInfo.InvariantCulture,
                $"a scaling law needs pilots of at least {LeastSizes} different numbers of samples, and there {(sizes.Length == 1 ? "is 1" : $"are {sizes.Length}")} ({string.Join(", ", sizes.Select(static size => size.ToString("G6", CultureInfo.InvariantCulture)))}); add some, each twice as large as the last."));
    }

    /// <summary>The different sizes, ascending.</summary>
    internal static double[] Sizes(ReadOnlySpan<double> samples) => [.. samples.ToArray().Distinct().Order()];

    /// <summary>The same of any two sizes or more (three with a floor), unchecked.</summary>
    internal static ScalingLaw Fit(ReadOnlySpan<double> samples, ReadOnlySpan<double> errors, bool withFloor)
    {
        // Linear in floor and scale, so that only the exponent is searched for: by a grid, since there may be several valleys, and within the best of its cells by golden sections.
        var (best, least) = (LeastExponent, double.PositiveInfinity);
        var ratio = Math.Log(LargestExponent / LeastExponent) / Steps;
        for (var k = 0; k <= Steps; k++)
        {
            var exponent = LeastExponent * Math.Exp(ratio * k);
            var residual = Solve(samples, errors, exponent, withFloor).Residual;
            (best, least) = residual < least ? (exponent, residual) : (best, least);
        }

        var (low, high) = (Math.Max(LeastExponent, best * Math.Exp(-ratio)), Math.Min(LargestExponent, best * Math.Exp(ratio)));
        var golden = (Math.Sqrt(5) - 1) / 2;
        for (var k = 0; k < Refinements; k++)
        {
            var (left, right) = (high - (golden * (high - low)), low + (golden * (high - low)));
            (low, high) = Solve(samples, errors, left, withFloor).Residual <= Solve(samples, errors, right, withFloor).Residual ? (low, right) : (left, high);
        }

        var middle = (low + high) / 2;
        best = Solve(samples, errors, middle, withFloor).Residual <= least ? middle : best;
        return Solve(samples, errors, best, withFloor).Law;
    }

    private static (ScalingLaw Law, double Residual) Solve(ReadOnlySpan<double> samples, ReadOnlySpan<double> errors, double exponent, bool withFloor)
    {
        // Sizes are taken relative to the smallest: 10^6 to the power of -10 is lost beside a floor.
        var unit = double.PositiveInfinity;
        foreach (var size in samples)
        {
            unit = Math.Min(unit, size);
        }

        double ff = 0, fs = 0, ss = 0, f1 = 0, s1 = 0;
        for (var i = 0; i < samples.Length; i++)
        {
            var (f, s) = (1 / errors[i], Math.Pow(samples[i] / unit, -exponent) / errors[i]);
            (ff, fs, ss, f1, s1) = (ff + (f * f), fs + (f * s), ss + (s * s), f1 + f, s1 + s);
        }

        var (floor, scale) = (0.0, s1 / ss);
        if (withFloor)
        {
            var determinant = (ff * ss) - (fs * fs);
            var (free, slope) = determinant > 1e-12 * ff * ss ? (((f1 * ss) - (s1 * fs)) / determinant, ((s1 * ff) - (f1 * fs)) / determinant) : (0, s1 / ss);

            // Neither may be below 0: where one would be, it is 0 and the other stands alone.
            (floor, scale) = slope < 0 ? (f1 / ff, 0) : free < 0 ? (0, s1 / ss) : (free, slope);
        }

        double residual = 0;
        for (var i = 0; i < samples.Length; i++)
        {
            var relative = ((floor + (scale * Math.Pow(samples[i] / unit, -exponent))) / errors[i]) - 1;
            residual += relative * relative;
        }

        return (new(scale * Math.Pow(unit, exponent), exponent, floor), residual);
    }

    private static void Check(ReadOnlySpan<double> samples, ReadOnlySpan<double> errors)
    {
        if (samples.Length != errors.Length)
        {
            throw new SelectionException($"there are {samples.Length} numbers of samples and {errors.Length} errors; give one of each a run.");
        }

        for (var i = 0; i < samples.Length; i++)
        {
            if (!(samples[i] >= 1) || !double.IsFinite(samples[i]))
            {
                throw new SelectionException(string.Create(CultureInfo.InvariantCulture, $"pilot {i} has {samples[i]} samples; it is a number, at least 1."));
            }

            if (!(errors[i] > 0) || !double.IsFinite(errors[i]))
            {
                throw new SelectionException(string.Create(CultureInfo.InvariantCulture,
                    $"pilot {i}, of {samples[i]} samples, has the error {errors[i]}; a scaling law is of finite errors above 0, 1 - accuracy say. Where a network makes none, the test set is too easy or too small to tell anything."));
            }
        }
    }
}
