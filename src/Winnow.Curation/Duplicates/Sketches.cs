using System.Collections.Concurrent;
using System.Numerics;

namespace Winnow.Curation.Duplicates;

/// <summary>
/// A thousand bits a document that tell most unlike pairs apart without their texts: the last bit of each of as many MinHash functions (Li and König, b-Bit Minwise Hashing, 2010). Two documents of
/// similarity s agree in a bit with probability (1 + s) / 2.
/// </summary>
/// <remarks>
/// A pair is ruled out where so few bits agree that of pairs at the threshold less than one in 10⁹ would have as few (Chernoff's bound). Pages of one template, which share a band and are less alike than the
/// threshold, are told apart at the cost of some additions each.
/// </remarks>
internal sealed class Sketches
{
    private const int Bits = 1024, Words = Bits / 64;
    private const double Error = 1e-9;

    private readonly ConcurrentBag<(MinHash MinHash, uint[] Signature)> _functions = [];
    private readonly ulong _seed;

    /// <param name="seed">Which functions.</param>
    /// <param name="threshold">The similarity from which a pair is of interest.</param>
    public Sketches(ulong seed, double threshold)
    {
        _seed = seed;
        FewestAgreeing = Fewest((1 + threshold) / 2);
    }

    /// <summary>How many bits agree at least in a pair that isn't ruled out.</summary>
    public int FewestAgreeing { get; }

    /// <summary>The bits of a document.</summary>
    /// <param name="shingles">Its shingles; at least one.</param>
    public ulong[] Of(ReadOnlySpan<ulong> shingles)
    {
        if (!_functions.TryTake(out var functions))
        {
            var minHash = new MinHash(Bits, _seed + 1);
            functions = (minHash, new uint[minHash.BufferLength]);
        }

        functions.MinHash.Sign(shingles, functions.Signature);
        var bits = new ulong[Words];
        for (var k = 0; k < Bits; k++)
        {
            // A middle bit: the least value's high bits are nearly always zeros, and the lowest depends on few bits of what is hashed.
            bits[k / 64] |= (ulong)((functions.Signature[k] >> 8) & 1) << (k % 64);
        }

        _functions.Add(functions);
        return bits;
    }

    /// <summary>Whether two documents agree in so few bits that they aren't compared.</summary>
    public bool AreUnlike(ulong[] a, ulong[] b)
    {
        var differing = 0;
        for (var k = 0; k < Words; k++)
        {
            differing += BitOperations.PopCount(a[k] ^ b[k]);
        }

        return Bits - differing < FewestAgreeing;
    }

    // The largest number that fewer bits agree in with at most so small a probability: P(share <= q) <= exp(-bits D(q || p)).
    private static int Fewest(double p)
    {
        for (var agreeing = (int)(p * Bits); agreeing > 0; agreeing--)
        {
            var q = (double)agreeing / Bits;
            var divergence = (q * Math.Log(q / p)) + (q >= 1 || p >= 1 ? 0 : (1 - q) * Math.Log((1 - q) / (1 - p)));
            if (p >= 1 ? agreeing < Bits : Bits * divergence >= -Math.Log(Error))
            {
                return agreeing + 1;
            }
        }

        return 0;
    }
}
