namespace Winnow.Curation.Signals;

/// <summary>
/// RedPajama-V2's signals of a text (Weber et al. 2024, arXiv:2411.12372, table 4), but for those that need a URL or a trained model. They have the published names, that
/// of <c>rps_lines_ending_with_terminal_punctution_mark</c> included; those of lines are given as the mean over the lines. The published files round to 8 decimals.
/// </summary>
internal static class RedPajama
{
    private const string Paper = "RedPajama-V2 (Weber et al. 2024, arXiv:2411.12372)";
    private const double Endless = double.PositiveInfinity;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Signal> Signals { get; } =
    [
        Of(SignalId.RpsWordCount, "rps_doc_word_count", "The number of normalised words.", "words", Endless, SignalStages.NormalizedWords),
        Of(SignalId.RpsMeanWordLength, "rps_doc_mean_word_length", "The mean length of the normalised words.", "characters", Endless, SignalStages.NormalizedWords) with { MayBeUndefined = true },
        Of(SignalId.RpsFracUniqueWords, "rps_doc_frac_unique_words", "The number of different normalised words for each normalised word.", "fraction", 1, SignalStages.NormalizedWords) with { MayBeUndefined = true },
        Of(SignalId.RpsUnigramEntropy, "rps_doc_unigram_entropy", "The entropy of the normalised words' frequencies.", "nats", Endless, SignalStages.NormalizedWords) with { MayBeUndefined = true },
        Of(SignalId.RpsStopWordFraction, "rps_doc_stop_word_fraction", "The share of raw words that are English stop words, in lower case.", "fraction", 1, SignalStages.RawWords | SignalStages.NormalizedWords),
        Of(SignalId.RpsSymbolToWordRatio, "rps_doc_symbol_to_word_ratio", "Hash signs and ellipses for each raw word.", "ratio", Endless, SignalStages.RawWords) with { MayBeUndefined = true },
        Of(SignalId.RpsFracNoAlphWords, "rps_doc_frac_no_alph_words", "The share of raw words without a letter from A to Z.", "fraction", 1, SignalStages.RawWords) with { MayBeUndefined = true },
        Of(SignalId.RpsFracAllCapsWords, "rps_doc_frac_all_caps_words", "The share of raw words with cased characters that are all upper case.", "fraction", 1, SignalStages.RawWords) with { MayBeUndefined = true },
        Of(SignalId.RpsFracLinesEndWithEllipsis, "rps_doc_frac_lines_end_with_ellipsis", "The share of lines that end in an ellipsis.", "fraction", 1, SignalStages.RawLines) with { MayBeUndefined = true },
        Of(SignalId.RpsNumSentences, "rps_doc_num_sentences", "The number of stretches that begin at a word's edge and run past the next of . ! and ?", "sentences", Endless, SignalStages.RawText),
        Of(SignalId.RpsLoremIpsum, "rps_doc_lorem_ipsum", "Occurrences of \"lorem ipsum\" for each character of the normalised text.", "ratio", 1, SignalStages.NormalizedWords),
        Of(SignalId.RpsCurlyBracket, "rps_doc_curly_bracket", "The share of characters that are curly brackets.", "fraction", 1, SignalStages.RawText),
        Of(SignalId.RpsLdnoobwWords, "rps_doc_ldnoobw_words", "The number of normalised words and runs of words that are in the list given for it.", "words", Endless, SignalStages.NormalizedWords),
        .. Enumerable.Range(2, 3).Select(static n => Of(SignalId.RpsTop2Gram + n - 2, $"rps_doc_frac_chars_top_{n}gram",
            $"The share of the normalised words' characters in the most frequent run of {n} words; 0 where none is repeated.", "fraction", n, SignalStages.NormalizedWords | SignalStages.NormalizedTop)),
        .. Enumerable.Range(5, 6).Select(static n => Of(SignalId.RpsDupe5Grams + n - 5, $"rps_doc_frac_chars_dupe_{n}grams",
            $"The share of the normalised words' characters in words of runs of {n} words that occur more than once.", "fraction", 1, SignalStages.NormalizedWords | SignalStages.NormalizedDuplicates)),
        Line(SignalId.RpsLinesTerminal, "rps_lines_ending_with_terminal_punctution_mark", "Mean over the lines: whether it ends in one of . ! ? and U+201D.", "fraction", 1),
        Line(SignalId.RpsLinesJavascript, "rps_lines_javascript_counts", "Mean over the lines: how many of its normalised words are \"javascript\".", "words", Endless),
        Line(SignalId.RpsLinesNumWords, "rps_lines_num_words", "Mean over the lines: the number of its normalised words.", "words", Endless),
        Line(SignalId.RpsLinesNumerical, "rps_lines_numerical_chars_fraction", "Mean over the lines: the share of the normalised line's characters with a numeric value.", "fraction", 1),
        Line(SignalId.RpsLinesBullet, "rps_lines_start_with_bulletpoint", "Mean over the lines: whether it begins with a bullet point.", "fraction", 1),
        Line(SignalId.RpsLinesUppercase, "rps_lines_uppercase_letter_fraction", "Mean over the lines: the share of its characters that are upper case, its line feed counted.", "fraction", 1),
    ];

    private static Signal Of(SignalId id, string name, string description, string unit, double max, SignalStages stages) =>
        new(name, description, unit, 0, max, Paper) { Id = id, Stages = stages };

    private static Signal Line(SignalId id, string name, string description, string unit, double max) =>
        Of(id, name, description, unit, max, SignalStages.RawLines) with { MayBeUndefined = true };
}
