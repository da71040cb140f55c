using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Winnow.Numerics;

/// <summary>
/// The mean of the values whose state byte is a given one, in float64. The sum is of the distances from the first such value, so that
/// the mean of equal values is that value exactly, however many there are; chunks and lanes are fixed, so threads and vector widths
/// don't change a bit of it.
/// </summary>
internal static class MaskedMean
{
    /// <summary>Mean and count; the mean of nothing is NaN.</summary>
    public static unsafe (double Mean, int Count) Of(ReadOnlySpan<float> values, ReadOnlySpan<byte> states, byte state, int threads)
    {
        var first = states.IndexOf(state);
        if (first < 0)
        {
            return (double.NaN, 0);
        }

        double pivot = values[first];
        int samples = values.Length, chunks = Chunks.Count(samples);
        var parts = new (double Sum, int Count)[chunks];
        fixed (float* pinnedValues = values)
        fixed (byte* pinnedStates = states)
        {
            var v = pinnedValues;
            var s = pinnedStates;
            Chunks.For(chunks, threads, c =>
            {
                var (start, length) = Chunks.Range(c, samples);
                parts[c] = Chunk(new ReadOnlySpan<float>(v + start, length), new ReadOnlySpan<byte>(s + start, length), state, pivot);
            });
        }

        double sum = 0;
        var count = 0;
        foreach (var part in parts)
        {
            sum += part.Sum;
            count += part.Count;
        }

        return (pivot + (sum / count), count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (double Sum, int Count) Chunk(ReadOnlySpan<float> values, ReadOnlySpan<byte> states, byte state, double pivot)
    {
        // Nearly always every sample of a chunk counts, and then the states need no second look.
        if (!states.ContainsAnyExcept(state))
        {
            return (Deviations(values, pivot), values.Length);
        }

        double sum = 0;
        var count = 0;
        for (var i = 0; i < values.Length; i++)
        {
            var counts = states[i] == state;
            sum += counts ? values[i] - pivot : 0;
            count += counts ? 1 : 0;
        }

        return (sum, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Deviations(ReadOnlySpan<float> values, double pivot)
    {
        ref var v = ref MemoryMarshal.GetReference(values);
        var p = Vector256.Create(pivot);
        Vector256<double> a = default, b = default, c = default, d = default;
        var i = 0;
        for (; i + 16 <= values.Length; i += 16)
        {
            Vector256<float> x = Vector256.LoadUnsafe(ref v, (nuint)i), y = Vector256.LoadUnsafe(ref v, (nuint)i + 8);
            a += Vector256.WidenLower(x) - p;
            b += Vector256.WidenUpper(x) - p;
            c += Vector256.WidenLower(y) - p;
            d += Vector256.WidenUpper(y) - p;
        }

        var all = (a + b) + (c + d);
        var sum = (all[0] + all[1]) + (all[2] + all[3]);
        for (; i < values.Length; i++)
        {
            sum += values[i] - pivot;
        }

        return sum;
    }
}
