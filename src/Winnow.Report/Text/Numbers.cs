using System.Globalization;
using Winnow.Catalog;

namespace Winnow.Report.Text;

/// <summary>Numbers as the tables write them.</summary>
internal static class Numbers
{
    public static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    public static string Percent(double share) => Invariant($"{share:P1}");

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
