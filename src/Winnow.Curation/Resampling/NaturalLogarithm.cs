namespace Winnow.Curation.Resampling;

/// <summary>
/// The natural logarithm by additions, multiplications and divisions alone, so that its bits are the same on every machine; the runtime's is the system library's.
/// ln x = e ln 2 + 2 artanh((m - 1) / (m + 1)) for x = m 2^e with m between the roots of 1/2 and 2; wrong by less than 2 units in the last place.
/// </summary>
internal static class NaturalLogarithm
{
    // ln 2 in two parts: the upper one times any exponent is exact.
    private const double UpperLn2 = 6.93147180369123816490e-01, LowerLn2 = 1.90821492927058770002e-10;

    /// <summary>The logarithm of a positive finite number; minus infinity of 0.</summary>
    public static double Of(double x)
    {
        if (x <= 0)
        {
            return x == 0 ? double.NegativeInfinity : double.NaN;
        }

        var exponent = 0;
        if (x < 2.2250738585072014e-308)
        {
            x *= 1L << 54;
            exponent = -54;
        }

        var bits = BitConverter.DoubleToInt64Bits(x);
        exponent += (int)(bits >> 52) - 1023;
        var m = BitConverter.Int64BitsToDouble((bits & 0xFFFFFFFFFFFFF) | 0x3FF0000000000000);
        if (m > 1.4142135623730951)
        {
            m /= 2;
            exponent++;
        }

        double f = m - 1, s = f / (2 + f), z = s * s;
        // The series of 2 artanh(s) - 2 s, from its smallest term on.
        var tail = 2.0 / 25;
        for (var k = 23; k >= 3; k -= 2)
        {
            tail = (tail * z) + (2.0 / k);
        }

        // 2 s = f - s f, of which f is exact.
        return (exponent * UpperLn2) + (f - ((s * (f - (tail * z))) - (exponent * LowerLn2)));
    }
}
