using Winnow.Catalog;

namespace Winnow.Curation.Filters;

public static partial class FilterCatalog
{
    /// <summary>C4's rules of whole texts, over the lines that its rules of lines keep; <see cref="C4Lines"/> writes those lines.</summary>
    public static Method<IReadOnlyList<FilterRule>> C4Quality => new("c4",
        "Drops texts with placeholder text or curly brackets, and those whose good lines have too few sentences.",
        "Raffel et al. 2020, JMLR 21:140, 2.2",
        [Number("min-sentences", 5, "the fewest sentences in the lines that are kept")],
        static p =>
        [
            FilterRule.AtMost("c4_lorem_ipsum", 0),
            FilterRule.AtMost("c4_curly_bracket", 0),
            FilterRule.AtLeast("c4_sentence_count", p["min-sentences"]),
        ]);

    /// <summary>mC4's rule, which takes the place of marks that end sentences in other languages.</summary>
    public static Method<IReadOnlyList<FilterRule>> MultilingualC4 => new("mc4",
        "Keeps texts with three long lines.",
        "Xue et al. 2021, arXiv:2010.11934, 3.1",
        [Number("min-length", 200, "the least length of the third longest line, in characters")],
        static p => [FilterRule.AtLeast("c4_third_longest_line", p["min-length"])]);
}
