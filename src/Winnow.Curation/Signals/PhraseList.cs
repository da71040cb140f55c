using System.Text;

namespace Winnow.Curation.Signals;

/// <summary>Words and runs of words that are looked for among normalised words.</summary>
internal sealed class PhraseList
{
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _phrases;
    private readonly int[] _sizes;
    private readonly int _longest;
    private char[] _joined = [];

    /// <summary>A list; each entry's number of words is the number of its spaces and one.</summary>
    public PhraseList(IEnumerable<string> phrases)
    {
        var set = new HashSet<string>(phrases.Select(static p => p.Trim()).Where(static p => p.Length > 0), StringComparer.Ordinal);
        _phrases = set.GetAlternateLookup<ReadOnlySpan<char>>();
        _sizes = [.. set.Select(static p => 1 + p.Count(static c => c == ' ')).Distinct()];
        _longest = set.Count == 0 ? 0 : set.Max(static p => p.Length);
    }

    /// <summary>How many words and runs of words of a text are in the list.</summary>
    public int Count(NormalizedWords words)
    {
        var found = 0;
        Buffers.Grow(ref _joined, _longest + 2);
        foreach (var size in _sizes)
        {
            for (var w = 0; w + size <= words.Count; w++)
            {
                found += Joined(words, w, size) is var length && length >= 0 && _phrases.Contains(_joined.AsSpan(0, length)) ? 1 : 0;
            }
        }

        return found;
    }

    // Negative where the run is longer than any phrase.
    private int Joined(NormalizedWords words, int first, int size)
    {
        var n = 0;
        for (var w = first; w < first + size; w++)
        {
            if (w > first)
            {
                _joined[n++] = ' ';
            }

            foreach (var scalar in words.Word(w))
            {
                if (n > _longest || !Rune.IsValid(scalar))
                {
                    return -1;
                }

                n += new Rune(scalar).EncodeToUtf16(_joined.AsSpan(n));
            }

            if (n > _longest)
            {
                return -1;
            }
        }

        return n;
    }
}
