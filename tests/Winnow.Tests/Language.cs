using System.Globalization;

namespace Winnow.Tests;

/// <summary>The language of the user's machine, as far as it could change what the core writes.</summary>
internal static class Language
{
    /// <summary>What comes out where numbers have a decimal comma and a full stop between thousands.</summary>
    public static T WithCommas<T>(Func<T> work)
    {
        var before = CultureInfo.CurrentCulture;
        var commas = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (commas.NumberFormat.NumberDecimalSeparator, commas.NumberFormat.NumberGroupSeparator, commas.NumberFormat.NegativeSign) = (",", ".", "−");
        try
        {
            CultureInfo.CurrentCulture = commas;
            return work();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
