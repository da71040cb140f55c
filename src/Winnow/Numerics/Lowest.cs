using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Winnow.Numerics;

/// <summary>
/// Leaves out exactly so many of the smallest values: the limit comes from counting, not sorting, and of the values equal to it those
/// that go are drawn uniformly, so that a sample's place never decides.
/// </summary>
internal static class Lowest
{
    const int Run = 1 << 12;

    // Codes that weights hold for a while; no weight is negative.
    const float Tied = -1f, Kept = -2f;

    // So many equal values are settled by one search; for more it pays to toss them first, each on its own.
    const int FewTies = 1 << 12;

    /// <summary>Writes 0 for so many of the lowest values that count, and 1 for all others.</summary>
    /// <param name="values">Values; those that count must not be NaN. May be the same memory as the weights.</param>
    /// <param name="states">One byte a value.</param>
    /// <param name="state">The byte of those that count.</param>
    /// <param name="count">How many to leave out, at most as many as count.</param>
    /// <param name="rng">The stream that decides among equal values.</param>
    /// <param name="weights">Takes the weights.</param>
    /// <param name="threads">How many threads at most; 0 means all cores. The result is the same for any number.</param>
    public static unsafe void LeaveOut(ReadOnlySpan<float> values, ReadOnlySpan<byte> states, byte state, int count, Rng rng, Span<float> weights, int threads)
    {
        if (count <= 0)
        {
            weights.Fill(1f);
            return;
        }
        float limit = Percentiles.AtRank(values, states, state, count - 1, threads);
        int samples = values.Length, chunks = Chunks.Count(samples), below = 0, tied = 0, tossed = 0;
        fixed (float* pinnedValues = values, pinnedWeights = weights)
        fixed (byte* pinnedStates = states)
        {
            float* v = pinnedValues, w = pinnedWeights;
            byte* s = pinnedStates;
            Chunks.For(chunks, threads, c =>
            {
                var (start, length) = Chunks.Range(c, samples);
                var (under, equal) = Classify(new(v + start, length), new(s + start, length), state, limit, new(w + start, length));
                Interlocked.Add(ref below, under);
                Interlocked.Add(ref tied, equal);
            });
            int kept = below + tied - count;
            if (kept > 0 && tied > FewTies)
            {
                uint odds = SubsetDraw.Odds((double)kept / tied);
                Chunks.For(chunks, threads, c =>
                {
                    var (start, length) = Chunks.Range(c, samples);
                    Interlocked.Add(ref tossed, Toss(rng, start, new(w + start, length), odds));
                });
            }
            SubsetDraw.Settle(weights, Tied, Kept, tied, tossed, kept, rng.Sequence());
            Chunks.For(chunks, threads, c =>
            {
                var (start, length) = Chunks.Range(c, samples);
                SubsetDraw.Finish(new(w + start, length), Tied, Kept, 1f);
            });
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static (int Below, int Tied) Classify(ReadOnlySpan<float> values, ReadOnlySpan<byte> states, byte state, float limit, Span<float> weights)
    {
        states = states[..values.Length];
        weights = weights[..values.Length];
        int below = 0, tied = 0;
        for (int i = 0; i < values.Length; i++)
        {
            float value = values[i];
            bool counts = states[i] == state, under = counts & (value < limit), equal = counts & (value == limit);
            below += under ? 1 : 0;
            tied += equal ? 1 : 0;
            weights[i] = under ? 0f : equal ? Tied : 1f;
        }
        return (below, tied);
    }

    static int Toss(Rng rng, int start, Span<float> weights, uint odds)
    {
        Span<uint> random = stackalloc uint[Run / 2];
        int picked = 0;
        for (int at = 0; at < weights.Length; at += Run)
        {
            Span<float> run = weights.Slice(at, Math.Min(Run, weights.Length - at));
            rng.Fill((ulong)(start + at) / 2, random[..((run.Length + 1) / 2)]);
            picked += SubsetDraw.Toss(run, MemoryMarshal.Cast<uint, ushort>(random), Tied, Kept, odds);
        }
        return picked;
    }
}
