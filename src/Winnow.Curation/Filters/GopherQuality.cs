using Winnow.Catalog;

namespace Winnow.Curation.Filters;

public static partial class FilterCatalog
{
    /// <summary>Gopher's rules of words and lines, with the thresholds of its table A.1.</summary>
    public static Method<IReadOnlyList<FilterRule>> GopherQuality => new("gopher-quality",
        "Keeps texts of a usual length whose words have usual lengths, with few symbols, bullets and ellipses, enough letters and some stop words.",
        "Rae et al. 2021, arXiv:2112.11446, A.1.1",
        [
            Number("min-words", 50, "the fewest words"),
            Number("max-words", 100000, "the most words"),
            Number("min-word-length", 3, "the least mean length of words, in characters"),
            Number("max-word-length", 10, "the largest mean length of words, in characters"),
            Number("max-symbols", 0.1, "the most hash signs, and the most ellipses, for each word or symbol"),
            Share("max-bullets", 0.9, "the largest share of lines that begin with a bullet"),
            Share("max-ellipses", 0.3, "the largest share of lines that end in an ellipsis"),
            Share("min-alphabetic", 0.8, "the least share of words and symbols with a letter"),
            new("min-stop-words", 2, 0, 8, "how many of eight English stop words must occur") { Integer = true, Example = "1" },
        ],
        static p =>
        [
            FilterRule.Between("word_count", p["min-words"], p["max-words"]),
            FilterRule.Between("mean_word_length", p["min-word-length"], p["max-word-length"]),
            FilterRule.AtMost("hash_to_word_ratio", p["max-symbols"]),
            FilterRule.AtMost("ellipsis_to_word_ratio", p["max-symbols"]),
            FilterRule.AtMost("bullet_line_fraction", p["max-bullets"]),
            FilterRule.AtMost("ellipsis_line_fraction", p["max-ellipses"]),
            FilterRule.AtLeast("alphabetic_word_fraction", p["min-alphabetic"]),
            FilterRule.AtLeast("stop_word_kinds", p["min-stop-words"]),
        ]);
}
