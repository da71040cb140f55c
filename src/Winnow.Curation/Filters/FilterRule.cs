using System.Globalization;
using Winnow.Catalog;

namespace Winnow.Curation.Filters;

/// <summary>A rule on one column of a table of signals and scores: a text is kept where its value is in a range. An undefined value (NaN) is in none.</summary>
/// <param name="Column">The column's name.</param>
/// <param name="Range">Where the value must lie.</param>
public sealed record FilterRule(string Column, NumberRange<double> Range)
{
    private static readonly string[] s_signs = [">=", "<=", ">", "<", "="];

    /// <summary>Whether a value lies in the range.</summary>
    /// <param name="value">Any number, NaN included.</param>
    public bool Allows(double value) => Range.Contains(value);

    /// <summary>At least so much.</summary>
    /// <param name="column">The column's name.</param>
    /// <param name="least">The least value that is kept.</param>
    public static FilterRule AtLeast(string column, double least) => new(column, new(least, double.PositiveInfinity));

    /// <summary>At most so much.</summary>
    /// <param name="column">The column's name.</param>
    /// <param name="most">The largest value that is kept.</param>
    public static FilterRule AtMost(string column, double most) => new(column, new(double.NegativeInfinity, most));

    /// <summary>Between two values, both of which are kept.</summary>
    /// <param name="column">The column's name.</param>
    /// <param name="least">The least value that is kept.</param>
    /// <param name="most">The largest value that is kept.</param>
    public static FilterRule Between(string column, double least, double most) => new(column, new(least, most));

    /// <summary>Reads a rule.</summary>
    /// <param name="spec">Such as <c>word_count&gt;=50</c>, <c>similarity&lt;0.9</c> or <c>word_count=50..100000</c>, which keeps both ends.</param>
    /// <exception cref="MethodSpecException">It has another form, a number is none, or the range is empty.</exception>
    public static FilterRule Parse(string spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var at = spec.IndexOfAny(['<', '>', '=']);
        var sign = at < 0 ? null : Array.Find(s_signs, s => string.CompareOrdinal(spec, at, s, 0, s.Length) == 0);
        var column = at < 0 ? "" : spec[..at].Trim();
        if (sign is null || column.Length == 0)
        {
            throw new MethodSpecException($"\"{spec}\" is no rule; a rule is a column, a sign and a number, such as word_count>=50, or two numbers, such as word_count=50..100000");
        }

        var text = spec[(at + sign.Length)..].Trim();
        if (sign != "=")
        {
            var bound = Number(text, spec);
            return sign[0] == '>'
                ? new(column, new(bound, double.PositiveInfinity) { MinOpen = sign.Length == 1 })
                : new(column, new(double.NegativeInfinity, bound) { MaxOpen = sign.Length == 1 });
        }

        var (least, most) = Ends(text, spec);
        return least <= most ? Between(column, least, most)
            : throw new MethodSpecException($"\"{spec}\" keeps nothing, for {text} ends before it begins; write the smaller number first");
    }

    /// <summary>The rule as text that <see cref="Parse"/> reads back to an equal rule.</summary>
    public override string ToString() =>
        double.IsNegativeInfinity(Range.Min) ? $"{Column}{(Range.MaxOpen ? "<" : "<=")}{Text(Range.Max)}"
        : double.IsPositiveInfinity(Range.Max) ? $"{Column}{(Range.MinOpen ? ">" : ">=")}{Text(Range.Min)}"
        : $"{Column}={Text(Range.Min)}..{Text(Range.Max)}";

    /// <summary>The two ends of <c>a..b</c>; one number is both.</summary>
    internal static (double From, double To) Ends(string text, string spec)
    {
        var dots = text.IndexOf("..", StringComparison.Ordinal);
        return dots < 0 ? (Number(text, spec), Number(text, spec)) : (Number(text[..dots], spec), Number(text[(dots + 2)..], spec));
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static double Number(string text, string spec) => NumberText.Read<double>(text.Trim(), out var value) is { } problem
        ? throw new MethodSpecException($"\"{text}\" {problem} in \"{spec}\"; write e.g. word_count>=50")
        : value;
}
