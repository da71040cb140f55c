namespace Winnow.Curation.Signals;

/// <summary>Quotients of counts.</summary>
internal static class Share
{
    /// <summary>A share; of nothing it is 0.</summary>
    public static double Of(double part, double whole) => whole == 0 ? 0 : part / whole;

    /// <summary>A ratio; to nothing it is undefined, NaN.</summary>
    public static double Ratio(double part, double whole) => whole == 0 ? double.NaN : part / whole;
}
