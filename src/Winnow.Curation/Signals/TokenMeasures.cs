namespace Winnow.Curation.Signals;

/// <summary>Gopher's signals of words and symbols.</summary>
internal static class TokenMeasures
{
    /// <summary>Writes the values of a text.</summary>
    public static void Measure(ReadOnlySpan<int> scalars, Tokens tokens, Span<double> values)
    {
        int words = 0, alphabetic = 0;
        long letters = 0;
        uint stops = 0;
        var forms = tokens.Forms;
        for (var t = 0; t < forms.Length; t++)
        {
            alphabetic += (forms[t] & Tokens.Form.Alphabetic) != Tokens.Form.Symbol ? 1 : 0;
            if ((forms[t] & Tokens.Form.Word) == Tokens.Form.Symbol)
            {
                continue;
            }

            words++;
            var length = tokens.LengthOf(t);
            letters += length;
            if (length is >= 2 and <= 4)
            {
                stops |= StopWord(scalars.Slice(tokens.StartOf(t), length));
            }
        }

        var (hashes, ellipses) = Symbols(scalars);
        values[(int)SignalId.TokenCount] = tokens.Count;
        values[(int)SignalId.WordCount] = words;
        values[(int)SignalId.MeanWordLength] = Share.Ratio(letters, words);
        values[(int)SignalId.HashToWordRatio] = Share.Ratio(hashes, tokens.Count);
        values[(int)SignalId.EllipsisToWordRatio] = Share.Ratio(ellipses, tokens.Count);
        values[(int)SignalId.AlphabeticWordFraction] = Share.Ratio(alphabetic, tokens.Count);
        values[(int)SignalId.StopWordKinds] = System.Numerics.BitOperations.PopCount(stops);
    }

    /// <summary>Writes the values of a text's lines.</summary>
    public static void MeasureLines(ReadOnlySpan<int> scalars, Span<double> values)
    {
        int lines = 0, bullets = 0, ellipses = 0;
        for (var next = 0; TextLines.Next(scalars, ref next, out var start, out var end);)
        {
            lines++;
            var line = TextLines.Trim(scalars[start..end]);
            bullets += line is [0x2022 or '-', ..] ? 1 : 0;
            ellipses += TextLines.EndsInEllipsis(line) ? 1 : 0;
        }

        values[(int)SignalId.BulletLineFraction] = Share.Of(bullets, lines);
        values[(int)SignalId.EllipsisLineFraction] = Share.Of(ellipses, lines);
    }

    /// <summary>How many hash signs there are, and how many ellipses: three points, not overlapping, or the one character.</summary>
    public static (int Hashes, int Ellipses) Symbols(ReadOnlySpan<int> scalars)
    {
        int ellipses = scalars.Count(0x2026), points = 0;
        for (var i = scalars.IndexOf('.'); i >= 0 && i < scalars.Length; i++)
        {
            points = scalars[i] == '.' ? points + 1 : 0;
            if (points == 3)
            {
                ellipses++;
                points = 0;
            }
        }

        return (scalars.Count('#'), ellipses);
    }

    private static uint StopWord(ReadOnlySpan<int> word) => word switch
    {
        ['t', 'h', 'e'] => 1,
        ['b', 'e'] => 2,
        ['t', 'o'] => 4,
        ['o', 'f'] => 8,
        ['a', 'n', 'd'] => 16,
        ['t', 'h', 'a', 't'] => 32,
        ['h', 'a', 'v', 'e'] => 64,
        ['w', 'i', 't', 'h'] => 128,
        _ => 0,
    };
}
