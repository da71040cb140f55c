using System.Buffers.Binary;
using System.Security.Cryptography;
using Winnow.Curation.Signals;

namespace Winnow.Curation.Resampling;

/// <summary>
/// The hashed n-gram features of DSIR (Xie et al. 2023, arXiv:2302.03169), bucket for bucket those of its published program: the text in lower case; words are runs of <c>\w</c> and runs
/// of what is neither <c>\w</c> nor white space; of each word, and each two words with a space between them, SHA-256 of the UTF-8 read as a number, modulo the number of buckets.
/// Words and pairs that were met before are looked up. Not for several threads at once: each makes its own.
/// </summary>
public sealed class NGramBuckets
{
    /// <summary>The number of buckets of the published program.</summary>
    public const int DefaultBuckets = 10000;

    private const int MostBuckets = 1 << 28, MostWords = 1 << 19, MostCharacters = 1 << 23;
    private readonly int _n;
    private readonly ulong[] _powers = new ulong[8];
    private readonly ScalarText _text = new();
    private readonly WordStore _words = new();
    private readonly PairCache _pairs;
    private readonly Sha256Lanes _lanes = new();
    private readonly (int Place, int First, int Second)[] _pending = new (int, int, int)[Sha256Lanes.Lanes];
    private int[] _lower = [], _ids = [], _buckets = [];
    private byte[] _message = [];

    /// <summary>Reads texts.</summary>
    /// <param name="buckets">How many buckets there are, from 1 to 2^28. Default 10000.</param>
    /// <param name="n">1 for words alone, 2 for words and pairs. Default 2.</param>
    /// <param name="cachedPairs">How many pairs are kept to be looked up, a power of two of at least 4; 16 bytes each. Default 2^20. The buckets don't depend on it.</param>
    public NGramBuckets(int buckets = DefaultBuckets, int n = 2, int cachedPairs = 1 << 20)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(buckets, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(buckets, MostBuckets);
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(n, 2);
        if (cachedPairs < 4 || !int.IsPow2(cachedPairs))
        {
            throw new ArgumentOutOfRangeException(nameof(cachedPairs), cachedPairs, "The number of cached pairs must be a power of two of at least 4.");
        }

        (Buckets, _n) = (buckets, n);
        _pairs = new(n == 2 ? cachedPairs : 4);
        var power = 1UL % (ulong)buckets;
        for (var w = 7; w >= 0; w--)
        {
            _powers[w] = power;
            power = (power << 32) % (ulong)buckets;
        }
    }

    /// <summary>How many buckets there are.</summary>
    public int Buckets { get; }

    /// <summary>How many words the last text has: what DSIR holds its least length of 100 against.</summary>
    public int WordCount { get; private set; }

    /// <summary>The buckets of a text: of its words in their order, then of its pairs. Valid until the next text is read.</summary>
    /// <param name="text">UTF-8; each maximal ill-formed part counts as one U+FFFD.</param>
    public ReadOnlySpan<int> Read(ReadOnlySpan<byte> text)
    {
        if (_words.Count > MostWords || _words.Characters > MostCharacters)
        {
            _words.Clear();
            _pairs.Clear();
        }

        _text.Read(text);
        Signals.Buffers.Grow(ref _lower, 2 * _text.Length);
        Split(_lower.AsSpan(0, LowerCase.Write(_text.Scalars, _lower)));
        var count = WordCount == 0 ? 0 : _n == 1 ? WordCount : (2 * WordCount) - 1;
        Signals.Buffers.Grow(ref _buckets, count);
        for (var w = 0; w < WordCount; w++)
        {
            _buckets[w] = _words.Bucket(_ids[w]);
        }

        if (_n == 2)
        {
            ReadPairs();
        }

        return _buckets.AsSpan(0, count);
    }

    /// <summary>The logarithm of a text's importance weight: the sum of a value over its words and pairs.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="logRatios">A value for each bucket: <see cref="ImportanceModel.LogRatios"/>.</param>
    public double Score(ReadOnlySpan<byte> text, ReadOnlySpan<double> logRatios)
    {
        if (logRatios.Length != Buckets)
        {
            throw new ArgumentException($"{logRatios.Length} values aren't those of {Buckets} buckets; give one for each.", nameof(logRatios));
        }

        double sum = 0;
        foreach (var bucket in Read(text))
        {
            sum += logRatios[bucket];
        }

        return sum;
    }

    private void Split(ReadOnlySpan<int> scalars)
    {
        var table = ScalarTable.Instance;
        WordCount = 0;
        for (var i = 0; i < scalars.Length;)
        {
            var side = table.KindsOf(scalars[i]) & (ScalarKinds.PatternWord | ScalarKinds.Space);
            var start = i++;
            if (side == ScalarKinds.Space)
            {
                continue;
            }

            while (i < scalars.Length && (table.KindsOf(scalars[i]) & (ScalarKinds.PatternWord | ScalarKinds.Space)) == side)
            {
                i++;
            }

            Signals.Buffers.Grow(ref _ids, WordCount + 1);
            var id = _words.Find(scalars[start..i]);
            _ids[WordCount++] = id;
            if (_words.Bucket(id) == -1)
            {
                // Until it is hashed it isn't to be asked for again.
                _words.Bucket(id) = -2;
                Ask(-1, id, -1);
            }
        }

        Flush();
    }

    private void ReadPairs()
    {
        for (var w = 0; w + 1 < WordCount; w++)
        {
            var bucket = _pairs.Find(_ids[w], _ids[w + 1]);
            if (bucket < 0)
            {
                Ask(WordCount + w, _ids[w], _ids[w + 1]);
            }
            else
            {
                _buckets[WordCount + w] = bucket;
            }
        }

        Flush();
    }

    private void Ask(int place, int first, int second)
    {
        var next = _lanes.Next;
        var length = Message(next, first, second);
        if (length < 0)
        {
            Answer(place, first, second, LongBucket(first, second));
            return;
        }

        _pending[_lanes.Count] = (place, first, second);
        _lanes.Set(length);
        if (_lanes.Count == Sha256Lanes.Lanes)
        {
            Flush();
        }
    }

    private void Flush()
    {
        var count = _lanes.Count;
        if (count == 0)
        {
            return;
        }

        _lanes.Hash();
        for (var lane = 0; lane < count; lane++)
        {
            var sum = 0UL;
            for (var w = 0; w < 8; w++)
            {
                sum += _lanes.Word(lane, w) * _powers[w];
            }

            var (place, first, second) = _pending[lane];
            Answer(place, first, second, (int)(sum % (ulong)Buckets));
        }
    }

    private void Answer(int place, int first, int second, int bucket)
    {
        if (place < 0)
        {
            _words.Bucket(first) = bucket;
            return;
        }

        _buckets[place] = bucket;
        _pairs.Keep(first, second, bucket);
    }

    private int Message(Span<byte> utf8, int first, int second)
    {
        var n = _words.Write(first, utf8);
        if (n < 0 || second < 0)
        {
            return n;
        }

        if (n == utf8.Length)
        {
            return -1;
        }

        utf8[n++] = (byte)' ';
        var more = _words.Write(second, utf8[n..]);
        return more < 0 ? -1 : n + more;
    }

    private int LongBucket(int first, int second)
    {
        Signals.Buffers.Grow(ref _message, 4 * (_words.Word(first).Length + 1 + (second < 0 ? 0 : _words.Word(second).Length)));
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(_message.AsSpan(0, Message(_message, first, second)), digest);
        var sum = 0UL;
        for (var w = 0; w < 8; w++)
        {
            sum += BinaryPrimitives.ReadUInt32BigEndian(digest[(4 * w)..]) * _powers[w];
        }

        return (int)(sum % (ulong)Buckets);
    }
}
