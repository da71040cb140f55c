namespace Winnow.Curation.Duplicates;

/// <summary>The generator of NumPy's <c>RandomState(seed)</c> (Matsumoto and Nishimura, Mersenne Twister, 1998), as far as published signatures draw from it.</summary>
internal sealed class MersenneTwister
{
    private const int Size = 624, Middle = 397;

    private readonly uint[] _state = new uint[Size];
    private int _next = Size;

    /// <param name="seed">As NumPy is given it.</param>
    public MersenneTwister(uint seed)
    {
        _state[0] = seed;
        for (var i = 1; i < Size; i++)
        {
            _state[i] = (1812433253u * (_state[i - 1] ^ (_state[i - 1] >> 30))) + (uint)i;
        }
    }

    /// <summary>What <c>randint(low, high, dtype=uint64)</c> gives: 64 bits, the first 32 the high ones, cut to as many as the range has, until they are in it.</summary>
    /// <param name="low">The least number.</param>
    /// <param name="high">The first number that is too large; the range has more than 32 bits.</param>
    public ulong Between(ulong low, ulong high)
    {
        var range = high - 1 - low;
        var mask = ulong.MaxValue >> System.Numerics.BitOperations.LeadingZeroCount(range);
        ulong value;
        do
        {
            value = (((ulong)Next() << 32) | Next()) & mask;
        }
        while (value > range);
        return low + value;
    }

    private uint Next()
    {
        if (_next == Size)
        {
            for (var i = 0; i < Size; i++)
            {
                var joined = (_state[i] & 0x80000000) | (_state[(i + 1) % Size] & 0x7FFFFFFF);
                _state[i] = _state[(i + Middle) % Size] ^ (joined >> 1) ^ ((joined & 1) * 0x9908B0DF);
            }

            _next = 0;
        }

        var value = _state[_next++];
        value ^= value >> 11;
        value ^= (value << 7) & 0x9D2C5680;
        value ^= (value << 15) & 0xEFC60000;
        return value ^ (value >> 18);
    }
}
