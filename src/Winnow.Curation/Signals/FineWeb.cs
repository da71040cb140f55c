namespace Winnow.Curation.Signals;

/// <summary>The signals behind FineWeb's own rules (Penedo et al. 2024, arXiv:2406.17557, section 3.6), and their values of a text.</summary>
internal sealed class FineWeb
{
    // Lines up to this long are short.
    private const int ShortLine = 30;

    private const string Paper = "FineWeb (Penedo et al. 2024, arXiv:2406.17557, 3.6)";
    private readonly SpanTable _seen = new();

    /// <summary>What it can tell.</summary>
    public static IReadOnlyList<Signal> Signals { get; } =
    [
        Of(SignalId.FineWebTerminalLineFraction, "fineweb_terminal_line_fraction", "The share of lines with text that end in a mark which ends sentences (Unicode's Sentence_Terminal).", "fraction", 1),
        Of(SignalId.FineWebShortLineFraction, "fineweb_short_line_fraction", "The share of lines with text that have 30 characters or fewer.", "fraction", 1),
        Of(SignalId.FineWebDuplicateLineCharFraction, "fineweb_duplicate_line_char_fraction", "The share of the characters other than line feeds in lines with text that occurred before.", "fraction", 1),
        Of(SignalId.FineWebNewlineToWordRatio, "fineweb_newline_to_word_ratio", "Line feeds for each word or symbol.", "ratio", double.PositiveInfinity) with
        {
            Stages = SignalStages.FineWeb | SignalStages.Tokens, MayBeUndefined = true,
        },
    ];

    /// <summary>Writes the values of a text.</summary>
    public void Measure(ReadOnlySpan<int> scalars, int tokens, Span<double> values)
    {
        var table = ScalarTable.Instance;
        int feeds = scalars.Count('\n'), lines = 0, terminal = 0, brief = 0;
        long repeated = 0;
        _seen.Begin(feeds + 1);
        for (var next = 0; TextLines.NextPiece(scalars, ref next, out var start, out var end);)
        {
            if (TextLines.Trim(scalars[start..end]).IsEmpty)
            {
                continue;
            }

            lines++;
            terminal += (table.KindsOf(scalars[end - 1]) & ScalarKinds.Terminal) != ScalarKinds.None ? 1 : 0;
            brief += end - start <= ShortLine ? 1 : 0;
            repeated += _seen.Occurrences(_seen.Add(scalars, start, end - start)) > 1 ? end - start : 0;
        }

        values[(int)SignalId.FineWebTerminalLineFraction] = Share.Of(terminal, lines);
        values[(int)SignalId.FineWebShortLineFraction] = Share.Of(brief, lines);
        values[(int)SignalId.FineWebDuplicateLineCharFraction] = Share.Of(repeated, scalars.Length - feeds);
        values[(int)SignalId.FineWebNewlineToWordRatio] = Share.Ratio(feeds, tokens);
    }

    private static Signal Of(SignalId id, string name, string description, string unit, double max) =>
        new(name, description, unit, 0, max, Paper) { Id = id, Stages = SignalStages.FineWeb };
}
