using Winnow.Numerics;

namespace Winnow.Curation.Resampling;

/// <summary>
/// Draws k texts without replacement, each with a probability proportional to its weight among those left: the k largest of log weight + Gumbel noise (Yellott 1977; Kool et al. 2019). The noise
/// depends on seed and text alone, so that the texts may come in any order, and draws from parts of the corpus merge to exactly the draw from the whole. 16 bytes for each text drawn.
/// </summary>
public sealed class WeightedDraw
{
    private readonly Rng _noise;
    private readonly bool _noisy;
    private readonly int _most;
    private double[] _keys = [];
    private long[] _documents = [];

    /// <summary>A draw.</summary>
    /// <param name="count">How many texts are drawn at most, at least 0.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="round">Tells draws of one seed apart, such as those for several targets. Default 0.</param>
    /// <param name="noisy">False takes the largest weights and draws nothing. Default true.</param>
    public WeightedDraw(int count, ulong seed, int round = 0, bool noisy = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        (_most, _noisy) = (count, noisy);
        _noise = Rng.Derive(seed, round, "resampling");
    }

    /// <summary>How many texts are drawn so far.</summary>
    public int Count { get; private set; }

    /// <summary>Gumbel noise of a text: -ln(-ln u) with u from 53 random bits.</summary>
    /// <param name="document">The text's number in the corpus.</param>
    public double Noise(long document)
    {
        var index = (ulong)document * 2;
        var bits = ((ulong)(_noise.UInt32At(index) >> 5) << 26) | (_noise.UInt32At(index + 1) >> 6);
        return -NaturalLogarithm.Of(-NaturalLogarithm.Of((bits + 0.5) / (1UL << 53)));
    }

    /// <summary>Offers a text.</summary>
    /// <param name="document">Its number in the corpus, at least 0; each is offered once.</param>
    /// <param name="logWeight">The logarithm of its weight; minus infinity is never drawn.</param>
    /// <exception cref="CurationException">The weight is NaN or plus infinity.</exception>
    public void Offer(long document, double logWeight)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(document);
        if (double.IsNaN(logWeight) || double.IsPositiveInfinity(logWeight))
        {
            throw new CurationException(FormattableString.Invariant($"The logarithm of the weight of text {document} is {logWeight}; it must be a number, or minus infinity for a text that is never drawn."));
        }

        if (!double.IsNegativeInfinity(logWeight))
        {
            Push(_noisy ? logWeight + Noise(document) : logWeight, document);
        }
    }

    /// <summary>Takes in the draw from another part of the corpus, of the same seed and round.</summary>
    /// <param name="other">A draw of at least as many texts.</param>
    public void Merge(WeightedDraw other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other._noise != _noise || other._noisy != _noisy || other._most < _most)
        {
            throw new ArgumentException("Draws of another seed, round or kind, or of fewer texts, don't merge to one draw; make both alike.", nameof(other));
        }

        for (var i = 0; i < other.Count; i++)
        {
            Push(other._keys[i], other._documents[i]);
        }
    }

    /// <summary>The texts drawn, in the order of their numbers.</summary>
    public long[] Documents()
    {
        var documents = _documents.AsSpan(0, Count).ToArray();
        Array.Sort(documents);
        return documents;
    }

    /// <summary>The texts drawn, in the order in which they were drawn: the first k are the draw of k.</summary>
    public long[] Ranked()
    {
        int[] order = [.. Enumerable.Range(0, Count)];
        Array.Sort(order, (a, b) => Below(_keys[a], _documents[a], _keys[b], _documents[b]) ? 1 : a == b ? 0 : -1);
        return [.. order.Select(i => _documents[i])];
    }

    // Of equal keys the later text is the lower.
    private static bool Below(double key, long document, double otherKey, long otherDocument) => key < otherKey || (key == otherKey && document > otherDocument);

    private void Push(double key, long document)
    {
        if (Count < _most)
        {
            Signals.Buffers.Grow(ref _keys, Count + 1);
            Signals.Buffers.Grow(ref _documents, Count + 1);
            Up(Count++, key, document);
        }
        else if (_most > 0 && Below(_keys[0], _documents[0], key, document))
        {
            Down(key, document);
        }
    }

    private void Up(int at, double key, long document)
    {
        while (at > 0 && (at - 1) / 2 is var parent && Below(key, document, _keys[parent], _documents[parent]))
        {
            (_keys[at], _documents[at]) = (_keys[parent], _documents[parent]);
            at = parent;
        }

        (_keys[at], _documents[at]) = (key, document);
    }

    private void Down(double key, long document)
    {
        var at = 0;
        while (true)
        {
            var child = (2 * at) + 1;
            if (child >= Count)
            {
                break;
            }

            child += child + 1 < Count && Below(_keys[child + 1], _documents[child + 1], _keys[child], _documents[child]) ? 1 : 0;
            if (!Below(_keys[child], _documents[child], key, document))
            {
                break;
            }

            (_keys[at], _documents[at]) = (_keys[child], _documents[child]);
            at = child;
        }

        (_keys[at], _documents[at]) = (key, document);
    }
}
