using Winnow.Records.Comparisons;

namespace Winnow.Report.Text;

/// <summary>A cell: its text, and what a table is sorted by where that isn't the text.</summary>
internal readonly record struct Cell(string Text, double? Value = null)
{
    public static implicit operator Cell(string text) => new(text);

    public static Cell Percent(double? share) => share is { } value ? new(Numbers.Percent(value), value) : new("");

    /// <summary>A difference of the metric that decides.</summary>
    public static Cell Difference(Judgement judgement, Difference? difference) => difference is null ? new("")
        : new(difference is { Low: { } low, High: { } high } ? $"{judgement.Signed(difference.Mean)} [{judgement.Signed(low)}, {judgement.Signed(high)}]" : judgement.Signed(difference.Mean), difference.Mean);

    /// <summary>A mean of the metric that decides.</summary>
    public static Cell Mean(Judgement judgement, Spread? spread) => spread is null ? new("") : new(judgement.Mean(spread) + judgement.Sign, spread.Mean);

    public static Cell Count(long? count) => count is { } value ? new(Numbers.Invariant($"{value:N0}"), value) : new("");

    public static Cell Number(double? number, string format = "F1") => number is { } value ? new(value.ToString(format, System.Globalization.CultureInfo.InvariantCulture), value) : new("");
}

/// <summary>Tables that the page's script makes sortable.</summary>
internal static class Table
{
    /// <summary>A table; columns in which no row has anything are left out. The first column names the row.</summary>
    public static Markup Of(string id, IReadOnlyList<string> heads, IReadOnlyList<IReadOnlyList<Cell>> rows)
    {
        int[] used = [.. Enumerable.Range(0, heads.Count).Where(column => column == 0 || rows.Any(row => row[column].Text.Length > 0))];
        return Markup.Of($"""
            <div class="wide"><table id="{id}" class="sortable">
            <thead><tr>{Markup.Join(used.Select(column => Markup.Of($"<th scope=\"col\">{heads[column]}</th>")))}</tr></thead>
            <tbody>
            {Markup.Join(rows.Select(row => Markup.Of($"<tr>{Markup.Join(used.Select(column => Of(row[column], column == 0)))}</tr>\n")))}</tbody>
            </table></div>

            """);
    }

    private static Markup Of(Cell cell, bool heading) => (heading, cell.Value) switch
    {
        (true, _) => Markup.Of($"<th scope=\"row\">{cell.Text}</th>"),
        (_, { } value) => Markup.Of($"<td class=\"number\" data-value=\"{value:R}\">{cell.Text}</td>"),
        _ => Markup.Of($"<td>{cell.Text}</td>"),
    };
}
