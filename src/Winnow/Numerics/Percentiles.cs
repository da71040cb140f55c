using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Winnow.Numerics;

/// <summary>
/// Percentiles of the values whose state byte is a given one, by two counting passes over order-preserving 32-bit keys (upper half,
/// then lower half of the bins that matter): exact, linear in time, nothing sorted. Between two values they interpolate linearly, as
/// NumPy's default does: rank p/100·(n - 1).
/// </summary>
internal static class Percentiles
{
    private const int Bins = 1 << 16;

    /// <summary>Replaces percentages in [0, 100] by the percentiles. Returns how many values counted; with none, nothing is replaced.</summary>
    /// <param name="values">Values; those that count must not be NaN.</param>
    /// <param name="states">One byte a value.</param>
    /// <param name="state">The byte of those that count.</param>
    /// <param name="percents">In: percentages. Out: percentiles in float64.</param>
    /// <param name="threads">How many threads at most; 0 means all cores.</param>
    public static unsafe int Of(ReadOnlySpan<float> values, ReadOnlySpan<byte> states, byte state, Span<double> percents, int threads)
    {
        var upper = new int[Bins];
        var samples = values.Length;
        fixed (float* pinnedValues = values)
        fixed (byte* pinnedStates = states)
        {
            var v = pinnedValues;
            var s = pinnedStates;
            var n = CountUpper(upper, v, s, state, samples, threads);
            if (n == 0)
            {
                return 0;
            }

            var ranks = new int[2 * percents.Length];
            for (var p = 0; p < percents.Length; p++)
            {
                var rank = percents[p] / 100 * (n - 1);
                ranks[2 * p] = (int)rank;
                ranks[(2 * p) + 1] = Math.Min((int)rank + 1, n - 1);
            }

            var found = Select(upper, ranks, v, s, state, samples, threads);
            for (var p = 0; p < percents.Length; p++)
            {
                double share = (percents[p] / 100 * (n - 1)) - ranks[2 * p], low = found[2 * p], high = found[(2 * p) + 1];
                percents[p] = low == high ? low : low + ((high - low) * share);
            }

            return n;
        }
    }

    /// <summary>The value of a rank among those that count; the smallest has rank 0.</summary>
    /// <param name="values">Values; those that count must not be NaN.</param>
    /// <param name="states">One byte a value.</param>
    /// <param name="state">The byte of those that count.</param>
    /// <param name="rank">0-based, below the number of those that count.</param>
    /// <param name="threads">How many threads at most; 0 means all cores.</param>
    public static unsafe float AtRank(ReadOnlySpan<float> values, ReadOnlySpan<byte> states, byte state, int rank, int threads)
    {
        var upper = new int[Bins];
        fixed (float* v = values)
        fixed (byte* s = states)
        {
            var n = CountUpper(upper, v, s, state, values.Length, threads);
            ArgumentOutOfRangeException.ThrowIfNegative(rank);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rank, n);
            return Select(upper, [rank], v, s, state, values.Length, threads)[0];
        }
    }

    // Counts the upper halves of the keys; returns how many values count.
    private static unsafe int CountUpper(int[] upper, float* v, byte* s, byte state, int samples, int threads)
    {
        int chunks = Chunks.Count(samples), workers = Math.Min(chunks, Chunks.Threads(threads));
        // Counts are whole numbers: the order in which workers add theirs doesn't matter.
        Chunks.For(workers, threads, worker =>
        {
            var counts = new int[Bins];
            for (var c = worker; c < chunks; c += workers)
            {
                var (start, length) = Chunks.Range(c, samples);
                CountUpper(new(v + start, length), new(s + start, length), state, counts);
            }

            lock (upper)
            {
                for (var i = 0; i < Bins; i++)
                {
                    upper[i] += counts[i];
                }
            }
        });
        var n = 0;
        foreach (var count in upper)
        {
            n += count;
        }

        return n;
    }

    // The values of given ranks: find each one's bin, then count the lower halves in the few bins that were hit.
    private static unsafe float[] Select(int[] upper, int[] ranks, float* v, byte* s, byte state, int samples, int threads)
    {
        int[] bin = new int[ranks.Length], below = new int[ranks.Length];
        for (var r = 0; r < ranks.Length; r++)
        {
            int before = 0, b = 0;
            while (before + upper[b] <= ranks[r])
            {
                before += upper[b++];
            }

            (bin[r], below[r]) = (b, before);
        }

        int[] distinct = [.. bin.Distinct()];
        int[][] lower = [.. distinct.Select(static _ => new int[Bins])];
        Chunks.For(distinct.Length, threads, d => CountLower(new(v, samples), new(s, samples), state, (uint)distinct[d], lower[d]));
        var found = new float[ranks.Length];
        for (var r = 0; r < ranks.Length; r++)
        {
            var counts = lower[Array.IndexOf(distinct, bin[r])];
            int before = below[r], low = 0;
            while (before + counts[low] <= ranks[r])
            {
                before += counts[low++];
            }

            found[r] = Value(((uint)bin[r] << 16) | (uint)low);
        }

        return found;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CountUpper(ReadOnlySpan<float> values, ReadOnlySpan<byte> states, byte state, int[] counts)
    {
        var bits = MemoryMarshal.Cast<float, uint>(values);
        var all = !states.ContainsAnyExcept(state);
        for (var i = 0; i < bits.Length; i++)
        {
            if (all || states[i] == state)
            {
                counts[Key(bits[i]) >> 16]++;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CountLower(ReadOnlySpan<float> values, ReadOnlySpan<byte> states, byte state, uint bin, int[] counts)
    {
        var bits = MemoryMarshal.Cast<float, uint>(values);
        for (var i = 0; i < bits.Length; i++)
        {
            var key = Key(bits[i]);
            if (key >> 16 == bin && states[i] == state)
            {
                counts[key & 0xFFFF]++;
            }
        }
    }

    // Negative floats order backwards by their bits: flip them all; set the sign bit of the others.
    internal static uint Key(uint bits) => bits ^ ((uint)((int)bits >> 31) | 0x80000000);

    /// <summary>The key of a number. Adding 0 makes the two zeros one, as comparisons have it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Key(float value) => Key(BitConverter.SingleToUInt32Bits(value + 0f));

    internal static float Value(uint key) => BitConverter.UInt32BitsToSingle(key ^ (((key >> 31) - 1) | 0x80000000));
}
