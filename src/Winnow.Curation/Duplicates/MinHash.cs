using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Winnow.Numerics;

namespace Winnow.Curation.Duplicates;

/// <summary>
/// MinHash signatures (Broder, On the resemblance and containment of documents, 1997): of each of several random functions the least value over a text's shingles. Two texts agree in a share of them that
/// estimates the Jaccard similarity of their shingles.
/// </summary>
/// <remarks>
/// A function is x·m + a modulo 2³², m odd, of 32 bits of a shingle's mixed hash. Lanes go over functions, and four shingles share what is loaded of a function; whole numbers, so that every instruction
/// set gives the same signature.
/// </remarks>
internal sealed class MinHash
{
    private readonly uint[] _multipliers, _addends;

    /// <param name="functions">How many functions, at least 1.</param>
    /// <param name="seed">Which ones.</param>
    public MinHash(int functions, ulong seed)
    {
        // A whole number of the widest vectors, so that no loop has a rest; the values of the functions beyond are never looked at.
        Functions = functions;
        var padded = (functions + 15) / 16 * 16;
        (_multipliers, _addends) = (new uint[padded], new uint[padded]);
        var random = Rng.Derive(seed, 0, "minhash");
        for (var k = 0; k < padded; k++)
        {
            (_multipliers[k], _addends[k]) = (random.UInt32At(2 * (ulong)k) | 1, random.UInt32At((2 * (ulong)k) + 1));
        }
    }

    /// <summary>How many functions there are.</summary>
    public int Functions { get; }

    /// <summary>How many numbers a signature's buffer holds: <see cref="Functions"/>, rounded up.</summary>
    public int BufferLength => _multipliers.Length;

    /// <summary>The signature of shingles.</summary>
    /// <param name="shingles">Their hashes; repeats change nothing. At least one.</param>
    /// <param name="signature">Takes it; <see cref="BufferLength"/> numbers.</param>
    public void Sign(ReadOnlySpan<ulong> shingles, Span<uint> signature)
    {
        signature.Fill(uint.MaxValue);
        Span<uint> four = stackalloc uint[4];
        for (var i = 0; i < shingles.Length; i += 4)
        {
            // The last ones are taken again where fewer are left.
            for (var j = 0; j < 4; j++)
            {
                four[j] = (uint)(shingles[Math.Min(i + j, shingles.Length - 1)] >> 32);
            }

            if (Vector512.IsHardwareAccelerated)
            {
                Least512(four, signature);
            }
            else
            {
                Least256(four, signature);
            }
        }
    }

    private void Least512(ReadOnlySpan<uint> four, Span<uint> signature)
    {
        var m = Vectors512(_multipliers);
        var a = Vectors512(_addends);
        var s = MemoryMarshal.Cast<uint, Vector512<uint>>(signature);
        var (x0, x1, x2, x3) = (Vector512.Create(four[0]), Vector512.Create(four[1]), Vector512.Create(four[2]), Vector512.Create(four[3]));
        for (var k = 0; k < m.Length; k++)
        {
            var (mk, ak) = (m[k], a[k]);
            s[k] = Vector512.Min(s[k], Vector512.Min(Vector512.Min((x0 * mk) + ak, (x1 * mk) + ak), Vector512.Min((x2 * mk) + ak, (x3 * mk) + ak)));
        }
    }

    private void Least256(ReadOnlySpan<uint> four, Span<uint> signature)
    {
        var m = Vectors256(_multipliers);
        var a = Vectors256(_addends);
        var s = MemoryMarshal.Cast<uint, Vector256<uint>>(signature);
        var (x0, x1, x2, x3) = (Vector256.Create(four[0]), Vector256.Create(four[1]), Vector256.Create(four[2]), Vector256.Create(four[3]));
        for (var k = 0; k < m.Length; k++)
        {
            var (mk, ak) = (m[k], a[k]);
            s[k] = Vector256.Min(s[k], Vector256.Min(Vector256.Min((x0 * mk) + ak, (x1 * mk) + ak), Vector256.Min((x2 * mk) + ak, (x3 * mk) + ak)));
        }
    }

    private static ReadOnlySpan<Vector512<uint>> Vectors512(ReadOnlySpan<uint> values) => MemoryMarshal.Cast<uint, Vector512<uint>>(values);

    private static ReadOnlySpan<Vector256<uint>> Vectors256(ReadOnlySpan<uint> values) => MemoryMarshal.Cast<uint, Vector256<uint>>(values);
}
