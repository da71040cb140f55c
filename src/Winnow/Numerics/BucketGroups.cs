using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
#if NET10_0_OR_GREATER
using System.Runtime.Intrinsics.X86;
#endif

namespace Winnow.Numerics;

/// <summary>The first half of a shuffle: one block's kept ids, grouped by random bucket, in memory that is still in the cache when it is read again.</summary>
internal static class BucketGroups
{
    const int Run = 1 << 12, OffsetBits = 21;

    /// <summary>Groups the ids of the weights that aren't 0.</summary>
    /// <param name="weights">The block's weights; at most 2^21.</param>
    /// <param name="first">The id of the first; even.</param>
    /// <param name="rng">Sample i goes to the bucket that the low bits of the stream's 16 bits at i say.</param>
    /// <param name="grouped">Takes the ids; as long as the weights.</param>
    /// <param name="ends">Takes where each bucket ends; a power of two of them, at most 2^11.</param>
    /// <returns>The sum of the weights in float64; NaN if any is negative, infinite or NaN.</returns>
    [SkipLocalsInit]
    public static double Group(ReadOnlySpan<float> weights, int first, Rng rng, Span<int> grouped, Span<int> ends)
    {
        uint[] rented = ArrayPool<uint>.Shared.Rent(weights.Length + 16);
        Span<uint> packed = rented;
        Span<uint> random = stackalloc uint[Run / 2];
        int kept = 0, mask = ends.Length - 1;
        double sum = 0;
        for (int at = 0; at < weights.Length; at += Run)
        {
            ReadOnlySpan<float> run = weights.Slice(at, Math.Min(Run, weights.Length - at));
            rng.Fill((ulong)(first + at) / 2, random[..((run.Length + 1) / 2)]);
            kept += Pack(run, MemoryMarshal.Cast<uint, ushort>(random), (uint)mask, (uint)at, packed[kept..]);
            sum += Sum(run);
        }
        packed = packed[..kept];
        Scatter(packed, first, grouped, ends);
        ArrayPool<uint>.Shared.Return(rented);
        return sum;
    }

    // Entries (bucket, offset in the block) of the kept; up to 15 places beyond may be written.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static int Pack(ReadOnlySpan<float> weights, ReadOnlySpan<ushort> random, uint mask, uint offset, Span<uint> packed)
    {
        int kept = 0, i = 0;
        ref float w = ref MemoryMarshal.GetReference(weights);
        ref ushort r = ref MemoryMarshal.GetReference(random);
        ref uint p = ref MemoryMarshal.GetReference(packed);
#if NET10_0_OR_GREATER // Compress isn't there before
        if (Avx512F.IsSupported)
        {
            for (; i + 16 <= weights.Length; i += 16)
            {
                Vector512<uint> some = ~Vector512.Equals(Vector512.LoadUnsafe(ref w, (nuint)i), Vector512<float>.Zero).AsUInt32();
                Vector512<uint> bucket = Avx512F.ConvertToVector512UInt32(Vector256.LoadUnsafe(ref r, (nuint)i)) & Vector512.Create(mask);
                Vector512<uint> entry = (bucket << OffsetBits) | (Vector512.Create(offset + (uint)i) + Vector512<uint>.Indices);
                Avx512F.Compress(Vector512<uint>.Zero, some, entry).StoreUnsafe(ref p, (nuint)kept);
                kept += int.PopCount((int)some.ExtractMostSignificantBits());
            }
        }
#endif
        for (; i < weights.Length; i++)
        {
            // Always written, only counted when kept: no branch to mispredict.
            Unsafe.Add(ref p, kept) = ((random[i] & mask) << OffsetBits) | (offset + (uint)i);
            kept += weights[i] != 0 ? 1 : 0;
        }
        return kept;
    }

    // Lanes are fixed, so the sum is the same whatever the machine's vectors are.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static double Sum(ReadOnlySpan<float> weights)
    {
        ref float w = ref MemoryMarshal.GetReference(weights);
        Vector256<double> low = default, high = default;
        Vector256<float> bad = default, most = Vector256.Create(float.MaxValue);
        int i = 0;
        for (; i + 8 <= weights.Length; i += 8)
        {
            Vector256<float> x = Vector256.LoadUnsafe(ref w, (nuint)i);
            bad |= ~(Vector256.GreaterThanOrEqual(x, Vector256<float>.Zero) & Vector256.LessThanOrEqual(x, most));
            low += Vector256.WidenLower(x);
            high += Vector256.WidenUpper(x);
        }
        Vector256<double> all = low + high;
        double sum = (all[0] + all[1]) + (all[2] + all[3]);
        bool refused = bad.ExtractMostSignificantBits() != 0;
        for (; i < weights.Length; i++)
        {
            refused |= !(weights[i] >= 0 && weights[i] <= float.MaxValue);
            sum += weights[i];
        }
        return refused ? double.NaN : sum;
    }

    // Counting sort by bucket. The places are in range by construction: each is a running count of a bucket's entries.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Scatter(ReadOnlySpan<uint> packed, int first, Span<int> grouped, Span<int> ends)
    {
        ends.Clear();
        ref int end = ref MemoryMarshal.GetReference(ends);
        foreach (uint entry in packed) Unsafe.Add(ref end, entry >> OffsetBits)++;
        int total = 0;
        foreach (ref int place in ends)
        {
            int size = place;
            place = total;
            total += size;
        }
        ref int target = ref MemoryMarshal.GetReference(grouped);
        foreach (uint entry in packed)
        {
            ref int place = ref Unsafe.Add(ref end, entry >> OffsetBits);
            Unsafe.Add(ref target, place++) = first + (int)(entry & ((1u << OffsetBits) - 1));
        }
    }
}
