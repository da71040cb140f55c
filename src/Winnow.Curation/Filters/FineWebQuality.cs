using Winnow.Catalog;

namespace Winnow.Curation.Filters;

public static partial class FilterCatalog
{
    /// <summary>The rules that FineWeb adds to those of Gopher and C4.</summary>
    public static Method<IReadOnlyList<FilterRule>> FineWebQuality => new("fineweb",
        "Drops texts that look like lists: few lines that end sentences, many short or repeated lines, many line feeds.",
        "Penedo et al. 2024, arXiv:2406.17557, 3.6",
        [
            Share("min-terminal", 0.12, "the least share of lines that end in a mark which ends sentences"),
            Share("max-short", 0.67, "the largest share of lines of 30 characters or fewer"),
            Share("max-repeated", 0.01, "the largest share of characters in repeated lines"),
            Number("max-newlines", 0.3, "the most line feeds for each word or symbol"),
        ],
        static p =>
        [
            FilterRule.AtLeast("fineweb_terminal_line_fraction", p["min-terminal"]),
            FilterRule.AtMost("fineweb_short_line_fraction", p["max-short"]),
            FilterRule.AtMost("fineweb_duplicate_line_char_fraction", p["max-repeated"]),
            FilterRule.AtMost("fineweb_newline_to_word_ratio", p["max-newlines"]),
        ]);
}
