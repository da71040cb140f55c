using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Winnow.Numerics;

/// <summary>A uniform draw among samples that carry a mark, over any number of samples and threads: see <see cref="SubsetDraw"/>.</summary>
internal static class MarkedDraw
{
    private const int Run = 1 << 12;

    /// <summary>Gives exactly <paramref name="wanted"/> of the marked weights the picked code, every subset of that size equally likely.</summary>
    /// <param name="weights">Codes and weights.</param>
    /// <param name="mark">The code of those who take part.</param>
    /// <param name="picked">The code or weight for the picked; no weight may hold it yet.</param>
    /// <param name="marked">How many carry the mark.</param>
    /// <param name="wanted">How many to pick, 0 … marked.</param>
    /// <param name="rng">The stream; of no other draw.</param>
    /// <param name="threads">How many threads at most; 0 means all cores. The result is the same for any number.</param>
    public static unsafe void Draw(Span<float> weights, float mark, float picked, int marked, int wanted, Rng rng, int threads)
    {
        if (wanted == 0)
        {
            return;
        }

        int samples = weights.Length, tossed = 0;
        var odds = SubsetDraw.Odds((double)wanted / marked);
        fixed (float* pinned = weights)
        {
            var w = pinned;
            Chunks.For(Chunks.Count(samples), threads, c =>
            {
                var (start, length) = Chunks.Range(c, samples);
                Span<uint> random = stackalloc uint[Run / 2];
                var hits = 0;
                for (var at = 0; at < length; at += Run)
                {
                    var run = new Span<float>(w + start + at, Math.Min(Run, length - at));
                    rng.Fill((ulong)(start + at) / 2, random[..((run.Length + 1) / 2)]);
                    hits += SubsetDraw.Toss(run, MemoryMarshal.Cast<uint, ushort>(random), mark, picked, odds);
                }

                Interlocked.Add(ref tossed, hits);
            });
        }

        SubsetDraw.Settle(weights, mark, picked, marked, tossed, wanted, rng.Sequence());
    }

    /// <summary>Replaces the mark and the picked code by weights.</summary>
    public static unsafe void Finish(Span<float> weights, float mark, float others, float picked, float chosen, int threads)
    {
        var samples = weights.Length;
        fixed (float* pinned = weights)
        {
            var w = pinned;
            Chunks.For(Chunks.Count(samples), threads, c =>
            {
                var (start, length) = Chunks.Range(c, samples);
                Finish(new(w + start, length), mark, others, picked, chosen);
            });
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Finish(Span<float> weights, float mark, float others, float picked, float chosen)
    {
        ref var w = ref MemoryMarshal.GetReference(weights);
        Vector256<float> marks = Vector256.Create(mark), low = Vector256.Create(others), picks = Vector256.Create(picked), high = Vector256.Create(chosen);
        var i = 0;
        for (; i + 8 <= weights.Length; i += 8)
        {
            var v = Vector256.LoadUnsafe(ref w, (nuint)i);
            var weight = Vector256.ConditionalSelect(Vector256.Equals(v, marks), low, v);
            Vector256.ConditionalSelect(Vector256.Equals(v, picks), high, weight).StoreUnsafe(ref w, (nuint)i);
        }

        for (; i < weights.Length; i++)
        {
            weights[i] = weights[i] == mark ? others : weights[i] == picked ? chosen : weights[i];
        }
    }
}
