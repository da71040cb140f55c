using System.Runtime.InteropServices;

namespace Winnow.Curation.Duplicates;

/// <summary>A stretch of a text.</summary>
/// <param name="Offset">Where it begins, in bytes of UTF-8.</param>
/// <param name="Length">How long it is, in bytes.</param>
internal readonly record struct Passage(int Offset, int Length);

/// <summary>Finds what two similar texts have in common, for people to look at.</summary>
internal static class SharedPassage
{
    /// <summary>The longest run of words that both have and that begins with a shingle of both; of several the first in the first text. Where they share no shingle, the beginnings.</summary>
    public static (Passage A, Passage B) Find(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, int shingleWords)
    {
        List<ulong> wordsA = [], wordsB = [], shingles = [];
        List<int> endsA = [], endsB = [];
        Words.Add(a, wordsA, endsA);
        Words.Add(b, wordsB, endsB);
        Shingles.Hash(CollectionsMarshal.AsSpan(wordsB), shingleWords, shingles);
        var places = new Dictionary<ulong, int>(shingles.Count);
        for (var i = 0; i < shingles.Count; i++)
        {
            places.TryAdd(shingles[i], i);
        }

        shingles.Clear();
        Shingles.Hash(CollectionsMarshal.AsSpan(wordsA), shingleWords, shingles);
        var (bestA, bestB, best) = (0, 0, 0);
        for (var i = 0; i < shingles.Count;)
        {
            if (!places.TryGetValue(shingles[i], out var j))
            {
                i++;
                continue;
            }

            var length = 0;
            while (i + length < wordsA.Count && j + length < wordsB.Count && wordsA[i + length] == wordsB[j + length])
            {
                length++;
            }

            if (length > best)
            {
                (bestA, bestB, best) = (i, j, length);
            }

            // A run that begins within this one is shorter, unless another place of the text goes on further; for an excerpt this will do.
            i += Math.Max(1, length - shingleWords + 1);
        }

        return best == 0 ? (new(0, a.Length), new(0, b.Length)) : (Of(a, endsA, bestA, best), Of(b, endsB, bestB, best));
    }

    private static Passage Of(ReadOnlySpan<byte> text, List<int> ends, int word, int count)
    {
        var start = word == 0 ? 0 : ends[word - 1];
        var end = ends[word + count - 1];

        // What parts this word from the one before is skipped, as far as it is ASCII.
        while (start < end && text[start] < 0x80 && !char.IsAsciiLetterOrDigit((char)text[start]))
        {
            start++;
        }

        return new(start, end - start);
    }
}
