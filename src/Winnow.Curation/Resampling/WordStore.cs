using System.Text;
using Winnow.Curation.Signals;

namespace Winnow.Curation.Resampling;

/// <summary>Words that were met in earlier texts, with their buckets. Words are compared, not told by a hash.</summary>
internal sealed class WordStore
{
    private const ulong Multiplier = 0x9E3779B97F4A7C15;
    private (uint Tag, int Id)[] _slots = new (uint, int)[1 << 12];
    private int[] _pool = new int[1 << 14], _starts = new int[1 << 11], _buckets = new int[1 << 11];
    private int _used;

    /// <summary>How many words there are.</summary>
    public int Count { get; private set; }

    /// <summary>How many scalar values they have.</summary>
    public int Characters => _used;

    /// <summary>A word's bucket; negative as long as it isn't known.</summary>
    public ref int Bucket(int id) => ref _buckets[id];

    /// <summary>A word.</summary>
    public ReadOnlySpan<int> Word(int id) => _pool.AsSpan(_starts[id], _starts[id + 1] - _starts[id]);

    /// <summary>The number of a word; a new one has no bucket yet.</summary>
    public int Find(ReadOnlySpan<int> word)
    {
        var hash = Hash(word);
        var tag = (uint)(hash >> 32);
        var mask = _slots.Length - 1;
        for (var at = (int)(hash >> 20) & mask; ; at = (at + 1) & mask)
        {
            var (otherTag, id) = _slots[at];
            if (id == 0)
            {
                _slots[at] = (tag, Count + 1);
                return Add(word);
            }

            if (otherTag == tag && Word(id - 1).SequenceEqual(word))
            {
                return id - 1;
            }
        }
    }

    /// <summary>Forgets all words.</summary>
    public void Clear()
    {
        Array.Clear(_slots);
        (Count, _used) = (0, 0);
    }

    /// <summary>Writes a word as UTF-8. Returns its length, or -1 where there isn't room for it.</summary>
    public int Write(int id, Span<byte> utf8)
    {
        var n = 0;
        foreach (var c in Word(id))
        {
            if (c < 0x80)
            {
                if (n == utf8.Length)
                {
                    return -1;
                }

                utf8[n++] = (byte)c;
            }
            else if (new Rune(c).TryEncodeToUtf8(utf8[n..], out var written))
            {
                n += written;
            }
            else
            {
                return -1;
            }
        }

        return n;
    }

    private static ulong Hash(ReadOnlySpan<int> word)
    {
        var hash = (ulong)word.Length;
        foreach (var c in word)
        {
            hash = (hash ^ (uint)c) * Multiplier;
            hash ^= hash >> 29;
        }

        return hash * Multiplier;
    }

    private int Add(ReadOnlySpan<int> word)
    {
        Buffers.Grow(ref _pool, _used + word.Length);
        Buffers.Grow(ref _starts, Count + 2);
        Buffers.Grow(ref _buckets, Count + 1);
        word.CopyTo(_pool.AsSpan(_used));
        _starts[Count] = _used;
        _used += word.Length;
        _starts[Count + 1] = _used;
        _buckets[Count] = -1;
        if (++Count * 2 > _slots.Length)
        {
            Enlarge();
        }

        return Count - 1;
    }

    private void Enlarge()
    {
        var old = _slots;
        _slots = new (uint, int)[old.Length * 2];
        for (var id = 0; id < Count; id++)
        {
            var word = Word(id);
            var hash = Hash(word);
            var at = (int)(hash >> 20) & (_slots.Length - 1);
            while (_slots[at].Id != 0)
            {
                at = (at + 1) & (_slots.Length - 1);
            }

            _slots[at] = ((uint)(hash >> 32), id + 1);
        }
    }
}
