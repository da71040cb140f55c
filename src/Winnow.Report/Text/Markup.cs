using System.Globalization;
using System.Net;

namespace Winnow.Report.Text;

/// <summary>HTML. Whatever is filled into it is escaped, unless it is HTML itself: what comes from data can't become part of the page.</summary>
internal readonly record struct Markup(string Html)
{
    public static Markup Empty { get; } = new("");

    /// <summary>A piece of page: <c>Markup.Of($"&lt;b&gt;{anything:P1}&lt;/b&gt;")</c>.</summary>
    public static Markup Of(FormattableString text) => new(text.ToString(Escaping.Instance));

    public static Markup Join(IEnumerable<Markup> parts) => new(string.Concat(parts.Select(static part => part.Html)));

    public override string ToString() => Html;

    private sealed class Escaping : IFormatProvider, ICustomFormatter
    {
        public static Escaping Instance { get; } = new();

        public object? GetFormat(Type? formatType) => formatType == typeof(ICustomFormatter) ? this : null;

        public string Format(string? format, object? arg, IFormatProvider? formatProvider) => arg is Markup markup
            ? markup.Html
            : WebUtility.HtmlEncode(Printable((arg as IFormattable)?.ToString(format, CultureInfo.InvariantCulture) ?? arg?.ToString() ?? ""));

        // HTML has no way to write a control character.
        private static string Printable(string text) => text.Any(Forbidden) ? new string([.. text.Select(static c => Forbidden(c) ? '\uFFFD' : c)]) : text;

        private static bool Forbidden(char c) => char.IsControl(c) && c is not ('\n' or '\t');
    }
}
