using Winnow.Catalog;

namespace Winnow.Curation.Filters;

/// <summary>
/// Rules that a text must keep, over the columns of a table of signals and scores: thresholds change without computing the signals again. A text is rejected for the first rule
/// it breaks, in the rules' order; bands of ranks come after all rules, because they need the whole column.
/// </summary>
public sealed class DocumentFilter
{
    /// <summary>A filter of rules and bands.</summary>
    /// <param name="rules">The rules, in the order in which they are tried.</param>
    /// <param name="bands">Bands of ranks, tried after the rules.</param>
    public DocumentFilter(IEnumerable<FilterRule> rules, IEnumerable<RankBand>? bands = null)
    {
        Rules = [.. rules];
        Bands = [.. bands ?? []];
        Columns = [.. Rules.Select(static r => r.Column).Concat(Bands.Select(static b => b.Column)).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The rules, in the order in which they are tried.</summary>
    public IReadOnlyList<FilterRule> Rules { get; }

    /// <summary>The bands of ranks.</summary>
    public IReadOnlyList<RankBand> Bands { get; }

    /// <summary>The columns that rules and bands read, each once.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Reads a filter: the rules of all specs, one behind the other.</summary>
    /// <param name="specs">Each a preset of <see cref="FilterCatalog"/> such as <c>gopher-quality:min-words=20</c>, a rule such as <c>word_count&gt;=50</c>, or a band such as
    /// <c>similarity:band=0.15..0.55</c>.</param>
    /// <exception cref="MethodSpecException">A spec is none of these; the message says what is possible.</exception>
    public static DocumentFilter Parse(params IEnumerable<string> specs)
    {
        ArgumentNullException.ThrowIfNull(specs);
        var rules = new List<FilterRule>();
        var bands = new List<RankBand>();
        foreach (var spec in specs)
        {
            if (spec.Contains(RankBand.Mark, StringComparison.Ordinal))
            {
                bands.Add(RankBand.Parse(spec));
            }
            else if (IsRule(spec))
            {
                rules.Add(FilterRule.Parse(spec));
            }
            else
            {
                rules.AddRange(FilterCatalog.Parse(spec));
            }
        }

        return new(rules, bands);
    }

    /// <summary>Finds the rules' columns in a table.</summary>
    /// <param name="columns">The names of the table's columns, in the order of a row's values.</param>
    /// <exception cref="CurationException">The table lacks a column.</exception>
    public RowFilter Bind(IReadOnlyList<string> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return new(this, [.. Rules.Select(r => Place(r.Column, r.ToString(), columns))], [.. Bands.Select(b => Place(b.Column, b.ToString(), columns))]);
    }

    private static bool IsRule(string spec)
    {
        var at = spec.IndexOfAny(['<', '>', '=', ':']);
        return at >= 0 && spec[at] != ':';
    }

    private static int Place(string column, string rule, IReadOnlyList<string> columns)
    {
        for (var i = 0; i < columns.Count; i++)
        {
            if (columns[i] == column)
            {
                return i;
            }
        }

        var near = Closest.To(column, columns) is { } word ? $": did you mean {word}?" : "";
        throw new CurationException($"The rule {rule} reads the column {column}, which isn't there; there are {string.Join(", ", columns)}{near}");
    }
}
