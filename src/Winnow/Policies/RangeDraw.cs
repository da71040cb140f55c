using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Winnow.Numerics;
using Winnow.Samples;

namespace Winnow.Policies;

/// <summary>
/// Visits a uniformly drawn part of the seen, finite samples whose number lies in a range; the seen, finite samples outside of it get a
/// weight of their own, all others weight 1.
/// </summary>
/// <param name="From">The range's lower end, which is in it.</param>
/// <param name="Below">Its upper end, which isn't.</param>
/// <param name="Outside">The weight of the seen, finite samples outside the range, at least 0.</param>
internal readonly record struct RangeDraw(float From, float Below, float Outside)
{
    private const int Run = 1 << 12;
    private const float Mark = -1, Picked = -2;

    /// <summary>Writes every weight.</summary>
    /// <param name="epoch">Which epoch.</param>
    /// <param name="stream">The random stream's name.</param>
    /// <param name="values">A number a sample.</param>
    /// <param name="flags">Which samples take part.</param>
    /// <param name="members">How many are in the range.</param>
    /// <param name="wanted">How many of those to visit, at most all.</param>
    /// <param name="weight">The weight of those.</param>
    /// <param name="weights">Takes the weights.</param>
    public unsafe void Draw(in EpochContext epoch, string stream, ReadOnlySpan<float> values, ReadOnlySpan<SampleFlags> flags,
        int members, int wanted, float weight, Span<float> weights)
    {
        int samples = weights.Length, tossed = 0;
        var rng = epoch.Rng(stream);
        var range = this;
        var odds = members == 0 ? 0 : SubsetDraw.Odds((double)wanted / members);
        fixed (float* pinnedValues = values, pinnedWeights = weights)
        fixed (SampleFlags* pinnedFlags = flags)
        {
            float* v = pinnedValues, w = pinnedWeights;
            var f = pinnedFlags;
            Chunks.For(Chunks.Count(samples), epoch.Threads, c =>
            {
                var (start, length) = Chunks.Range(c, samples);
                Interlocked.Add(ref tossed, range.Toss(rng, start, new(v + start, length), new(f + start, length), new(w + start, length), odds));
            });
            SubsetDraw.Settle(weights, Mark, Picked, members, tossed, wanted, epoch.Rng(stream + "/settle").Sequence());
            Chunks.For(Chunks.Count(samples), epoch.Threads, c =>
            {
                var (start, length) = Chunks.Range(c, samples);
                SubsetDraw.Finish(new Span<float>(w + start, length), Mark, Picked, weight);
            });
        }
    }

    private int Toss(Rng rng, int start, ReadOnlySpan<float> values, ReadOnlySpan<SampleFlags> flags, Span<float> weights, uint odds)
    {
        Span<uint> random = stackalloc uint[Run / 2];
        var all = !flags.ContainsAnyExcept(SampleFlags.Seen);
        var picked = 0;
        for (var at = 0; at < values.Length; at += Run)
        {
            var length = Math.Min(Run, values.Length - at);
            var run = weights.Slice(at, length);
            Classify(values.Slice(at, length), all ? default : flags.Slice(at, length), run);
            rng.Fill((ulong)(start + at) / 2, random[..((length + 1) / 2)]);
            picked += SubsetDraw.Toss(run, MemoryMarshal.Cast<uint, ushort>(random), Mark, Picked, odds);
        }

        return picked;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Classify(ReadOnlySpan<float> values, ReadOnlySpan<SampleFlags> flags, Span<float> weights)
    {
        ref var v = ref MemoryMarshal.GetReference(values);
        ref var w = ref MemoryMarshal.GetReference(weights);
        Vector256<float> from = Vector256.Create(From), below = Vector256.Create(Below), mark = Vector256.Create(Mark), outside = Vector256.Create(Outside);
        var i = 0;
        for (; i + 8 <= values.Length; i += 8)
        {
            var x = Vector256.LoadUnsafe(ref v, (nuint)i);
            var inside = Vector256.GreaterThanOrEqual(x, from) & Vector256.LessThan(x, below);
            Vector256.ConditionalSelect(inside, mark, outside).StoreUnsafe(ref w, (nuint)i);
        }

        for (; i < values.Length; i++)
        {
            weights[i] = values[i] >= From && values[i] < Below ? Mark : Outside;
        }

        for (i = 0; i < flags.Length; i++)
        {
            weights[i] = flags[i] == SampleFlags.Seen ? weights[i] : 1f;
        }
    }
}
