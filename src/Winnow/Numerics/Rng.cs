using System.Text;

namespace Winnow.Numerics;

/// <summary>
/// A named stream of random numbers. The number at an index depends on nothing but (seed, epoch, stream name, index): not on
/// threads, not on what was drawn before, not on the machine. There is no state to save.
/// </summary>
/// <remarks>
/// Philox4x32-10 (Salmon et al., SC 2011). Key: the finaliser of SplitMix64 over (finaliser(seed + 0x9E3779B97F4A7C15) xor FNV-1a-64
/// of the name's UTF-8 bytes), low word first; for one name, different seeds never share a key. Counter words: block number (low,
/// high), lane, epoch, so different epochs and lanes never overlap. Random access reads lane 0; a sequence sets the highest bit of the
/// block number, so that it shares no block with random access. A word's halves are numbered low first where 16 bits are enough.
/// </remarks>
public readonly struct Rng : IEquatable<Rng>
{
    private const ulong SequenceBlocks = 1UL << 63;
    private readonly uint _k0, _k1, _epoch;

    private Rng(ulong key, uint epoch) => (_k0, _k1, _epoch) = ((uint)key, (uint)(key >> 32), epoch);

    /// <summary>The stream of a name in an epoch.</summary>
    /// <param name="seed">The run's seed; every value is valid.</param>
    /// <param name="epoch">The epoch, 0-based, or any other number that tells rounds apart.</param>
    /// <param name="stream">What the numbers are for, such as "order"; case matters, and it may not be empty.</param>
    public static Rng Derive(ulong seed, int epoch, string stream)
    {
        ArgumentException.ThrowIfNullOrEmpty(stream);
        var name = 0xCBF29CE484222325;
        foreach (var b in Encoding.UTF8.GetBytes(stream))
        {
            name = (name ^ b) * 0x100000001B3;
        }

        return new Rng(Finalise(Finalise(seed + 0x9E3779B97F4A7C15) ^ name), (uint)epoch);
    }

    /// <summary>The 32 random bits at an index.</summary>
    /// <param name="index">Any index.</param>
    public uint UInt32At(ulong index)
    {
        var block = index >> 2;
        var (x0, x1, x2, x3) = Philox.Block((uint)block, (uint)(block >> 32), 0, _epoch, _k0, _k1);
        return (index & 3) switch { 0 => x0, 1 => x1, 2 => x2, _ => x3 };
    }

    /// <summary>Writes the numbers at start, start + 1, …: the same as <see cref="UInt32At"/> one by one, at a fraction of the time.</summary>
    /// <param name="start">The index of the first number.</param>
    /// <param name="destination">Takes as many numbers as it is long.</param>
    public void Fill(ulong start, Span<uint> destination)
    {
        while ((start & 3) != 0 && !destination.IsEmpty)
        {
            destination[0] = UInt32At(start++);
            destination = destination[1..];
        }

        var whole = destination.Length & ~3;
        Philox.Fill(start >> 2, 0, _epoch, _k0, _k1, destination[..whole]);
        for (var i = whole; i < destination.Length; i++)
        {
            destination[i] = UInt32At(start + (ulong)i);
        }
    }

    /// <summary>Numbers to be drawn one after another where how many are needed isn't known beforehand.</summary>
    /// <param name="lane">Which of 2^32 independent sequences of this stream.</param>
    public RngSequence Sequence(uint lane = 0) => new(this, lane);

    /// <summary>The same numbers as <see cref="Sequence"/> gives, from block <paramref name="block"/> on, in bulk.</summary>
    internal void FillSequence(uint lane, ulong block, Span<uint> wholeBlocks) =>
        Philox.Fill(SequenceBlocks | block, lane, _epoch, _k0, _k1, wholeBlocks);

    /// <inheritdoc/>
    public bool Equals(Rng other) => (_k0, _k1, _epoch) == (other._k0, other._k1, other._epoch);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Rng other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_k0, _k1, _epoch);

    /// <summary>Same numbers at every index.</summary>
    public static bool operator ==(Rng left, Rng right) => left.Equals(right);

    /// <summary>Not the same stream.</summary>
    public static bool operator !=(Rng left, Rng right) => !left.Equals(right);

    private static ulong Finalise(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
