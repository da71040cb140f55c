using System.Globalization;
using Winnow.Catalog;
using Winnow.Records.Comparisons;

namespace Winnow.Report.Text;

/// <summary>Numbers as the tables write them.</summary>
internal static class Numbers
{
    public static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>A difference of shares in percentage points, with its sign.</summary>
    public static string Points(double share) => (share * 100).ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture);

    /// <summary>The same with its interval where there is one.</summary>
    public static string Points(Difference difference) => difference is { Low: { } low, High: { } high }
        ? $"{Points(difference.Mean)} [{Points(low)}, {Points(high)}]"
        : Points(difference.Mean);

    public static string Percent(double share) => Invariant($"{share:P1}");

    public static string Percent(Spread spread) => spread.Std is { } std ? Invariant($"{spread.Mean * 100:F2} ± {std * 100:F2} %") : Invariant($"{spread.Mean * 100:F2} %");

    /// <summary>Mean ± standard deviation of a number that is no share.</summary>
    public static string Spread(Spread spread) => spread.Std is { } std ? Invariant($"{spread.Mean:G5} ± {std:G2}") : Invariant($"{spread.Mean:G5}");

    /// <summary>Six significant digits: what a plot can't show needn't be in the file. Null where there is no finite number.</summary>
    public static double? Rounded(double? value)
    {
        if (value is not { } number || !double.IsFinite(number))
        {
            return null;
        }

        if (number == 0)
        {
            return 0;
        }

        var digits = 5 - (int)Math.Floor(Math.Log10(Math.Abs(number)));
        if (digits is > 0 and <= 15)
        {
            return Math.Round(number, digits);
        }

        _ = NumberText.Read<double>(number.ToString("G6", CultureInfo.InvariantCulture), out var rounded);
        return rounded;
    }
}
