namespace Winnow.Curation.Resampling;

/// <summary>The exponential function by additions and multiplications alone, so that its bits are the same on every machine: e^x = 2^k e^r with |r| up to half of ln 2.</summary>
internal static class Exponential
{
    private const double UpperLn2 = 6.93147180369123816490e-01, LowerLn2 = 1.90821492927058770002e-10;

    // 1 / 13!, …, 1 / 2!.
    private static readonly double[] s_series =
    [
        1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 1.0 / 2,
    ];

    /// <summary>e^x; 0 below -700 and infinite above 700.</summary>
    public static double Of(double x)
    {
        if (!(Math.Abs(x) <= 700))
        {
            return x < 0 ? 0 : x > 0 ? double.PositiveInfinity : double.NaN;
        }

        var k = Math.Round(x * 1.4426950408889634);
        var r = x - (k * UpperLn2) - (k * LowerLn2);
        var sum = 0.0;
        foreach (var coefficient in s_series)
        {
            sum = (sum * r) + coefficient;
        }

        sum = 1 + (r + (r * r * sum));
        return sum * BitConverter.Int64BitsToDouble((long)(k + 1023) << 52);
    }

    /// <summary>1 / (1 + e^-x).</summary>
    public static double Logistic(double x) => x >= 0 ? 1 / (1 + Of(-x)) : Of(x) is var e ? e / (1 + e) : 0;
}
