using System.Globalization;
using System.Numerics.Tensors;

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
                $"a scaling law needs pilots of at least {LeastSizes} different numbers of samples, and there {(sizes.Length == 1 ? "is 1" : $"are {sizes.Length}")} ({Text(sizes)}); add some, each twice as large as the last."));
    }

    /// <summary>The different sizes, ascending.</summary>
    internal static double[] Sizes(ReadOnlySpan<double> samples) => [.. samples.ToArray().Distinct().Order()];

    /// <summary>Sizes as a list in a sentence.</summary>
    internal static string Text(double[] sizes) => string.Join(", ", sizes.Select(static size => size.ToString("G6", CultureInfo.InvariantCulture)));

    /// <summary>The same of any two sizes or more (three with a floor), unchecked.</summary>
    internal static ScalingLaw Fit(ReadOnlySpan<double> samples, ReadOnlySpan<double> errors, bool withFloor)
    {
        // Sizes are taken relative to the smallest: 10^6 to the power of -10 is lost beside a floor.
        var unit = TensorPrimitives.Min(samples);
        var relative = new double[samples.Length];
        TensorPrimitives.Divide(samples, unit, relative);
        // Linear in floor and scale, so that only the exponent is searched for: by a grid, since there may be several valleys, and within the best of its cells by golden sections.
        var (best, least) = (LeastExponent, double.PositiveInfinity);
        var ratio = Math.Log(LargestExponent / LeastExponent) / Steps;
        for (var k = 0; k <= Steps; k++)
        {
            var exponent = LeastExponent * Math.Exp(ratio * k);
            var residual = Solve(relative, errors, exponent, withFloor).Residual;
            (best, least) = residual < least ? (exponent, residual) : (best, least);
        }

        var (low, high) = (Math.Max(LeastExponent, best * Math.Exp(-ratio)), Math.Min(LargestExponent, best * Math.Exp(ratio)));
        var golden = (Math.Sqrt(5) - 1) / 2;
        for (var k = 0; k < Refinements; k++)
        {
            var (left, right) = (high - (golden * (high - low)), low + (golden * (high - low)));
            (low, high) = Solve(relative, errors, left, withFloor).Residual <= Solve(relative, errors, right, withFloor).Residual ? (low, right) : (left, high);
        }

        var middle = (low + high) / 2;
        best = Solve(relative, errors, middle, withFloor).Residual <= least ? middle : best;
        var (floor, scale, _) = Solve(relative, errors, best, withFloor);
        return new(scale * Math.Pow(unit, best), best, floor);
    }

    // The best floor and scale of an exponent, neither below 0.
    private static (double Floor, double Scale, double Residual) Solve(ReadOnlySpan<double> sizes, ReadOnlySpan<double> errors, double exponent, bool withFloor)
    {
        double ff = 0, fs = 0, ss = 0, f1 = 0, s1 = 0;
        for (var i = 0; i < sizes.Length; i++)
        {
            var (f, s) = (1 / errors[i], Math.Pow(sizes[i], -exponent) / errors[i]);
            (ff, fs, ss, f1, s1) = (ff + (f * f), fs + (f * s), ss + (s * s), f1 + f, s1 + s);
        }

        var best = withFloor ? NonNegativeRidge.Solve([ff, fs, fs, ss], [f1, s1], ridge: 0, CancellationToken.None) : [0, s1 / ss];
        double residual = 0;
        for (var i = 0; i < sizes.Length; i++)
        {
            var relative = ((best[0] + (best[1] * Math.Pow(sizes[i], -exponent))) / errors[i]) - 1;
            residual += relative * relative;
        }

        return (best[0], best[1], residual);
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
