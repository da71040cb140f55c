using Winnow.Catalog;

namespace Winnow.Curation.Filters;

public static partial class FilterCatalog
{
    /// <summary>Gopher's rules of repetition, with the thresholds of its table A.1.</summary>
    public static Method<IReadOnlyList<FilterRule>> GopherRepetition => new("gopher-repetition",
        "Drops texts in which paragraphs, lines or runs of words are repeated too much.",
        "Rae et al. 2021, arXiv:2112.11446, A.1.2, table A1",
        [
            Share("paragraphs", 0.3, "the largest share of repeated paragraphs"),
            Share("paragraph-characters", 0.2, "the largest share of characters in repeated paragraphs"),
            Share("lines", 0.3, "the largest share of repeated lines"),
            Share("line-characters", 0.2, "the largest share of characters in repeated lines"),
            Share("top-2", 0.2, "the largest share of characters in the most frequent pair of words"),
            Share("top-3", 0.18, "the largest share of characters in the most frequent run of 3 words"),
            Share("top-4", 0.16, "the largest share of characters in the most frequent run of 4 words"),
            Share("repeated-5", 0.15, "the largest share of characters in repeated runs of 5 words"),
            Share("repeated-6", 0.14, "the largest share of characters in repeated runs of 6 words"),
            Share("repeated-7", 0.13, "the largest share of characters in repeated runs of 7 words"),
            Share("repeated-8", 0.12, "the largest share of characters in repeated runs of 8 words"),
            Share("repeated-9", 0.11, "the largest share of characters in repeated runs of 9 words"),
            Share("repeated-10", 0.1, "the largest share of characters in repeated runs of 10 words"),
        ],
        static p =>
        [
            FilterRule.AtMost("duplicate_paragraph_fraction", p["paragraphs"]),
            FilterRule.AtMost("duplicate_paragraph_char_fraction", p["paragraph-characters"]),
            FilterRule.AtMost("duplicate_line_fraction", p["lines"]),
            FilterRule.AtMost("duplicate_line_char_fraction", p["line-characters"]),
            .. Enumerable.Range(2, 3).Select(n => FilterRule.AtMost($"top_{n}gram_char_fraction", p[$"top-{n}"])),
            .. Enumerable.Range(5, 6).Select(n => FilterRule.AtMost($"duplicate_{n}gram_char_fraction", p[$"repeated-{n}"])),
        ]);
}
