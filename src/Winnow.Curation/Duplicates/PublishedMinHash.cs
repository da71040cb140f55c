using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;

namespace Winnow.Curation.Duplicates;

/// <summary>
/// Signatures as other programs publish them, number for number, for comparing with theirs: (a·h + b), wrapped at 64 bits, modulo 2⁶¹ − 1, of a shingle's hash h. <c>winnow dedup</c> has functions of its own, which take a
/// tenth of the time; since it verifies every pair, nothing but recall depends on them.
/// </summary>
public sealed class PublishedMinHash
{
    private const ulong Mersenne = (1UL << 61) - 1;

    private readonly ulong[] _multipliers, _addends;
    private readonly bool _wide;

    private PublishedMinHash(ulong[] multipliers, ulong[] addends, bool wide) => (_multipliers, _addends, _wide) = (multipliers, addends, wide);

    /// <summary>How many functions there are.</summary>
    public int Functions => _multipliers.Length;

    /// <summary>datasketch's <c>MinHash(functions, seed)</c>: the first four bytes of a shingle's SHA-1, results of 32 bits.</summary>
    /// <param name="functions">How many, at least 1; its default is 128.</param>
    /// <param name="seed">Its seed; the default is 1.</param>
    public static PublishedMinHash Datasketch(int functions = 128, uint seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(functions, 1);
        var random = new MersenneTwister(seed);
        var (a, b) = (new ulong[functions], new ulong[functions]);
        for (var k = 0; k < functions; k++)
        {
            (a[k], b[k]) = (random.Between(1, Mersenne), random.Between(0, Mersenne));
        }

        return new(a, b, wide: false);
    }

    /// <summary>datatrove's: XXH64 of a shingle, results of 61 bits; first all multipliers are drawn, then all addends.</summary>
    /// <param name="functions">How many, at least 1; its default is 112, 14 bands of 8.</param>
    /// <param name="seed">Its seed; the default is 1.</param>
    public static PublishedMinHash Datatrove(int functions = 112, uint seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(functions, 1);
        var random = new MersenneTwister(seed);
        ulong[] a = [.. Enumerable.Range(0, functions).Select(_ => random.Between(1, Mersenne))];
        ulong[] b = [.. Enumerable.Range(0, functions).Select(_ => random.Between(0, Mersenne))];
        return new(a, b, wide: true);
    }

    /// <summary>A signature that no shingle is in yet.</summary>
    public ulong[] Begin()
    {
        var signature = new ulong[Functions];
        signature.AsSpan().Fill(_wide ? Mersenne : uint.MaxValue);
        return signature;
    }

    /// <summary>Takes a shingle into a signature.</summary>
    /// <param name="shingle">Its bytes, as the other program hashes them.</param>
    /// <param name="signature">What <see cref="Begin"/> gave.</param>
    public void Add(ReadOnlySpan<byte> shingle, Span<ulong> signature)
    {
        var hash = _wide ? XxHash64.HashToUInt64(shingle) : FirstOfSha1(shingle);
        for (var k = 0; k < _multipliers.Length; k++)
        {
            var value = ((hash * _multipliers[k]) + _addends[k]) % Mersenne;
            signature[k] = Math.Min(signature[k], _wide ? value : value & uint.MaxValue);
        }
    }

    // What the other program does; nothing is kept secret by it.
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Security", "CA5350", Justification = "The published signature is made of SHA-1.")]
    private static uint FirstOfSha1(ReadOnlySpan<byte> shingle)
    {
        Span<byte> digest = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData(shingle, digest);
        return BinaryPrimitives.ReadUInt32LittleEndian(digest);
    }
}
