using System.Runtime.CompilerServices;

namespace Winnow.Curation.Resampling;

/// <summary>Buckets of pairs of words, by the words' numbers. Four places a cache line; where all are taken one is overwritten, so the memory is bounded and what is found is exact.</summary>
internal sealed class PairCache
{
    private const int Ways = 4;
    private readonly Entry[] _entries;
    private readonly ulong _mask;
    private uint _turn;

    /// <summary>A cache with room for so many pairs, a power of two.</summary>
    public PairCache(int room)
    {
        _entries = GC.AllocateArray<Entry>(room, pinned: true);
        _mask = (ulong)(room / Ways) - 1;
    }

    /// <summary>The bucket of a pair; negative where it isn't known.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(int first, int second)
    {
        var key = Key(first, second);
        var line = _entries.AsSpan(Line(key), Ways);
        foreach (ref var entry in line)
        {
            if (entry.Key == key)
            {
                return entry.Bucket;
            }
        }

        return -1;
    }

    /// <summary>Keeps the bucket of a pair.</summary>
    public void Keep(int first, int second, int bucket)
    {
        var key = Key(first, second);
        var line = _entries.AsSpan(Line(key), Ways);
        var at = 0;
        while (at < Ways && line[at].Key != 0)
        {
            at++;
        }

        line[at < Ways ? at : (int)(_turn++ % Ways)] = new Entry { Key = key, Bucket = bucket };
    }

    /// <summary>Forgets all pairs.</summary>
    public void Clear() => Array.Clear(_entries);

    // Never 0, which marks a free place.
    private static ulong Key(int first, int second) => ((ulong)(uint)(first + 1) << 32) | (uint)second;

    private int Line(ulong key)
    {
        var hash = key * 0x9E3779B97F4A7C15;
        hash ^= hash >> 32;
        hash *= 0xD1342543DE82EF95;
        return (int)((hash >> 32) & _mask) * Ways;
    }

    private struct Entry
    {
        public ulong Key;
        public int Bucket;
    }
}
