namespace Winnow.Curation.Signals;

/// <summary>RedPajama's signals of the text as it stands. Its raw words are runs of <c>\w</c> and runs of what is neither <c>\w</c> nor white space.</summary>
internal static class RedPajamaRaw
{
    private const int LongestStopWord = 16;

    /// <summary>Writes the values of a text's raw words.</summary>
    public static void MeasureWords(ReadOnlySpan<int> scalars, int normalizedWords, Span<double> values)
    {
        var table = ScalarTable.Instance;
        int words = 0, alphabetic = 0, capitals = 0, stops = 0;
        for (var i = 0; i < scalars.Length;)
        {
            var kinds = table.KindsOf(scalars[i]);
            if ((kinds & ScalarKinds.Space) != ScalarKinds.None)
            {
                i++;
                continue;
            }

            var start = i;
            var side = kinds & ScalarKinds.PatternWord;
            var seen = ScalarKinds.None;
            var latin = false;
            while (i < scalars.Length && ((kinds = table.KindsOf(scalars[i])) & (ScalarKinds.PatternWord | ScalarKinds.Space)) == side)
            {
                seen |= kinds;
                latin |= (uint)((scalars[i++] | 0x20) - 'a') <= 'z' - 'a';
            }

            words++;
            alphabetic += latin ? 1 : 0;
            capitals += (seen & (ScalarKinds.Upper | ScalarKinds.LowerOrTitle)) == ScalarKinds.Upper ? 1 : 0;
            stops += latin && IsStopWord(scalars[start..i]) ? 1 : 0;
        }

        var (hashes, ellipses) = TokenMeasures.Symbols(scalars);
        values[(int)SignalId.RpsStopWordFraction] = normalizedWords == 0 ? 0 : Share.Of(stops, words);
        values[(int)SignalId.RpsSymbolToWordRatio] = Share.Ratio(hashes + ellipses, words);
        values[(int)SignalId.RpsFracNoAlphWords] = Share.Ratio(words - alphabetic, words);
        values[(int)SignalId.RpsFracAllCapsWords] = Share.Ratio(capitals, words);
    }

    /// <summary>Writes the values of a text as a whole.</summary>
    public static void MeasureText(ReadOnlySpan<int> scalars, Span<double> values)
    {
        values[(int)SignalId.RpsCurlyBracket] = Share.Of(scalars.Count('{') + scalars.Count('}'), scalars.Length);
        values[(int)SignalId.RpsNumSentences] = Sentences(scalars);
    }

    /// <summary>Writes the values of a text's lines; a line's line feed belongs to it.</summary>
    public static void MeasureLines(ReadOnlySpan<int> scalars, NormalizedWords words, Span<double> values)
    {
        int lines = 0, ellipses = 0, terminal = 0, bullets = 0, wordCount = 0, javascript = 0;
        double numerical = 0, upper = 0;
        for (var next = 0; next < scalars.Length;)
        {
            TextLines.NextPiece(scalars, ref next, out var start, out var end);
            next = Math.Min(next, scalars.Length);
            var line = scalars[start..next];
            var text = TextLines.Trim(line);
            lines++;
            ellipses += TextLines.EndsInEllipsis(text) ? 1 : 0;
            terminal += text is [.., '.' or '!' or '?' or 0x201D] ? 1 : 0;
            bullets += text is [0x2022 or 0x2023 or 0x25B6 or 0x25C0 or 0x25E6 or 0x25A0 or 0x25A1 or 0x25AA or 0x25AB or 0x2013, ..] ? 1 : 0;
            upper += (double)Having(line, ScalarKinds.Upper) / line.Length;
            words.Read(line);
            wordCount += words.Count;
            var numeric = 0;
            for (var w = 0; w < words.Count; w++)
            {
                numeric += Having(words.Word(w), ScalarKinds.Numeric);
                javascript += words.Word(w) is ['j', 'a', 'v', 'a', 's', 'c', 'r', 'i', 'p', 't'] ? 1 : 0;
            }

            numerical += Share.Of(numeric, words.ContentLength);
        }

        values[(int)SignalId.RpsFracLinesEndWithEllipsis] = Share.Ratio(ellipses, lines);
        values[(int)SignalId.RpsLinesTerminal] = Share.Ratio(terminal, lines);
        values[(int)SignalId.RpsLinesBullet] = Share.Ratio(bullets, lines);
        values[(int)SignalId.RpsLinesUppercase] = Share.Ratio(upper, lines);
        values[(int)SignalId.RpsLinesNumWords] = Share.Ratio(wordCount, lines);
        values[(int)SignalId.RpsLinesJavascript] = Share.Ratio(javascript, lines);
        values[(int)SignalId.RpsLinesNumerical] = Share.Ratio(numerical, lines);
    }

    // Matches of \b[^.!?]+[.!?]*, one behind the other.
    private static int Sentences(ReadOnlySpan<int> scalars)
    {
        var table = ScalarTable.Instance;
        var sentences = 0;
        for (var i = 0; i < scalars.Length;)
        {
            if (IsMark(scalars[i]) || IsWord(scalars, i - 1, table) == IsWord(scalars, i, table))
            {
                i++;
                continue;
            }

            sentences++;
            while (i < scalars.Length && !IsMark(scalars[i]))
            {
                i++;
            }

            while (i < scalars.Length && IsMark(scalars[i]))
            {
                i++;
            }
        }

        return sentences;
    }

    private static bool IsMark(int scalar) => scalar is '.' or '!' or '?';

    private static bool IsWord(ReadOnlySpan<int> scalars, int at, ScalarTable table) => at >= 0 && (table.KindsOf(scalars[at]) & ScalarKinds.PatternWord) != ScalarKinds.None;

    private static int Having(ReadOnlySpan<int> scalars, ScalarKinds kind)
    {
        var table = ScalarTable.Instance;
        var count = 0;
        foreach (var scalar in scalars)
        {
            count += (table.KindsOf(scalar) & kind) != ScalarKinds.None ? 1 : 0;
        }

        return count;
    }

    private static bool IsStopWord(ReadOnlySpan<int> word)
    {
        if (word.Length > LongestStopWord)
        {
            return false;
        }

        Span<char> chars = stackalloc char[LongestStopWord];
        for (var i = 0; i < word.Length; i++)
        {
            if (word[i] >= 0x80)
            {
                return false;
            }

            chars[i] = (char)word[i];
        }

        return StopWords.English.Contains(chars[..word.Length]);
    }
}
