using Winnow.Curation.Filters;

namespace Winnow.Curation.Signals;

/// <summary>The signals behind C4's rules (Raffel et al. 2020) and mC4's rule of long lines (Xue et al. 2021), and their values of a text.</summary>
internal sealed class C4Signals
{
    private const string Paper = "C4 (Raffel et al. 2020, JMLR 21:140, 2.2)";
    private readonly C4Lines _lines = new();

    /// <summary>What it can tell.</summary>
    public static IReadOnlyList<Signal> Signals { get; } =
    [
        Of(SignalId.C4SentenceCount, "c4_sentence_count", "The number of sentences in the lines that C4's rules keep.", "sentences", double.PositiveInfinity),
        Of(SignalId.C4LoremIpsum, "c4_lorem_ipsum", "1 where a line that isn't dropped for another reason has \"lorem ipsum\", otherwise 0.", "0 or 1", 1),
        Of(SignalId.C4CurlyBracket, "c4_curly_bracket", "1 where a line that isn't dropped for another reason has an opening curly bracket, otherwise 0.", "0 or 1", 1),
        Of(SignalId.C4KeptLineFraction, "c4_kept_line_fraction", "The share of lines that C4's rules keep.", "fraction", 1),
        Of(SignalId.C4ThirdLongestLine, "c4_third_longest_line", "The length of the third longest line, 0 where there are fewer.", "characters", double.PositiveInfinity)
            with { Source = "mC4 (Xue et al. 2021, arXiv:2010.11934, 3.1)" },
    ];

    /// <summary>Writes the values of a text.</summary>
    public void Measure(ReadOnlySpan<byte> text, ReadOnlySpan<int> scalars, Span<double> values)
    {
        _lines.Read(text);
        values[(int)SignalId.C4SentenceCount] = _lines.SentenceCount;
        values[(int)SignalId.C4LoremIpsum] = _lines.HasLoremIpsum ? 1 : 0;
        values[(int)SignalId.C4CurlyBracket] = _lines.HasCurlyBracket ? 1 : 0;
        values[(int)SignalId.C4KeptLineFraction] = Share.Of(_lines.Kept.Count, _lines.LineCount);
        values[(int)SignalId.C4ThirdLongestLine] = ThirdLongest(scalars);
    }

    private static int ThirdLongest(ReadOnlySpan<int> scalars)
    {
        int longest = 0, second = 0, third = 0;
        for (var next = 0; TextLines.NextPiece(scalars, ref next, out var start, out var end);)
        {
            var length = end - start;
            third = Math.Max(third, Math.Min(length, second));
            second = Math.Max(second, Math.Min(length, longest));
            longest = Math.Max(longest, length);
        }

        return third;
    }

    private static Signal Of(SignalId id, string name, string description, string unit, double max) =>
        new(name, description, unit, 0, max, Paper) { Id = id, Stages = SignalStages.C4 };
}
