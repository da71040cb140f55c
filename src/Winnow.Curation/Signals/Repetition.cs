namespace Winnow.Curation.Signals;

/// <summary>Gopher's signals of repetition.</summary>
internal sealed class Repetition
{
    private readonly SpanTable _seen = new();
    private readonly NGramTable _runs = new();

    /// <summary>Writes the values of a text's paragraphs and lines.</summary>
    public void MeasureDuplicates(ReadOnlySpan<int> scalars, Span<double> values)
    {
        var (pieces, repeated, characters) = Duplicates(TextLines.Trim(scalars), 2);
        values[(int)SignalId.DuplicateParagraphFraction] = Share.Of(repeated, pieces);
        values[(int)SignalId.DuplicateParagraphCharFraction] = Share.Of(characters, scalars.Length);
        (pieces, repeated, characters) = Duplicates(scalars, 1);
        values[(int)SignalId.DuplicateLineFraction] = Share.Of(repeated, pieces);
        values[(int)SignalId.DuplicateLineCharFraction] = Share.Of(characters, scalars.Length);
    }

    /// <summary>Writes the values of a text's runs of words and symbols.</summary>
    public void MeasureNGrams(int characters, Tokens tokens, bool top, bool duplicates, Span<double> values)
    {
        _runs.Read(tokens.Ids);
        if (top)
        {
            for (var n = 2; n <= 4; n++)
            {
                var (first, occurrences) = Top(tokens.Ids, n);
                var length = occurrences == 0 ? 0 : tokens.LengthsBefore[first + n] - tokens.LengthsBefore[first] + n - 1;
                values[(int)SignalId.Top2GramCharFraction + n - 2] = Share.Of((double)length * occurrences, characters);
            }
        }

        // Where no run of n is repeated, no longer one is.
        var repeated = duplicates;
        for (var n = 5; n <= 10; n++)
        {
            var length = repeated ? Repeated(tokens.Ids, tokens.LengthsBefore, n) : 0;
            values[(int)SignalId.Duplicate5GramCharFraction + n - 5] = Share.Of(length, characters);
            repeated &= length > 0;
        }
    }

    private (int Pieces, int Repeated, long Characters) Duplicates(ReadOnlySpan<int> scalars, int feeds)
    {
        int pieces = 0, repeated = 0;
        long characters = 0;
        _seen.Begin((scalars.Count('\n') / feeds) + 1);
        for (var next = 0; TextLines.NextBlock(scalars, feeds, ref next, out var start, out var end);)
        {
            pieces++;
            if (_seen.Occurrences(_seen.Add(scalars, start, end - start)) > 1)
            {
                repeated++;
                characters += end - start;
            }
        }

        return (pieces, repeated, characters);
    }

    // The most frequent run, of equally frequent ones the first.
    private (int First, int Occurrences) Top(ReadOnlySpan<int> ids, int n)
    {
        int best = 0, bestFirst = 0;
        _runs.Begin(n);
        for (var i = 0; i + n <= ids.Length; i++)
        {
            var occurrences = _runs.Add(ids, i, out var first);
            if (occurrences > best || (occurrences == best && first < bestFirst))
            {
                (best, bestFirst) = (occurrences, first);
            }
        }

        return (bestFirst, best);
    }

    private long Repeated(ReadOnlySpan<int> ids, ReadOnlySpan<int> lengthsBefore, int n)
    {
        long length = 0;
        _runs.Begin(n);
        for (var i = 0; i + n <= ids.Length;)
        {
            if (_runs.Add(ids, i, out _) > 1)
            {
                length += lengthsBefore[i + n] - lengthsBefore[i];
                i += n;
            }
            else
            {
                i++;
            }
        }

        return length;
    }
}
