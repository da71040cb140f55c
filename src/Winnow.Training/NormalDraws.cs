using System.Numerics.Tensors;
using Winnow.Numerics;

namespace Winnow.Training;

/// <summary>
/// Standard normal numbers from a named stream, by the transformation of Box and Muller (A Note on the Generation of Random Normal Deviates, 1958): two uniform numbers u, v
/// become √(-2 ln u)·cos 2πv and √(-2 ln u)·sin 2πv. With 32 random bits for u none is further than 6.7 from zero.
/// </summary>
internal static class NormalDraws
{
    // The vectorised functions give an element the same bits wherever it lies in such a block; the last, shorter one is computed whole and cut.
    private const int Pairs = 256;

    /// <summary>How many places of a stream so many numbers take.</summary>
    public static ulong Places(int numbers) => ((ulong)numbers + (2 * Pairs) - 1) / (2 * Pairs) * (2 * Pairs);

    /// <summary>Fills a span from one place of a stream on: the same numbers however many are taken.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="start">The first place; the next free one is <see cref="Places"/> further.</param>
    /// <param name="destination">Takes as many numbers as it is long.</param>
    public static void Fill(Rng stream, ulong start, Span<float> destination)
    {
        Span<uint> bits = stackalloc uint[2 * Pairs];
        Span<float> radius = stackalloc float[Pairs], angle = stackalloc float[Pairs], block = stackalloc float[2 * Pairs];
        for (; !destination.IsEmpty; start += 2 * Pairs)
        {
            stream.Fill(start, bits);
            TensorPrimitives.ConvertTruncating<uint, float>(bits[..Pairs], radius);
            TensorPrimitives.ConvertTruncating<uint, float>(bits[Pairs..], angle);

            // u in (0, 1], v in [0, 1]: 2^-33 and 1 rounded are the ends.
            TensorPrimitives.Multiply(radius, 1f / (1L << 32), radius);
            TensorPrimitives.Add(radius, 1f / (1L << 33), radius);
            TensorPrimitives.Log(radius, radius);
            TensorPrimitives.Multiply(radius, -2f, radius);
            TensorPrimitives.Sqrt(radius, radius);
            TensorPrimitives.Multiply(angle, 2 * MathF.PI / (1L << 32), angle);
            TensorPrimitives.Cos(angle, block[..Pairs]);
            TensorPrimitives.Sin(angle, block[Pairs..]);
            TensorPrimitives.Multiply(block[..Pairs], radius, block[..Pairs]);
            TensorPrimitives.Multiply(block[Pairs..], radius, block[Pairs..]);
            var taken = Math.Min(block.Length, destination.Length);
            block[..taken].CopyTo(destination);
            destination = destination[taken..];
        }
    }
}
