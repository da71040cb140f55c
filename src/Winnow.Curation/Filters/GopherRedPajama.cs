using Winnow.Catalog;

namespace Winnow.Curation.Filters;

public static partial class FilterCatalog
{
    /// <summary>Gopher's thresholds over RedPajama's signals, for tables that have only those.</summary>
    public static Method<IReadOnlyList<FilterRule>> GopherRedPajama => new("gopher-redpajama",
        "Gopher's thresholds over the signals of RedPajama-V2, as far as it has them.",
        "Rae et al. 2021, arXiv:2112.11446, A.1, over the signals of Weber et al. 2024, arXiv:2411.12372",
        [],
        static _ =>
        [
            FilterRule.Between("rps_doc_word_count", 50, 100000),
            FilterRule.Between("rps_doc_mean_word_length", 3, 10),
            FilterRule.AtMost("rps_doc_symbol_to_word_ratio", 0.1),
            FilterRule.AtMost("rps_lines_start_with_bulletpoint", 0.9),
            FilterRule.AtMost("rps_doc_frac_lines_end_with_ellipsis", 0.3),
            FilterRule.AtMost("rps_doc_frac_no_alph_words", 0.2),
            FilterRule.AtMost("rps_doc_frac_chars_top_2gram", 0.2),
            FilterRule.AtMost("rps_doc_frac_chars_top_3gram", 0.18),
            FilterRule.AtMost("rps_doc_frac_chars_top_4gram", 0.16),
            .. Enumerable.Range(5, 6).Select(static n => FilterRule.AtMost($"rps_doc_frac_chars_dupe_{n}grams", (20 - n) / 100.0)),
        ]);
}
