using System.Runtime.CompilerServices;

namespace Winnow.Curation.Signals;

/// <summary>Finds equal runs of n numbers in a sequence of numbers. A rolling hash leads to candidates, which are compared number by number.</summary>
internal sealed class NGramTable
{
    private const ulong Base = 0xD1342543DE82EF95, Mixer = 0x9E3779B97F4A7C15;
    private Slot[] _slots = [];
    private ulong[] _prefixes = [];
    private ulong _power;
    private uint _stamp;
    private int _mask, _count, _n;

    /// <summary>Takes a sequence, once for all n.</summary>
    public void Read(ReadOnlySpan<int> ids)
    {
        _count = ids.Length;
        Buffers.Grow(ref _prefixes, _count + 1);
        var hash = 0UL;
        for (var i = 0; i < ids.Length; i++)
        {
            _prefixes[i] = hash;
            hash = (hash * Base) + ((ulong)(uint)ids[i] + 1);
        }

        _prefixes[ids.Length] = hash;
    }

    /// <summary>Forgets all runs; from here on they have n numbers.</summary>
    public void Begin(int n)
    {
        _mask = Buffers.Empty(ref _slots, ref _stamp, _count);
        _n = n;
        _power = 1;
        for (var i = 0; i < n; i++)
        {
            _power *= Base;
        }
    }

    /// <summary>Counts the run that begins at a place. Returns how often it occurred up to now, this time included, and where first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Add(ReadOnlySpan<int> ids, int at, out int first)
    {
        var hash = (_prefixes[at + _n] - (_prefixes[at] * _power)) * Mixer;
        hash ^= hash >> 32;
        hash *= Base;
        var tag = (uint)(hash >> 32);
        var place = (int)(hash >> 7) & _mask;
        while (true)
        {
            ref var slot = ref _slots[place];
            if (slot.Stamp != _stamp)
            {
                slot = new Slot { Stamp = _stamp, Tag = tag, First = at, Occurrences = 1 };
                first = at;
                return 1;
            }

            if (slot.Tag == tag && ids.Slice(slot.First, _n).SequenceEqual(ids.Slice(at, _n)))
            {
                first = slot.First;
                return ++slot.Occurrences;
            }

            place = (place + 1) & _mask;
        }
    }

    private struct Slot
    {
        public uint Stamp, Tag;
        public int First, Occurrences;
    }
}
