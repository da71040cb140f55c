using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Winnow.Numerics;

namespace Winnow.Policies;

/// <summary>What guards that force samples in share.</summary>
internal static class ForcedVisits
{
    /// <summary>
    /// Visits the samples whose value lies below a limit: those that sit out get weight 1, and so do those with a larger one. A rule's weight
    /// above 1 lets a drawn sample stand for others like it that weren't drawn; a sample that is visited for certain stands for itself alone,
    /// and counting it more would make the epoch's gradient biased.
    /// </summary>
    /// <param name="values">A number a sample; NaN is below nothing.</param>
    /// <param name="limit">The limit.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="threads">How many threads at most; 0 means all cores.</param>
    public static unsafe void Below(ReadOnlySpan<float> values, float limit, Span<float> weights, int threads)
    {
        var samples = weights.Length;
        fixed (float* pinnedValues = values, pinnedWeights = weights)
        {
            float* v = pinnedValues, w = pinnedWeights;
            Chunks.For(Chunks.Count(samples), threads, c =>
            {
                var (start, length) = Chunks.Range(c, samples);
                Chunk(new(v + start, length), limit, new(w + start, length));
            });
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Chunk(ReadOnlySpan<float> values, float limit, Span<float> weights)
    {
        ref var v = ref MemoryMarshal.GetReference(values);
        ref var w = ref MemoryMarshal.GetReference(weights);
        var limits = Vector256.Create(limit);
        var i = 0;
        for (; i + 8 <= weights.Length; i += 8)
        {
            var weight = Vector256.LoadUnsafe(ref w, (nuint)i);
            var other = Vector256.Equals(weight, Vector256<float>.Zero) | Vector256.GreaterThan(weight, Vector256<float>.One);
            var forced = Vector256.LessThan(Vector256.LoadUnsafe(ref v, (nuint)i), limits) & other;
            Vector256.ConditionalSelect(forced, Vector256<float>.One, weight).StoreUnsafe(ref w, (nuint)i);
        }

        for (; i < weights.Length; i++)
        {
            weights[i] = values[i] < limit && weights[i] is 0 or > 1 ? 1f : weights[i];
        }
    }
}
