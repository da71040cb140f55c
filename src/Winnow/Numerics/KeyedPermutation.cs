using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Winnow.Numerics;

/// <summary>
/// A random permutation of 0 … n - 1 that is never written down: what stands at a place is a function of a key and the place, so any place
/// can be asked for in constant time. A Feistel network (Luby and Rackoff 1988) over pairs (left, right) of a rectangle just large enough:
/// eight times one half is shifted round by a keyed hash of the other. What falls outside 0 … n - 1 goes through again, which hardly ever
/// happens and ends where a number inside comes out (cycle walking; Black and Rogaway 2002). Eight rounds don't mix rectangles of a few
/// cells evenly: up to 4096 elements are shuffled and listed, every order equally likely.
/// </summary>
/// <remarks>Pseudo-random: of the n! permutations a 512-bit key reaches as many as it has values.</remarks>
internal sealed class KeyedPermutation
{
    private const uint M0 = 0xD2511F53, M1 = 0xCD9E8D57;
    private const int Rounds = 8, Step = 16, Few = 1 << 12;
    private readonly int[]? _list;
    private readonly uint[] _keys = new uint[2 * Rounds];
    private readonly uint _count, _height, _width;

    /// <summary>The permutation that belongs to a stream.</summary>
    /// <param name="rng">The stream; of no other use.</param>
    /// <param name="count">How many elements; at least 1.</param>
    public KeyedPermutation(Rng rng, int count)
    {
        rng.Fill(0, _keys);
        _count = (uint)count;
        if (count <= Few)
        {
            _list = [.. Enumerable.Range(0, count)];
            Shuffle.FisherYates(_list, rng);
        }
        // Both sides even: shifting a row of odd length round is always an even permutation, and then half of all orders would be out of reach.
        _height = 2 * (uint)Math.Ceiling(Math.Sqrt(count) / 2);
        _width = 2 * (uint)((count + (2L * _height) - 1) / (2L * _height));
    }

    /// <summary>How many elements.</summary>
    public int Count => (int)_count;

    /// <summary>What stands at a place.</summary>
    /// <param name="place">0 … count - 1.</param>
    public int At(int place) => _list is null ? (int)Walk(Math.DivRem((uint)place, _width)) : _list[place];

    /// <summary>What stands at places start, start + 1, …</summary>
    /// <param name="start">The first place.</param>
    /// <param name="destination">Takes one number a place; start + its length is at most count.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill(int start, Span<int> destination)
    {
        if (_list is not null)
        {
            _list.AsSpan(start, destination.Length).CopyTo(destination);
            return;
        }

        (uint Left, uint Right) at = Math.DivRem((uint)start, _width);
        var i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            // Four vectors at a time: one alone would wait for its own multiplications.
            Span<ulong> lefts = stackalloc ulong[Step], rights = stackalloc ulong[Step];
            for (; i + Step <= destination.Length; i += Step)
            {
                for (var j = 0; j < Step; j++)
                {
                    (lefts[j], rights[j]) = (at.Left, at.Right);
                    at = Next(at);
                }

                Fill(lefts, rights, destination.Slice(i, Step));
            }
        }

        for (; i < destination.Length; i++)
        {
            destination[i] = (int)Walk(at);
            at = Next(at);
        }
    }

    private (uint Left, uint Right) Next((uint Left, uint Right) at) => at.Right + 1 == _width ? (at.Left + 1, 0) : (at.Left, at.Right + 1);

    private uint Walk((uint Left, uint Right) at)
    {
        var (left, right) = at;
        while (true)
        {
            for (var round = 0; round < _keys.Length; round += 4)
            {
                left = Shift(left, Hash(right, _keys[round], _keys[round + 1]), _height);
                right = Shift(right, Hash(left, _keys[round + 2], _keys[round + 3]), _width);
            }

            var value = (left * _width) + right;
            if (value < _count)
            {
                return value;
            }
        }
    }

    // Two multiplications whose halves are folded together (as in wyhash): each bit of the half and of the keys reaches each bit.
    private static uint Hash(uint half, uint k0, uint k1)
    {
        var product = (ulong)(half ^ k0) * M0;
        product = (ulong)((uint)product ^ (uint)(product >> 32) ^ k1) * M1;
        return (uint)product ^ (uint)(product >> 32);
    }

    // Round by hash · size / 2^32.
    private static uint Shift(uint half, uint hash, uint size)
    {
        var shifted = half + (uint)(((ulong)hash * size) >> 32);
        return shifted >= size ? shifted - size : shifted;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Fill(ReadOnlySpan<ulong> lefts, ReadOnlySpan<ulong> rights, Span<int> destination)
    {
        Vector256<ulong> height = Vector256.Create((ulong)_height), width = Vector256.Create((ulong)_width);
        Vector256<ulong> a0 = Vector256.Create(lefts), b0 = Vector256.Create(lefts[4..]), c0 = Vector256.Create(lefts[8..]), d0 = Vector256.Create(lefts[12..]);
        Vector256<ulong> a1 = Vector256.Create(rights), b1 = Vector256.Create(rights[4..]), c1 = Vector256.Create(rights[8..]), d1 = Vector256.Create(rights[12..]);
        ref var keys = ref MemoryMarshal.GetArrayDataReference(_keys);
        for (var round = 0; round < 2 * Rounds; round += 4)
        {
            Vector256<ulong> k0 = Vector256.Create((ulong)Unsafe.Add(ref keys, round)), k1 = Vector256.Create((ulong)Unsafe.Add(ref keys, round + 1));
            a0 = Shift(a0, Hash(a1, k0, k1), height);
            b0 = Shift(b0, Hash(b1, k0, k1), height);
            c0 = Shift(c0, Hash(c1, k0, k1), height);
            d0 = Shift(d0, Hash(d1, k0, k1), height);
            Vector256<ulong> k2 = Vector256.Create((ulong)Unsafe.Add(ref keys, round + 2)), k3 = Vector256.Create((ulong)Unsafe.Add(ref keys, round + 3));
            a1 = Shift(a1, Hash(a0, k2, k3), width);
            b1 = Shift(b1, Hash(b0, k2, k3), width);
            c1 = Shift(c1, Hash(c0, k2, k3), width);
            d1 = Shift(d1, Hash(d0, k2, k3), width);
        }

        Write(a0, a1, destination);
        Write(b0, b1, destination[4..]);
        Write(c0, c1, destination[8..]);
        Write(d0, d1, destination[12..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Write(Vector256<ulong> left, Vector256<ulong> right, Span<int> destination)
    {
        var value = Multiply(left, Vector256.Create((ulong)_width)) + right;
        if (Vector256.LessThanAll(value, Vector256.Create((ulong)_count)))
        {
            for (var i = 0; i < 4; i++)
            {
                destination[i] = (int)value[i];
            }

            return;
        }

        for (var i = 0; i < 4; i++)
        {
            destination[i] = (int)(value[i] < _count ? value[i] : Walk(((uint)left[i], (uint)right[i])));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Hash(Vector256<ulong> half, Vector256<ulong> k0, Vector256<ulong> k1)
    {
        // The multiplication reads the lower half of each lane: the upper one is left as it falls.
        var product = Multiply(half ^ k0, Vector256.Create((ulong)M0));
        product = Multiply(product ^ (product >>> 32) ^ k1, Vector256.Create((ulong)M1));
        return product ^ (product >>> 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Shift(Vector256<ulong> half, Vector256<ulong> hash, Vector256<ulong> size)
    {
        var shifted = half + (Multiply(hash, size) >>> 32);
        // What is below the size becomes huge when the size is taken off.
        return Vector256.Min(shifted.AsUInt32(), (shifted - size).AsUInt32()).AsUInt64() & Vector256.Create((ulong)uint.MaxValue);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Multiply(Vector256<ulong> a, Vector256<ulong> b)
    {
        if (Avx2.IsSupported)
        {
            return Avx2.Multiply(a.AsUInt32(), b.AsUInt32());
        }

        var low = Vector256.Create((ulong)uint.MaxValue);
        return (a & low) * (b & low);
    }
}
