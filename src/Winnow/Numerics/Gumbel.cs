using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Winnow.Numerics;

/// <summary>
/// Gumbel noise: the k largest of score + noise are k draws without replacement, each with probability proportional to exp(score) among those
/// left (Yellott 1977; Vieira 2014). Additions and multiplications only, so the bits are the same on every machine, in every lane.
/// </summary>
internal static class Gumbel
{
    /// <summary>What the noise lies between.</summary>
    public const float Least = -3, Most = 23;

    /// <summary>Adds the noise -ln(-ln(1 - u)) with u = (r / 2 + 1/2) / 2^31 to each score: the smaller r, the larger the noise.</summary>
    /// <param name="random">32 random bits a score.</param>
    /// <param name="scores">Scores.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(ReadOnlySpan<uint> random, Span<float> scores)
    {
        ref var r = ref MemoryMarshal.GetReference(random[..scores.Length]);
        ref var s = ref MemoryMarshal.GetReference(scores);
        var i = 0;
        for (; i + 8 <= scores.Length; i += 8)
        {
            (Vector256.LoadUnsafe(ref s, (nuint)i) + Noise(Vector256.LoadUnsafe(ref r, (nuint)i))).StoreUnsafe(ref s, (nuint)i);
        }

        if (i == scores.Length)
        {
            return;
        }
        // The last few go the same way as all others.
        Span<uint> restRandom = stackalloc uint[8];
        restRandom.Clear();
        random[i..scores.Length].CopyTo(restRandom);
        var rest = Noise(Vector256.Create<uint>(restRandom));
        for (var k = 0; i + k < scores.Length; k++)
        {
            scores[i + k] += rest[k];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Noise(Vector256<uint> random)
    {
        var u = Vector256.ConvertToSingle((random >>> 1).AsInt32());
        u = Vector256.Min((u + Vector256.Create(0.5f)) * Vector256.Create(1f / (1u << 31)), Vector256.Create(1f - (1f / (1 << 24))));
        // Near 0, where 1 - u would lose the bits that make the largest noise: -ln(1 - u) = u + u²/2 + u³/3 + …
        var near = u + (u * u * (Vector256.Create(0.5f) + (u * Vector256.Create(1f / 3))));
        var exponential = Vector256.ConditionalSelect(Vector256.LessThan(u, Vector256.Create(1f / 1024)), near, -Ln(Vector256<float>.One - u));
        return -Ln(exponential);
    }

    /// <summary>The natural logarithm of positive normal numbers, to about 1e-7: Cephes' polynomial (Moshier 1989).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Ln(Vector256<float> x)
    {
        // x = m·2^e with m in [√½, √2).
        var bits = x.AsInt32() - Vector256.Create(0x3F3504F3);
        var e = Vector256.ConvertToSingle(bits >> 23);
        var m = ((bits & Vector256.Create(0x007FFFFF)) + Vector256.Create(0x3F3504F3)).AsSingle() - Vector256<float>.One;
        Vector256<float> z = m * m, y = Vector256.Create(7.0376836292E-2f);
        y = (y * m) - Vector256.Create(1.1514610310E-1f);
        y = (y * m) + Vector256.Create(1.1676998740E-1f);
        y = (y * m) - Vector256.Create(1.2420140846E-1f);
        y = (y * m) + Vector256.Create(1.4249322787E-1f);
        y = (y * m) - Vector256.Create(1.6668057665E-1f);
        y = (y * m) + Vector256.Create(2.0000714765E-1f);
        y = (y * m) - Vector256.Create(2.4999993993E-1f);
        y = (y * m) + Vector256.Create(3.3333331174E-1f);
        y = (y * m * z) - (e * Vector256.Create(2.12194440E-4f)) - (z * Vector256.Create(0.5f));
        return m + y + (e * Vector256.Create(0.693359375f));
    }
}
