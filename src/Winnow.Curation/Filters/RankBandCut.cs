namespace Winnow.Curation.Filters;

/// <summary>The ends of a band of ranks, found in a whole column: tells of each text alone whether it is in the band.</summary>
/// <param name="Highest">The band's largest value.</param>
/// <param name="HighestFrom">The first text with that value that is in the band.</param>
/// <param name="Lowest">The band's smallest value.</param>
/// <param name="LowestUpTo">The last text with that value that is in the band.</param>
public readonly record struct RankBandCut(double Highest, long HighestFrom, double Lowest, long LowestUpTo)
{
    /// <summary>A band without texts.</summary>
    public static RankBandCut Nothing { get; } = new(double.NegativeInfinity, long.MaxValue, double.PositiveInfinity, -1);

    /// <summary>Whether a text is in the band.</summary>
    /// <param name="value">Its value.</param>
    /// <param name="document">Its number in the column.</param>
    public bool Keeps(double value, long document) =>
        (value < Highest || (value == Highest && document >= HighestFrom)) && (value > Lowest || (value == Lowest && document <= LowestUpTo));
}
