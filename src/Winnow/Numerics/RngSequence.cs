using System.Runtime.CompilerServices;

namespace Winnow.Numerics;

/// <summary>
/// Random numbers drawn one after another from one lane of a stream. A mutable struct: pass it by reference, a copy repeats the
/// original's numbers.
/// </summary>
public struct RngSequence
{
    private readonly Rng _rng;
    private readonly uint _lane;
    private ulong _block;
    private Words _words;
    private int _used;

    internal RngSequence(Rng rng, uint lane)
    {
        _rng = rng;
        _lane = lane;
        _used = Words.Length;
    }

    /// <summary>The next 32 random bits.</summary>
    public uint NextUInt32()
    {
        if (_used == Words.Length)
        {
            _rng.FillSequence(_lane, _block, _words);
            _block += Words.Length / 4;
            _used = 0;
        }

        return _words[_used++];
    }

    /// <summary>A whole number in [0, bound), every one equally likely (Lemire, "Fast random integer generation in an interval", 2019).</summary>
    /// <param name="bound">How many numbers are possible; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bound is 0.</exception>
    public uint Next(uint bound)
    {
        ArgumentOutOfRangeException.ThrowIfZero(bound);
        var product = (ulong)NextUInt32() * bound;
        if ((uint)product < bound)
        {
            var biased = (0u - bound) % bound;
            while ((uint)product < biased)
            {
                product = (ulong)NextUInt32() * bound;
            }
        }

        return (uint)(product >> 32);
    }

    /// <summary>A number in [0, 1) with 53 random bits.</summary>
    public double NextDouble()
    {
        ulong high = NextUInt32();
        return (((high << 32) | NextUInt32()) >> 11) * (1.0 / (1UL << 53));
    }

    // 16 blocks of four: half a step of the widest path would be wasted on those who draw only a few numbers.
    [InlineArray(Length)]
    private struct Words
    {
        public const int Length = 16;
        private uint _first;
    }
}
