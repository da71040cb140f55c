using System.Collections.Concurrent;

namespace Winnow.Curation.Duplicates;

/// <summary>
/// The true similarity of two documents, computed on their texts. Sets of shingles that were needed are remembered, up to so many bytes; of each document 128 bytes more, by which most unlike pairs are told apart
/// before (<see cref="Sketches"/>). Safe for several threads.
/// </summary>
/// <param name="texts">Where the texts are.</param>
/// <param name="shingleWords">Words a shingle.</param>
/// <param name="sketches">What rules pairs out.</param>
internal sealed class Verifier(TextStore texts, int shingleWords, Sketches sketches)
{
    private const long MostRemembered = 64 << 20;

    private readonly ConcurrentDictionary<int, ulong[]> _sets = new(), _sketches = new();
    private readonly ConcurrentBag<Shingles> _shingles = [];
    private long _remembered;
    private long _verified;

    /// <summary>How many pairs were compared on their texts.</summary>
    public long Verified => Interlocked.Read(ref _verified);

    /// <summary>The Jaccard similarity of two documents' shingles, or 0 where their sketches or numbers alone say that it is below a least one.</summary>
    public double Similarity(int a, int b, double least)
    {
        if (sketches.AreUnlike(Sketch(a), Sketch(b)))
        {
            return 0;
        }

        Interlocked.Increment(ref _verified);
        var (x, y) = (Set(a), Set(b));
        var (few, many) = x.Length < y.Length ? (x.Length, y.Length) : (y.Length, x.Length);
        return (double)few / many < least ? 0 : Shingles.Jaccard(x, y);
    }

    private ulong[] Sketch(int slot) => _sketches.TryGetValue(slot, out var sketch) ? sketch : _sketches.GetOrAdd(slot, sketches.Of(Set(slot)));

    private ulong[] Set(int slot)
    {
        if (_sets.TryGetValue(slot, out var set))
        {
            return set;
        }

        if (!_shingles.TryTake(out var shingles))
        {
            shingles = new(shingleWords);
        }

        set = shingles.SetOf(texts.Text(slot));
        _shingles.Add(shingles);
        if (Interlocked.Add(ref _remembered, 8L * set.Length) > MostRemembered)
        {
            _sets.Clear();
            Interlocked.Exchange(ref _remembered, 8L * set.Length);
        }

        _sets[slot] = set;
        return set;
    }
}
