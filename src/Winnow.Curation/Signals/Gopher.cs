namespace Winnow.Curation.Signals;

/// <summary>The signals behind Gopher's rules (Rae et al. 2021, arXiv:2112.11446, appendix A.1), counted as the filters of datatrove count them.</summary>
internal static class Gopher
{
    private const string Paper = "Gopher (Rae et al. 2021, arXiv:2112.11446, A.1)", House = "Winnow";

    /// <summary>Sizes and word statistics.</summary>
    public static IReadOnlyList<Signal> Quality { get; } =
    [
        Of(SignalId.WordCount, "word_count", "The number of words.", "words", double.PositiveInfinity),
        Of(SignalId.MeanWordLength, "mean_word_length", "The mean length of the words.", "characters", double.PositiveInfinity) with { MayBeUndefined = true },
        Of(SignalId.HashToWordRatio, "hash_to_word_ratio", "Hash signs for each word or symbol.", "ratio", double.PositiveInfinity) with { MayBeUndefined = true },
        Of(SignalId.EllipsisToWordRatio, "ellipsis_to_word_ratio", "Ellipses (three points or U+2026) for each word or symbol.", "ratio", double.PositiveInfinity) with { MayBeUndefined = true },
        Of(SignalId.BulletLineFraction, "bullet_line_fraction", "The share of lines that begin with a bullet (U+2022) or a hyphen.", "fraction", 1) with { Stages = SignalStages.Lines },
        Of(SignalId.EllipsisLineFraction, "ellipsis_line_fraction", "The share of lines that end in an ellipsis.", "fraction", 1) with { Stages = SignalStages.Lines },
        Of(SignalId.AlphabeticWordFraction, "alphabetic_word_fraction", "The share of words and symbols that have a letter.", "fraction", 1) with { MayBeUndefined = true },
        Of(SignalId.StopWordKinds, "stop_word_kinds", "How many of the words the, be, to, of, and, that, have and with occur, in lower case.", "words", 8),
    ];

    /// <summary>Repeated paragraphs, lines and runs of words.</summary>
    public static IReadOnlyList<Signal> Repetition { get; } =
    [
        Duplicate(SignalId.DuplicateParagraphFraction, "duplicate_paragraph_fraction", "The share of paragraphs that occurred before; paragraphs stand between two or more line feeds."),
        Duplicate(SignalId.DuplicateParagraphCharFraction, "duplicate_paragraph_char_fraction", "The share of the text's characters in paragraphs that occurred before."),
        Duplicate(SignalId.DuplicateLineFraction, "duplicate_line_fraction", "The share of lines that occurred before; lines stand between line feeds."),
        Duplicate(SignalId.DuplicateLineCharFraction, "duplicate_line_char_fraction", "The share of the text's characters in lines that occurred before."),
        .. Enumerable.Range(2, 3).Select(static n => Of(SignalId.Top2GramCharFraction + n - 2, $"top_{n}gram_char_fraction",
            $"The share of the text's characters in the most frequent run of {n} words or symbols, with a space between them: its length times its occurrences.", "fraction",
            double.PositiveInfinity) with
        { Stages = SignalStages.Tokens | SignalStages.TopNGrams }),
        .. Enumerable.Range(5, 6).Select(static n => Of(SignalId.Duplicate5GramCharFraction + n - 5, $"duplicate_{n}gram_char_fraction",
            $"The share of the text's characters in runs of {n} words or symbols that occurred before and don't overlap.", "fraction", 1) with
        { Stages = SignalStages.Tokens | SignalStages.DuplicateNGrams }),
    ];

    /// <summary>All of them, sizes first.</summary>
    public static IReadOnlyList<Signal> Signals { get; } =
    [
        Of(SignalId.ByteCount, "byte_count", "The length of the text in UTF-8.", "bytes", double.PositiveInfinity) with { Stages = SignalStages.None, Source = House },
        Of(SignalId.CharCount, "char_count", "The length of the text in Unicode scalar values.", "characters", double.PositiveInfinity) with { Stages = SignalStages.None, Source = House },
        Of(SignalId.TokenCount, "token_count", "The number of words and symbols.", "words", double.PositiveInfinity) with { Source = House },
        .. Quality,
        .. Repetition,
    ];

    private static Signal Of(SignalId id, string name, string description, string unit, double max) =>
        new(name, description, unit, 0, max, Paper) { Id = id, Stages = SignalStages.Tokens };

    private static Signal Duplicate(SignalId id, string name, string description) => Of(id, name, description, "fraction", 1) with { Stages = SignalStages.Duplicates };
}
