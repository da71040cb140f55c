using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Winnow.Numerics;

/// <summary>
/// Chooses exactly the k largest of some scores, in place and without sorting: two counting passes over order-preserving 32-bit keys find
/// the k-th largest, as in <see cref="Percentiles"/>; a third says who is above it. Where more scores equal the k-th largest than there are
/// places, the places are drawn among them at random, every choice equally likely, so that a sample's place in the data set never decides.
/// </summary>
internal static class TopK
{
    private const int Bins = 1 << 16;

    // Codes while a tie is drawn; no caller uses them.
    private const float Tied = -5, Drawn = -7;

    /// <summary>Copies the scores of the samples whose state byte is a given one; the others become NaN, which takes no part.</summary>
    /// <returns>How many take part.</returns>
    public static unsafe int Load(ReadOnlySpan<float> scores, ReadOnlySpan<byte> states, byte state, Span<float> ranks, int threads)
    {
        int samples = ranks.Length, total = 0;
        fixed (float* pinnedScores = scores, pinnedRanks = ranks)
        fixed (byte* pinnedStates = states)
        {
            float* v = pinnedScores, r = pinnedRanks;
            var s = pinnedStates;
            Chunks.For(Chunks.Count(samples), threads, c =>
            {
                var (start, length) = Chunks.Range(c, samples);
                Interlocked.Add(ref total, Load(new(v + start, length), new(s + start, length), state, new(r + start, length)));
            });
        }

        return total;
    }

    /// <summary>Replaces the scores: the <paramref name="count"/> largest by one weight, the rest by another.</summary>
    /// <param name="ranks">In: scores, infinities included; NaN takes no part. Out: weights.</param>
    /// <param name="count">How many to choose; where fewer take part, all of them.</param>
    /// <param name="ties">The stream that ties are drawn from.</param>
    /// <param name="chosen">What the chosen get.</param>
    /// <param name="others">What the others get that take part.</param>
    /// <param name="outside">What those get that take no part.</param>
    /// <param name="threads">How many threads at most; 0 means all cores. The result is the same for any number.</param>
    public static unsafe void Choose(Span<float> ranks, int count, Rng ties, float chosen, float others, float outside, int threads)
    {
        int samples = ranks.Length, tied = 0, places = 0;
        var limit = float.NaN;
        fixed (float* pinned = ranks)
        {
            var v = pinned;
            var upper = Histogram(v, samples, -1, threads);
            var participants = 0;
            foreach (var size in upper)
            {
                participants += size;
            }

            bool all = count >= participants, none = count <= 0;
            if (!all && !none)
            {
                int bin = Bins - 1, above = 0;
                while (above + upper[bin] < count)
                {
                    above += upper[bin--];
                }

                var lower = Histogram(v, samples, bin, threads);
                var low = Bins - 1;
                while (above + lower[low] < count)
                {
                    above += lower[low--];
                }

                (limit, tied, places) = (Percentiles.Value(((uint)bin << 16) | (uint)low), lower[low], count - above);
            }

            float onLimit = places == tied ? chosen : Tied, below = all ? chosen : others;
            Chunks.For(Chunks.Count(samples), threads, c =>
            {
                var (start, length) = Chunks.Range(c, samples);
                Decide(new(v + start, length), limit, chosen, onLimit, below, outside);
            });
        }

        if (places == tied)
        {
            return;
        }

        MarkedDraw.Draw(ranks, Tied, Drawn, tied, places, ties, threads);
        MarkedDraw.Finish(ranks, Tied, others, Drawn, chosen, threads);
    }

    // Of the upper halves of all keys (bin -1), or of the lower halves of those in a bin.
    private static unsafe int[] Histogram(float* values, int samples, int bin, int threads)
    {
        var total = new int[Bins];
        int chunks = Chunks.Count(samples), workers = Math.Min(chunks, Chunks.Threads(threads));
        // Counts are whole numbers: the order in which workers add theirs doesn't matter.
        Chunks.For(workers, threads, worker =>
        {
            var counts = workers == 1 ? total : new int[Bins];
            for (var c = worker; c < chunks; c += workers)
            {
                var (start, length) = Chunks.Range(c, samples);
                var chunk = new ReadOnlySpan<float>(values + start, length);
                if (bin < 0)
                {
                    CountUpper(chunk, counts);
                }
                else
                {
                    CountLower(chunk, (uint)bin, counts);
                }
            }

            if (workers == 1)
            {
                return;
            }

            lock (total)
            {
                for (var i = 0; i < Bins; i++)
                {
                    total[i] += counts[i];
                }
            }
        });
        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CountUpper(ReadOnlySpan<float> values, int[] counts)
    {
        foreach (var value in values)
        {
            if (!float.IsNaN(value))
            {
                counts[Percentiles.Key(value) >> 16]++;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CountLower(ReadOnlySpan<float> values, uint bin, int[] counts)
    {
        foreach (var value in values)
        {
            var key = Percentiles.Key(value);
            if (key >> 16 == bin && !float.IsNaN(value))
            {
                counts[key & 0xFFFF]++;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Load(ReadOnlySpan<float> scores, ReadOnlySpan<byte> states, byte state, Span<float> ranks)
    {
        var count = 0;
        for (var i = 0; i < ranks.Length; i++)
        {
            var rank = states[i] == state ? scores[i] : float.NaN;
            ranks[i] = rank;
            count += float.IsNaN(rank) ? 0 : 1;
        }

        return count;
    }

    // With a NaN for the limit nothing is above or on it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Decide(Span<float> ranks, float limit, float above, float onLimit, float below, float outside)
    {
        ref var r = ref MemoryMarshal.GetReference(ranks);
        Vector256<float> limits = Vector256.Create(limit), high = Vector256.Create(above), on = Vector256.Create(onLimit);
        Vector256<float> low = Vector256.Create(below), none = Vector256.Create(outside);
        var i = 0;
        for (; i + 8 <= ranks.Length; i += 8)
        {
            var v = Vector256.LoadUnsafe(ref r, (nuint)i);
            var weight = Vector256.ConditionalSelect(Vector256.GreaterThan(v, limits), high, low);
            weight = Vector256.ConditionalSelect(Vector256.Equals(v, limits), on, weight);
            Vector256.ConditionalSelect(Vector256.Equals(v, v), weight, none).StoreUnsafe(ref r, (nuint)i);
        }

        for (; i < ranks.Length; i++)
        {
            var v = ranks[i];
            ranks[i] = float.IsNaN(v) ? outside : v > limit ? above : v == limit ? onLimit : below;
        }
    }
}
