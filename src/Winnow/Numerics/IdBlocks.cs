using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Winnow.Numerics;

/// <summary>
/// Groups (id, value) pairs by blocks of neighbouring ids, keeping the order within a block. Writing values to random places of arrays
/// larger than the caches costs a miss each; grouping first and then writing block by block costs less than half of that.
/// </summary>
internal static class IdBlocks
{
    const int MinShift = 14, MaxBlocksLog2 = 11;

    /// <summary>Block b holds the ids with id &gt;&gt; shift = b; at most 2^11 blocks of at least 2^14 ids.</summary>
    public static int Shift(int samples) => Math.Max(MinShift, 32 - BitOperations.LeadingZeroCount((uint)samples) - MaxBlocksLog2);

    /// <summary>Writes the pairs grouped: the id in the high half, the value's bits in the low half. Returns where each block ends.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int[] Group(ReadOnlySpan<int> ids, ReadOnlySpan<float> values, int samples, Span<ulong> pairs)
    {
        int shift = Shift(samples);
        int[] ends = new int[((samples - 1) >> shift) + 1];
        foreach (int id in ids) ends[id >> shift]++;
        int total = 0;
        foreach (ref int end in ends.AsSpan())
        {
            int size = end;
            end = total;
            total += size;
        }
        ReadOnlySpan<uint> bits = MemoryMarshal.Cast<float, uint>(values)[..ids.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            ref int place = ref ends[ids[i] >> shift];
            pairs[place++] = ((ulong)(uint)ids[i] << 32) | bits[i];
        }
        return ends;
    }
}
