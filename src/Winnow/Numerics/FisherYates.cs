using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Winnow.Numerics;

/// <summary>The shuffle of what fits in a cache.</summary>
internal static class FisherYates
{
    private const int Words = 512, Lanes = 8;

    /// <summary>Shuffles in place, every order equally likely, from one sequence of a stream.</summary>
    /// <param name="values">What to shuffle.</param>
    /// <param name="rng">The stream.</param>
    /// <param name="lane">Which sequence of the stream.</param>
    [SkipLocalsInit, MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Shuffle(Span<int> values, Rng rng, uint lane)
    {
        Span<uint> buffer = stackalloc uint[Words];
        Span<ulong> places = stackalloc ulong[Lanes];
        ref var v = ref MemoryMarshal.GetReference(values);
        ulong block = 0;
        int used = 0, held = 0;
        for (var i = values.Length - 1; i > 0;)
        {
            if (used == held)
            {
                // A short list doesn't pay for numbers that it won't use.
                held = Math.Min(Words, (i + 3) & ~3);
                rng.FillSequence(lane, block, buffer[..held]);
                block += (ulong)held / 4;
                used = 0;
            }

            if (held - used >= Lanes && i >= Lanes && Places(ref buffer[used], i, places))
            {
                used += Lanes;
                foreach (var place in places)
                {
                    Swap(ref v, i--, (int)place);
                }

                continue;
            }
            // One by one: at the ends, and where a number must be drawn again to be unbiased (Lemire 2019).
            var bound = (uint)i + 1;
            var product = (ulong)buffer[used++] * bound;
            if ((uint)product < bound && (uint)product < (0u - bound) % bound)
            {
                continue;
            }

            Swap(ref v, i--, (int)(product >> 32));
        }
    }

    // Eight places at once, for bounds first + 1, first, …; false where any of the numbers may have to be drawn again.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Places(ref uint words, int first, Span<ulong> places)
    {
        if (!Avx512F.IsSupported)
        {
            return PlacesNarrow(ref words, first, places);
        }

        var random = Avx512F.ConvertToVector512UInt64(Vector256.LoadUnsafe(ref words));
        var bound = Vector512.Create((ulong)first + 1) - Vector512<ulong>.Indices;
        var product = Avx512F.Multiply(random.AsUInt32(), bound.AsUInt32());
        if (Vector512.LessThanAny(product & Vector512.Create(0xFFFFFFFFUL), bound))
        {
            return false;
        }

        (product >>> 32).StoreUnsafe(ref MemoryMarshal.GetReference(places));
        return true;
    }

    private static bool PlacesNarrow(ref uint words, int first, Span<ulong> places)
    {
        for (var k = 0; k < Lanes; k++)
        {
            var bound = (uint)(first + 1 - k);
            var product = (ulong)Unsafe.Add(ref words, k) * bound;
            if ((uint)product < bound)
            {
                return false;
            }

            places[k] = product >> 32;
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Swap(ref int v, int i, int j)
    {
        // j ≤ i by construction, i within the span: the checks would cost more than the swap.
        ref int a = ref Unsafe.Add(ref v, i), b = ref Unsafe.Add(ref v, j);
        (a, b) = (b, a);
    }
}
