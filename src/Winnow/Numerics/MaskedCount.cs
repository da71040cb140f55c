using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Winnow.Numerics;

/// <summary>How many of the values whose state byte is a given one lie below a limit.</summary>
internal static class MaskedCount
{
    /// <summary>Counts; NaN is below nothing.</summary>
    public static unsafe int Below(ReadOnlySpan<float> values, ReadOnlySpan<byte> states, byte state, float limit, int threads)
    {
        int samples = values.Length, total = 0;
        fixed (float* pinnedValues = values)
        fixed (byte* pinnedStates = states)
        {
            var v = pinnedValues;
            var s = pinnedStates;
            Chunks.For(Chunks.Count(samples), threads, c =>
            {
                var (start, length) = Chunks.Range(c, samples);
                Interlocked.Add(ref total, Chunk(new(v + start, length), new(s + start, length), state, limit));
            });
        }

        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Chunk(ReadOnlySpan<float> values, ReadOnlySpan<byte> states, byte state, float limit)
    {
        int count = 0, i = 0;
        if (!states.ContainsAnyExcept(state))
        {
            ref var v = ref MemoryMarshal.GetReference(values);
            var limits = Vector256.Create(limit);
            for (; i + 8 <= values.Length; i += 8)
            {
                count += int.PopCount((int)Vector256.LessThan(Vector256.LoadUnsafe(ref v, (nuint)i), limits).ExtractMostSignificantBits());
            }
        }

        for (; i < values.Length; i++)
        {
            count += states[i] == state && values[i] < limit ? 1 : 0;
        }

        return count;
    }
}
