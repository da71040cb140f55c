using System.Runtime.CompilerServices;

namespace Winnow.Curation.Signals;

/// <summary>Gives equal stretches of scalar values equal numbers, counted from 0 in the order of their first occurrence. Equality is compared, not taken from a hash.</summary>
internal sealed class SpanTable
{
    private const ulong Multiplier = 0x9E3779B97F4A7C15;
    private Slot[] _slots = [];
    private int[] _starts = [], _lengths = [], _counts = [];
    private uint _stamp;
    private int _mask;

    /// <summary>How many different stretches there were.</summary>
    public int Count { get; private set; }

    /// <summary>How often a stretch occurred.</summary>
    public int Occurrences(int id) => _counts[id];

    /// <summary>Forgets everything.</summary>
    /// <param name="most">How many stretches there can be at most.</param>
    public void Begin(int most)
    {
        _mask = Buffers.Empty(ref _slots, ref _stamp, most);
        Buffers.Grow(ref _starts, most);
        Buffers.Grow(ref _lengths, most);
        Buffers.Grow(ref _counts, most);
        Count = 0;
    }

    /// <summary>The number of a stretch, of which one more occurrence is counted.</summary>
    /// <param name="buffer">The same buffer for all stretches since <see cref="Begin"/>.</param>
    /// <param name="start">Its start.</param>
    /// <param name="length">Its length.</param>
    public int Add(ReadOnlySpan<int> buffer, int start, int length)
    {
        var stretch = buffer.Slice(start, length);
        var hash = Hash(stretch);
        var tag = (uint)(hash >> 32);
        var at = (int)hash & _mask;
        while (true)
        {
            ref var slot = ref _slots[at];
            if (slot.Stamp != _stamp)
            {
                slot = new Slot { Stamp = _stamp, Tag = tag, Id = Count };
                (_starts[Count], _lengths[Count], _counts[Count]) = (start, length, 1);
                return Count++;
            }

            if (slot.Tag == tag && _lengths[slot.Id] == length && buffer.Slice(_starts[slot.Id], length).SequenceEqual(stretch))
            {
                _counts[slot.Id]++;
                return slot.Id;
            }

            at = (at + 1) & _mask;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Hash(ReadOnlySpan<int> stretch)
    {
        var hash = (ulong)stretch.Length;
        foreach (var c in stretch)
        {
            hash = (hash ^ (uint)c) * Multiplier;
            hash ^= hash >> 29;
        }

        return hash * Multiplier ^ (hash >> 32);
    }

    private struct Slot
    {
        public uint Stamp, Tag;
        public int Id;
    }
}
