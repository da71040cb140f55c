using System.Runtime.InteropServices;

namespace Winnow.Curation.Duplicates;

/// <summary>
/// The shingles of a text: every run of so many words (<see cref="Words"/>), as a 64-bit hash of the words and their order. Two different shingles of a pair of texts share a hash with a probability of
/// about 2⁻⁶⁴, which is what "the true Jaccard similarity" means here. A set of buffers a thread.
/// </summary>
/// <param name="size">Words a shingle, at least 1.</param>
internal sealed class Shingles(int size)
{
    private const ulong Multiplier = 0x9FB21C651E98DF25;

    private readonly List<ulong> _words = [], _hashes = [];

    /// <summary>The shingles in the order of the text, with repeats; none where the text has fewer words than a shingle.</summary>
    /// <param name="text">UTF-8.</param>
    /// <returns>Holds until the next call.</returns>
    public ReadOnlySpan<ulong> Of(ReadOnlySpan<byte> text)
    {
        _words.Clear();
        _hashes.Clear();
        Words.Add(text, _words);
        Hash(CollectionsMarshal.AsSpan(_words), size, _hashes);
        return CollectionsMarshal.AsSpan(_hashes);
    }

    /// <summary>The hashes of the shingles of words.</summary>
    public static void Hash(ReadOnlySpan<ulong> words, int size, List<ulong> hashes)
    {
        for (var i = 0; i + size <= words.Length; i++)
        {
            var hash = 0UL;
            foreach (var word in words.Slice(i, size))
            {
                hash = (hash * Multiplier) + word;
            }

            hashes.Add(Duplicates.Words.Mix(hash));
        }
    }

    /// <summary>The shingles as a set: sorted, each once.</summary>
    public ulong[] SetOf(ReadOnlySpan<byte> text)
    {
        ulong[] set = [.. Of(text)];
        Array.Sort(set);
        var n = 0;
        for (var i = 0; i < set.Length; i++)
        {
            if (i == 0 || set[i] != set[i - 1])
            {
                set[n++] = set[i];
            }
        }

        Array.Resize(ref set, n);
        return set;
    }

    /// <summary>The Jaccard similarity of two sorted sets, shared over all; 0 where both are empty.</summary>
    public static double Jaccard(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        var (i, j, shared) = (0, 0, 0);
        while (i < a.Length && j < b.Length)
        {
            var (x, y) = (a[i], b[j]);
            shared += x == y ? 1 : 0;
            i += x <= y ? 1 : 0;
            j += y <= x ? 1 : 0;
        }

        var all = a.Length + b.Length - shared;
        return all == 0 ? 0 : (double)shared / all;
    }
}
