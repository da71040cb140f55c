using System.Runtime.InteropServices;
using System.Text;

namespace Winnow.Data.Texts;

/// <summary>
/// Learns the merges of a byte-pair tokenizer: the pair of tokens that stands beside each other most often within words becomes a token, again and again (Sennrich et al., Neural Machine Translation of
/// Rare Words with Subword Units, ACL 2016, algorithm 1). Of pairs that are equally frequent the one with the smaller numbers goes first, so that the same texts give the same tokenizer.
/// </summary>
/// <remarks>
/// Words are counted once. Each pair knows its number and the words that may hold it, so that a merge touches those words alone; a heap gives the most frequent pair, and an entry that is out of date
/// is put back with the pair's number of now.
/// </remarks>
internal sealed class BytePairTraining
{
    private readonly List<(int[] Tokens, int Length)> _words = [];
    private readonly List<long> _counts = [];
    private readonly Dictionary<(int Left, int Right), Pair> _pairs = [];
    private readonly PriorityQueue<(int Left, int Right), Rank> _queue = new(new MostFrequentFirst());

    /// <param name="words">How often each word comes.</param>
    /// <param name="tokenOf">The token of a byte.</param>
    public BytePairTraining(IEnumerable<KeyValuePair<string, long>> words, ReadOnlySpan<int> tokenOf)
    {
        // In an order that doesn't depend on hashes: which words a pair is counted in first changes nothing, but nobody should have to prove it.
        foreach (var (word, count) in words.OrderBy(static entry => entry.Key, StringComparer.Ordinal))
        {
            var bytes = Encoding.UTF8.GetBytes(word);
            var tokens = new int[bytes.Length];
            for (var k = 0; k < bytes.Length; k++)
            {
                tokens[k] = tokenOf[bytes[k]];
            }

            var number = _words.Count;
            _words.Add((tokens, tokens.Length));
            _counts.Add(count);
            for (var k = 0; k + 1 < tokens.Length; k++)
            {
                Count((tokens[k], tokens[k + 1]), count, number);
            }
        }

        foreach (var (pair, found) in _pairs)
        {
            _queue.Enqueue(pair, new(found.Count, pair));
        }
    }

    /// <summary>The words of texts, and how often each comes.</summary>
    public static Dictionary<string, long> CountWords(IEnumerable<string> texts)
    {
        var words = new Dictionary<string, long>(StringComparer.Ordinal);
        var lookup = words.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var text in texts)
        {
            for (var start = 0; start < text.Length;)
            {
                var end = WordScanner.End(text, start);
                CollectionsMarshal.GetValueRefOrAddDefault(lookup, text.AsSpan(start, end - start), out _)++;
                start = end;
            }
        }

        return words;
    }

    /// <summary>The next merges, whose tokens are numbered from <paramref name="first"/> on; fewer where no pair comes at least twice.</summary>
    /// <param name="first">The number of the first new token.</param>
    /// <param name="most">At most so many.</param>
    public List<(int Left, int Right)> Merges(int first, int most)
    {
        var merges = new List<(int Left, int Right)>(most);
        while (merges.Count < most && _queue.TryDequeue(out var pair, out var rank))
        {
            if (!_pairs.TryGetValue(pair, out var found))
            {
                // Merged already: it had been put back twice.
                continue;
            }

            if (found.Count != rank.Count)
            {
                _queue.Enqueue(pair, new(found.Count, pair));
                continue;
            }

            if (found.Count < 2)
            {
                break;
            }

            Merge(pair, found, first + merges.Count);
            merges.Add(pair);
        }

        return merges;
    }

    private void Merge((int Left, int Right) pair, Pair found, int token)
    {
        _pairs.Remove(pair);
        var (touched, before) = (new HashSet<(int Left, int Right)>(), -1);
        foreach (var number in found.Words)
        {
            if (number == before)
            {
                continue;
            }

            before = number;
            var (tokens, length) = _words[number];
            var (count, kept) = (_counts[number], 0);
            for (var k = 0; k < length; k++)
            {
                if (k + 1 == length || (tokens[k], tokens[k + 1]) != pair)
                {
                    tokens[kept++] = tokens[k];
                    continue;
                }

                if (kept > 0)
                {
                    Forget((tokens[kept - 1], pair.Left), count);
                    Add((tokens[kept - 1], token), count, number);
                }

                if (k + 2 < length)
                {
                    Forget((pair.Right, tokens[k + 2]), count);
                    Add((token, tokens[k + 2]), count, number);
                }

                tokens[kept++] = token;
                k++;
            }

            _words[number] = (tokens, kept);
        }

        foreach (var changed in touched)
        {
            if (_pairs.TryGetValue(changed, out var there) && there.Count > 0)
            {
                _queue.Enqueue(changed, new(there.Count, changed));
            }
        }

        void Add((int Left, int Right) made, long count, int number)
        {
            Count(made, count, number);
            touched.Add(made);
        }
    }

    private void Count((int Left, int Right) pair, long count, int number)
    {
        if (!_pairs.TryGetValue(pair, out var found))
        {
            _pairs.Add(pair, found = new());
        }

        found.Count += count;
        found.Words.Add(number);
    }

    // The pair that is being merged is gone already: within a run of equal tokens its neighbours may be itself.
    private void Forget((int Left, int Right) pair, long count)
    {
        if (_pairs.TryGetValue(pair, out var found))
        {
            found.Count -= count;
        }
    }

    private sealed class Pair
    {
        public long Count { get; set; }

        /// <summary>Words that hold it or did, in ascending order but for those that merges brought back; some twice.</summary>
        public List<int> Words { get; } = [];
    }

    private readonly record struct Rank(long Count, (int Left, int Right) Pair);

    private sealed class MostFrequentFirst : IComparer<Rank>
    {
        public int Compare(Rank x, Rank y) => x.Count != y.Count ? y.Count.CompareTo(x.Count) : x.Pair.CompareTo(y.Pair);
    }
}
