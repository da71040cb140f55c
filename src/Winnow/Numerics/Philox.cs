using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Winnow.Numerics;

/// <summary>
/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): a bijection of a 128-bit counter under a
/// 64-bit key. Every path gives the same bits; the wide ones hold each 32-bit word in the low half of a 64-bit lane, because the
/// widening multiply reads just that half and so no shuffles are needed between rounds.
/// </summary>
internal static class Philox
{
    private const uint M0 = 0xD2511F53, M1 = 0xCD9E8D57, W0 = 0x9E3779B9, W1 = 0xBB67AE85;
    private const int Rounds = 10;

    /// <summary>One block: four words from four counter words and two key words.</summary>
    public static (uint X0, uint X1, uint X2, uint X3) Block(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (var round = 0; round < Rounds; round++)
        {
            ulong p0 = (ulong)M0 * c0, p1 = (ulong)M1 * c2;
            c0 = (uint)(p1 >> 32) ^ c1 ^ k0;
            c2 = (uint)(p0 >> 32) ^ c3 ^ k1;
            c1 = (uint)p1;
            c3 = (uint)p0;
            k0 += W0;
            k1 += W1;
        }

        return (c0, c1, c2, c3);
    }

    /// <summary>Writes blocks first, first + 1, … (the low 64 counter bits) to a destination of a whole number of blocks.</summary>
    public static void Fill(ulong first, uint c2, uint c3, uint k0, uint k1, Span<uint> destination)
    {
        var done = 0;
        if (Avx512F.IsSupported)
        {
            done = Fill512(first, c2, c3, k0, k1, destination);
        }
        else if (Avx2.IsSupported)
        {
            done = Fill256(first, c2, c3, k0, k1, destination);
        }

        FillScalar(first + ((ulong)done / 4), c2, c3, k0, k1, destination[done..]);
    }

    /// <summary>The plain path: what the wide ones are tested against.</summary>
    public static void FillScalar(ulong first, uint c2, uint c3, uint k0, uint k1, Span<uint> destination)
    {
        for (var i = 0; i + 4 <= destination.Length; i += 4, first++)
        {
            (destination[i], destination[i + 1], destination[i + 2], destination[i + 3]) = Block((uint)first, (uint)(first >> 32), c2, c3, k0, k1);
        }
    }

    /// <summary>8 blocks a vector, 4 vectors in flight to cover the multiplier's latency. Returns how many words were written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Fill512(ulong first, uint c2, uint c3, uint k0, uint k1, Span<uint> destination)
    {
        const int Step = 128;
        // Lane order that makes the two unpacks at the end come out in counter order.
        var lanes = Vector512.Create(0UL, 4, 1, 5, 2, 6, 3, 7);
        Vector512<ulong> m0 = Vector512.Create((ulong)M0), m1 = Vector512.Create((ulong)M1);
        ref var start = ref MemoryMarshal.GetReference(destination);
        var i = 0;
        for (; i + Step <= destination.Length; i += Step, first += Step / 4)
        {
            Vector512<ulong> a0 = Vector512.Create(first) + lanes, b0 = Vector512.Create(first + 8) + lanes;
            Vector512<ulong> d0 = Vector512.Create(first + 16) + lanes, e0 = Vector512.Create(first + 24) + lanes;
            Vector512<ulong> a1 = a0 >>> 32, b1 = b0 >>> 32, d1 = d0 >>> 32, e1 = e0 >>> 32;
            Vector512<ulong> a2 = Vector512.Create((ulong)c2), b2 = a2, d2 = a2, e2 = a2;
            Vector512<ulong> a3 = Vector512.Create((ulong)c3), b3 = a3, d3 = a3, e3 = a3;
            uint r0 = k0, r1 = k1;
            for (var round = 0; round < Rounds; round++, r0 += W0, r1 += W1)
            {
                Vector512<ulong> key0 = Vector512.Create((ulong)r0), key1 = Vector512.Create((ulong)r1);
                Round(ref a0, ref a1, ref a2, ref a3, m0, m1, key0, key1);
                Round(ref b0, ref b1, ref b2, ref b3, m0, m1, key0, key1);
                Round(ref d0, ref d1, ref d2, ref d3, m0, m1, key0, key1);
                Round(ref e0, ref e1, ref e2, ref e3, m0, m1, key0, key1);
            }

            Store(a0, a1, a2, a3, ref start, (nuint)i);
            Store(b0, b1, b2, b3, ref start, (nuint)i + 32);
            Store(d0, d1, d2, d3, ref start, (nuint)i + 64);
            Store(e0, e1, e2, e3, ref start, (nuint)i + 96);
        }

        return i;
    }

    /// <summary>4 blocks a vector, 2 vectors in flight. Returns how many words were written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Fill256(ulong first, uint c2, uint c3, uint k0, uint k1, Span<uint> destination)
    {
        const int Step = 32;
        var lanes = Vector256.Create(0UL, 2, 1, 3);
        Vector256<ulong> m0 = Vector256.Create((ulong)M0), m1 = Vector256.Create((ulong)M1);
        ref var start = ref MemoryMarshal.GetReference(destination);
        var i = 0;
        for (; i + Step <= destination.Length; i += Step, first += Step / 4)
        {
            Vector256<ulong> a0 = Vector256.Create(first) + lanes, b0 = Vector256.Create(first + 4) + lanes;
            Vector256<ulong> a1 = a0 >>> 32, b1 = b0 >>> 32;
            Vector256<ulong> a2 = Vector256.Create((ulong)c2), b2 = a2;
            Vector256<ulong> a3 = Vector256.Create((ulong)c3), b3 = a3;
            uint r0 = k0, r1 = k1;
            for (var round = 0; round < Rounds; round++, r0 += W0, r1 += W1)
            {
                Vector256<ulong> key0 = Vector256.Create((ulong)r0), key1 = Vector256.Create((ulong)r1);
                Round(ref a0, ref a1, ref a2, ref a3, m0, m1, key0, key1);
                Round(ref b0, ref b1, ref b2, ref b3, m0, m1, key0, key1);
            }

            Store(a0, a1, a2, a3, ref start, (nuint)i);
            Store(b0, b1, b2, b3, ref start, (nuint)i + 16);
        }

        return i;
    }

    // The upper half of every lane is left as it falls: neither the multiply nor the final store reads it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(ref Vector512<ulong> c0, ref Vector512<ulong> c1, ref Vector512<ulong> c2, ref Vector512<ulong> c3,
        Vector512<ulong> m0, Vector512<ulong> m1, Vector512<ulong> key0, Vector512<ulong> key1)
    {
        Vector512<ulong> p0 = Avx512F.Multiply(c0.AsUInt32(), m0.AsUInt32()), p1 = Avx512F.Multiply(c2.AsUInt32(), m1.AsUInt32());
        c0 = (p1 >>> 32) ^ c1 ^ key0;
        c2 = (p0 >>> 32) ^ c3 ^ key1;
        c1 = p1;
        c3 = p0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(ref Vector256<ulong> c0, ref Vector256<ulong> c1, ref Vector256<ulong> c2, ref Vector256<ulong> c3,
        Vector256<ulong> m0, Vector256<ulong> m1, Vector256<ulong> key0, Vector256<ulong> key1)
    {
        Vector256<ulong> p0 = Avx2.Multiply(c0.AsUInt32(), m0.AsUInt32()), p1 = Avx2.Multiply(c2.AsUInt32(), m1.AsUInt32());
        c0 = (p1 >>> 32) ^ c1 ^ key0;
        c2 = (p0 >>> 32) ^ c3 ^ key1;
        c1 = p1;
        c3 = p0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<ulong> c0, Vector512<ulong> c1, Vector512<ulong> c2, Vector512<ulong> c3, ref uint start, nuint offset)
    {
        var low = Vector512.Create(0xFFFFFFFFUL);
        Vector512<ulong> front = (c0 & low) | (c1 << 32), back = (c2 & low) | (c3 << 32);
        Avx512F.UnpackLow(front, back).AsUInt32().StoreUnsafe(ref start, offset);
        Avx512F.UnpackHigh(front, back).AsUInt32().StoreUnsafe(ref start, offset + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<ulong> c0, Vector256<ulong> c1, Vector256<ulong> c2, Vector256<ulong> c3, ref uint start, nuint offset)
    {
        var low = Vector256.Create(0xFFFFFFFFUL);
        Vector256<ulong> front = (c0 & low) | (c1 << 32), back = (c2 & low) | (c3 << 32);
        Avx2.UnpackLow(front, back).AsUInt32().StoreUnsafe(ref start, offset);
        Avx2.UnpackHigh(front, back).AsUInt32().StoreUnsafe(ref start, offset + 8);
    }
}
