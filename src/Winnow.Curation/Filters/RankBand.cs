using System.Globalization;
using Winnow.Catalog;

namespace Winnow.Curation.Filters;

/// <summary>
/// Keeps the texts whose rank in a column, from the largest value down, lies between two shares of all: 0 to 0.4 is the top 40 %, 0.15 to 0.55 leaves out the very top, where a
/// similarity of pictures and texts finds texts written in the picture. Equal values rank in the order of the texts; undefined values (NaN) have no rank and aren't kept.
/// </summary>
public sealed record RankBand
{
    /// <summary>What stands between the column and the shares.</summary>
    internal const string Mark = ":band=";

    /// <summary>A band.</summary>
    /// <param name="column">The column's name.</param>
    /// <param name="from">The share of the texts with a value that rank above the band, in [0, 1).</param>
    /// <param name="to">The share of the texts with a value that the band ends at, in (from, 1].</param>
    /// <exception cref="MethodSpecException">The shares are not so.</exception>
    public RankBand(string column, double from, double to)
    {
        (Column, From, To) = (column, from, to);
        if (!(from >= 0 && from < to && to <= 1))
        {
            throw new MethodSpecException(string.Create(CultureInfo.InvariantCulture,
                $"the band {from:R}..{to:R} of {column} isn't one; its ends are shares of the texts with 0 <= from < to <= 1, such as 0.15..0.55"));
        }
    }

    /// <summary>The column's name.</summary>
    public string Column { get; }

    /// <summary>The share of the texts with a value that rank above the band.</summary>
    public double From { get; }

    /// <summary>The share of the texts with a value that the band ends at.</summary>
    public double To { get; }

    /// <summary>Reads a band.</summary>
    /// <param name="spec">Such as <c>similarity:band=0.15..0.55</c>.</param>
    /// <exception cref="MethodSpecException">It has another form or the shares are none.</exception>
    public static RankBand Parse(string spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var at = spec.IndexOf(Mark, StringComparison.Ordinal);
        if (at <= 0 || !spec[at..].Contains("..", StringComparison.Ordinal))
        {
            throw new MethodSpecException($"\"{spec}\" is no band of ranks; write a column and two shares, such as similarity:band=0.15..0.55");
        }

        var (from, to) = FilterRule.Ends(spec[(at + Mark.Length)..], spec);
        return new(spec[..at].Trim(), from, to);
    }

    /// <summary>Finds the values at the band's ends. The band has the ranks from round(from n) to round(to n) - 1 of the n texts with a value, halves rounded to the even number.</summary>
    /// <param name="values">The column of all texts, in their order; 8 bytes a text are copied to be sorted.</param>
    public RankBandCut Cut(ReadOnlySpan<double> values)
    {
        var sorted = GC.AllocateUninitializedArray<double>(values.Length);
        var n = 0;
        foreach (var value in values)
        {
            if (!double.IsNaN(value))
            {
                sorted[n++] = value;
            }
        }

        long first = (long)Math.Round(From * n, MidpointRounding.ToEven), end = (long)Math.Round(To * n, MidpointRounding.ToEven);
        if (first >= end)
        {
            return RankBandCut.Nothing;
        }

        Array.Sort(sorted, 0, n);
        double highest = sorted[n - 1 - first], lowest = sorted[n - end];
        return new(highest, At(values, sorted, n, highest, first), lowest, At(values, sorted, n, lowest, end - 1));
    }

    /// <summary>The band as text that <see cref="Parse"/> reads back to an equal band.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Column}{Mark}{From:R}..{To:R}");

    // The text that has a rank, of those with the rank's value.
    private static long At(ReadOnlySpan<double> values, double[] sorted, int n, double value, long rank)
    {
        int low = 0, high = n;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = sorted[middle] <= value ? (middle + 1, high) : (low, middle);
        }

        // As many are larger.
        var skip = rank - (n - low);
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] == value && skip-- == 0)
            {
                return i;
            }
        }

        throw new InvalidOperationException("A rank has no text.");
    }
}
