namespace Winnow.Curation.Signals;

/// <summary>RedPajama's signals of normalised words.</summary>
internal sealed class RedPajamaWords
{
    private readonly NGramTable _runs = new();
    private readonly PhraseList? _phrases;
    private bool[] _covered = [];

    /// <summary>Counts the phrases of a list as well, where there is one.</summary>
    public RedPajamaWords(PhraseList? phrases) => _phrases = phrases;

    /// <summary>The words of the last text.</summary>
    public NormalizedWords Words { get; } = new();

    /// <summary>Writes the values of a text's words.</summary>
    public void Measure(ReadOnlySpan<int> scalars, bool top, bool duplicates, Span<double> values)
    {
        Words.Read(scalars);
        var count = Words.Count;
        values[(int)SignalId.RpsWordCount] = count;
        values[(int)SignalId.RpsMeanWordLength] = Share.Ratio(Words.LengthsBefore[count], count);
        values[(int)SignalId.RpsFracUniqueWords] = Share.Ratio(Words.Distinct.Count, count);
        values[(int)SignalId.RpsUnigramEntropy] = Entropy();
        values[(int)SignalId.RpsLoremIpsum] = Share.Of(LoremIpsum(), Words.ContentLength);
        values[(int)SignalId.RpsLdnoobwWords] = _phrases?.Count(Words) ?? double.NaN;
        if (!top && !duplicates)
        {
            return;
        }

        _runs.Read(Words.Ids);
        for (var n = 2; top && n <= 4; n++)
        {
            values[(int)SignalId.RpsTop2Gram + n - 2] = Top(n);
        }

        var repeated = duplicates;
        for (var n = 5; n <= 10; n++)
        {
            var share = repeated ? Repeated(n) : 0;
            values[(int)SignalId.RpsDupe5Grams + n - 5] = share;
            repeated &= share > 0;
        }
    }

    private double Entropy()
    {
        if (Words.Count == 0)
        {
            return double.NaN;
        }

        double sum = 0, total = Words.Count;
        for (var id = 0; id < Words.Distinct.Count; id++)
        {
            var share = Words.Distinct.Occurrences(id) / total;
            sum -= share * Resampling.NaturalLogarithm.Of(share);
        }

        return sum;
    }

    private int LoremIpsum()
    {
        var found = 0;
        for (var w = 0; w + 1 < Words.Count; w++)
        {
            found += Words.Word(w) is [.., 'l', 'o', 'r', 'e', 'm'] && Words.Word(w + 1) is ['i', 'p', 's', 'u', 'm', ..] ? 1 : 0;
        }

        return found;
    }

    private double Top(int n)
    {
        int best = 1, bestFirst = 0;
        _runs.Begin(n);
        for (var i = 0; i + n <= Words.Count; i++)
        {
            var occurrences = _runs.Add(Words.Ids, i, out var first);
            if (occurrences > best || (occurrences == best && best > 1 && first < bestFirst))
            {
                (best, bestFirst) = (occurrences, first);
            }
        }

        var lengths = Words.LengthsBefore;
        return best == 1 ? 0 : Share.Of((double)(lengths[bestFirst + n] - lengths[bestFirst]) * best, lengths[Words.Count]);
    }

    // The words of all runs that occur more than once, those of the first occurrence included.
    private double Repeated(int n)
    {
        var runs = Words.Count - n + 1;
        if (runs <= 0)
        {
            return 0;
        }

        Buffers.Grow(ref _covered, runs);
        Array.Clear(_covered, 0, runs);
        _runs.Begin(n);
        for (var i = 0; i < runs; i++)
        {
            if (_runs.Add(Words.Ids, i, out var first) > 1)
            {
                _covered[first] = true;
                _covered[i] = true;
            }
        }

        long length = 0;
        var lengths = Words.LengthsBefore;
        var done = 0;
        for (var i = 0; i < runs; i++)
        {
            if (_covered[i])
            {
                length += lengths[i + n] - lengths[Math.Max(i, done)];
                done = i + n;
            }
        }

        return Share.Of(length, lengths[Words.Count]);
    }
}
