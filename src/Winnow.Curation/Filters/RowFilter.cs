namespace Winnow.Curation.Filters;

/// <summary>A filter whose columns were found in a table. It holds no state and may be used by several threads.</summary>
public sealed class RowFilter
{
    private readonly DocumentFilter _filter;
    private readonly FilterRule[] _rules;
    private readonly int[] _places, _bandPlaces;

    internal RowFilter(DocumentFilter filter, int[] places, int[] bandPlaces)
    {
        (_filter, _places, _bandPlaces) = (filter, places, bandPlaces);
        _rules = [.. filter.Rules];
    }

    /// <summary>The places in a row of the columns that the bands rank, in the order of the bands.</summary>
    public IReadOnlyList<int> BandColumns => _bandPlaces;

    /// <summary>Tries the rules on a row, but not the bands.</summary>
    /// <param name="row">The values of a text, in the order of the table's columns.</param>
    public FilterVerdict Judge(ReadOnlySpan<double> row)
    {
        for (var r = 0; r < _rules.Length; r++)
        {
            if (!_rules[r].Allows(row[_places[r]]))
            {
                return new(r, row[_places[r]]);
            }
        }

        return FilterVerdict.Kept;
    }

    /// <summary>Tries the rules and then the bands on a row; a band that the text is not in counts as a rule behind the last one.</summary>
    /// <param name="row">The values of a text, in the order of the table's columns.</param>
    /// <param name="document">The text's number in the columns that the cuts are from.</param>
    /// <param name="cuts">The ends of each band, from <see cref="RankBand.Cut"/>.</param>
    public FilterVerdict Judge(ReadOnlySpan<double> row, long document, ReadOnlySpan<RankBandCut> cuts)
    {
        var verdict = Judge(row);
        for (var b = 0; verdict.IsKept && b < _bandPlaces.Length; b++)
        {
            var value = row[_bandPlaces[b]];
            verdict = cuts[b].Keeps(value, document) ? verdict : new(_rules.Length + b, value);
        }

        return verdict;
    }

    /// <summary>The rule that rejects, as text such as <c>word_count=50..100000</c>; null where the text is kept.</summary>
    /// <param name="verdict">A verdict of this filter.</param>
    public string? Reason(FilterVerdict verdict) => verdict.IsKept ? null
        : verdict.Rule < _rules.Length ? _rules[verdict.Rule].ToString() : _filter.Bands[verdict.Rule - _rules.Length].ToString();
}
