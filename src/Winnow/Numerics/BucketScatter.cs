using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Winnow.Numerics;

/// <summary>
/// The first half of a shuffle: every kept id goes to a random bucket. Counted first and then written where it belongs, so that nothing
/// but the order itself takes memory; the random numbers are drawn twice, which costs less than moving the ids twice.
/// </summary>
internal static class BucketScatter
{
    /// <summary>Weights are summed and ids placed by runs of so many.</summary>
    public const int Run = 1 << 12;

    // For each set of 8 lanes: those in it, a byte each, from the lowest on.
    private static readonly ulong[] s_lanes = [.. Enumerable.Range(0, 256).Select(static set =>
        Enumerable.Range(0, 8).Where(lane => (set >> lane & 1) != 0).Select(static (lane, place) => (ulong)lane << (8 * place)).Aggregate(0UL, static (all, one) => all | one))];

    // A packed entry is the bucket and the offset in the run; a compressing store writes up to 15 places beyond.
    private const int OffsetBits = 12, Slack = 16;

    /// <summary>Counts how many of a block's kept ids go to each bucket.</summary>
    /// <param name="weights">The block's weights; 0 means left out.</param>
    /// <param name="first">The id of the first; even.</param>
    /// <param name="rng">Sample i goes to the bucket that the low bits of the stream's 16 bits at i say.</param>
    /// <param name="sizes">Takes the counts; a power of two of them, at most 2^16.</param>
    /// <returns>The sum of the weights in float64; NaN if any is negative, infinite or NaN.</returns>
    [SkipLocalsInit]
    public static double Count(ReadOnlySpan<float> weights, int first, Rng rng, Span<int> sizes)
    {
        sizes.Clear();
        Span<uint> random = stackalloc uint[Run / 2], packed = stackalloc uint[Run + Slack];
        double sum = 0;
        for (var at = 0; at < weights.Length; at += Run)
        {
            var run = weights.Slice(at, Math.Min(Run, weights.Length - at));
            var kept = Pack(run, (uint)first + (uint)at, rng, random, (uint)sizes.Length - 1, packed);
            Tally(kept, sizes);
            sum += WeightSum.Of(run);
        }

        return sum;
    }

    /// <summary>Writes a block's kept ids to their places.</summary>
    /// <param name="weights">As counted.</param>
    /// <param name="first">As counted.</param>
    /// <param name="rng">As counted.</param>
    /// <param name="places">In: where this block's first id of each bucket goes. Out: behind its last.</param>
    /// <param name="order">Takes the ids.</param>
    [SkipLocalsInit]
    public static void Place(ReadOnlySpan<float> weights, int first, Rng rng, Span<int> places, Span<int> order)
    {
        Span<uint> random = stackalloc uint[Run / 2], packed = stackalloc uint[Run + Slack];
        for (var at = 0; at < weights.Length; at += Run)
        {
            var run = weights.Slice(at, Math.Min(Run, weights.Length - at));
            Write(Pack(run, (uint)first + (uint)at, rng, random, (uint)places.Length - 1, packed), first + at, places, order);
        }
    }

    private static Span<uint> Pack(ReadOnlySpan<float> run, uint first, Rng rng, Span<uint> random, uint mask, Span<uint> packed)
    {
        rng.Fill(first / 2, random[..((run.Length + 1) / 2)]);
        return packed[..Pack(run, MemoryMarshal.Cast<uint, ushort>(random), mask, packed)];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Pack(ReadOnlySpan<float> weights, ReadOnlySpan<ushort> random, uint mask, Span<uint> packed)
    {
        int kept = 0, i = 0;
        ref var w = ref MemoryMarshal.GetReference(weights);
        ref var r = ref MemoryMarshal.GetReference(random);
        ref var p = ref MemoryMarshal.GetReference(packed);
#if NET10_0_OR_GREATER // before, there is no Compress
        if (Avx512F.IsSupported)
        {
            for (; i + 16 <= weights.Length; i += 16)
            {
                var some = ~Vector512.Equals(Vector512.LoadUnsafe(ref w, (nuint)i), Vector512<float>.Zero).AsUInt32();
                var bucket = Avx512F.ConvertToVector512UInt32(Vector256.LoadUnsafe(ref r, (nuint)i)) & Vector512.Create(mask);
                var entry = (bucket << OffsetBits) | (Vector512.Create((uint)i) + Vector512<uint>.Indices);
                Avx512F.Compress(Vector512<uint>.Zero, some, entry).StoreUnsafe(ref p, (nuint)kept);
                kept += int.PopCount((int)some.ExtractMostSignificantBits());
            }
        }
#endif
        if (Avx2.IsSupported)
        {
            ref var lanes = ref MemoryMarshal.GetArrayDataReference(s_lanes);
            for (; i + 8 <= weights.Length; i += 8)
            {
                var some = Vector256.Equals(Vector256.LoadUnsafe(ref w, (nuint)i), Vector256<float>.Zero).ExtractMostSignificantBits() ^ 0xFF;
                var bucket = Avx2.ConvertToVector256Int32(Vector128.LoadUnsafe(ref r, (nuint)i)).AsUInt32() & Vector256.Create(mask);
                var entry = (bucket << OffsetBits) | (Vector256.Create((uint)i) + Vector256<uint>.Indices);
                var chosen = Avx2.ConvertToVector256Int32(Vector128.CreateScalarUnsafe(Unsafe.Add(ref lanes, some)).AsByte());
                Avx2.PermuteVar8x32(entry, chosen.AsUInt32()).StoreUnsafe(ref p, (nuint)kept);
                kept += BitOperations.PopCount(some);
            }
        }

        for (; i < weights.Length; i++)
        {
            // Always written, only counted when kept: no branch to mispredict.
            Unsafe.Add(ref p, kept) = ((random[i] & mask) << OffsetBits) | (uint)i;
            kept += weights[i] != 0 ? 1 : 0;
        }

        return kept;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tally(ReadOnlySpan<uint> packed, Span<int> sizes)
    {
        ref var size = ref MemoryMarshal.GetReference(sizes);
        foreach (var entry in packed)
        {
            Unsafe.Add(ref size, entry >> OffsetBits)++;
        }
    }

    // The places are in range by construction: each is a running count of a bucket's entries.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Write(ReadOnlySpan<uint> packed, int first, Span<int> places, Span<int> order)
    {
        ref var next = ref MemoryMarshal.GetReference(places);
        ref var target = ref MemoryMarshal.GetReference(order);
        foreach (var entry in packed)
        {
            ref var place = ref Unsafe.Add(ref next, entry >> OffsetBits);
            Unsafe.Add(ref target, place++) = first + (int)(entry & ((1u << OffsetBits) - 1));
        }
    }
}
