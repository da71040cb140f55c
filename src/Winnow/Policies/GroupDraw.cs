using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Winnow.Numerics;
using Winnow.Samples;

namespace Winnow.Policies;

/// <summary>
/// What the random-pruning policies share: sort samples into groups by their loss, keep a uniformly drawn part of each group, and weigh
/// the kept so that the group's expected sum is unchanged. Never-seen and non-finite samples, and those above all limits, keep weight 1.
/// </summary>
/// <param name="Limits">Ascending: a sample is in the first group whose limit is above its loss. As many as <paramref name="Keeps"/>.</param>
/// <param name="Keeps">The share kept of each group.</param>
/// <param name="Exact">Exactly max(1, round(keep·n)) of n with weight n/m; otherwise the reference's floor(keep·n) with weight 1/keep.</param>
internal sealed record GroupDraw(float[] Limits, double[] Keeps, bool Exact)
{
    private const int Run = 1 << 12;

    // While weights are being drawn they hold a code per group, all negative so that they differ from every weight.
    private static float Mark(int group) => -1 - (2 * group);
    private static float Picked(int group) => -2 - (2 * group);

    /// <summary>Writes every weight.</summary>
    /// <param name="epoch">Which epoch.</param>
    /// <param name="stream">The random stream's name.</param>
    /// <param name="losses">The losses.</param>
    /// <param name="flags">Which losses count; empty: all.</param>
    /// <param name="weights">Takes the weights.</param>
    public unsafe void Draw(in EpochContext epoch, string stream, ReadOnlySpan<float> losses, ReadOnlySpan<SampleFlags> flags, Span<float> weights)
    {
        int samples = weights.Length, groups = Limits.Length, threads = epoch.Threads;
        Rng rng = epoch.Rng(stream), repair = epoch.Rng(stream + "/settle");
        var counts = new (int Members, int Picked)[Chunks.Count(samples) * groups];
        var outside = 0;
        fixed (float* pinnedLosses = losses, pinnedWeights = weights)
        fixed (SampleFlags* pinnedFlags = flags)
        {
            float* l = pinnedLosses, w = pinnedWeights;
            var f = pinnedFlags;
            Chunks.For(Chunks.Count(samples), threads, c =>
            {
                var (start, length) = Chunks.Range(c, samples);
                var idle = Chunk(rng, start, new(l + start, length), f is null ? default : new(f + start, length), new(w + start, length),
                    counts.AsSpan(c * groups, groups));
                Interlocked.Add(ref outside, idle);
            });
        }

        Span<float> kept = stackalloc float[groups];
        for (var g = 0; g < groups; g++)
        {
            int members = 0, tossed = 0;
            for (var c = g; c < counts.Length; c += groups)
            {
                (members, tossed) = (members + counts[c].Members, tossed + counts[c].Picked);
            }

            if (g == 0 && members > 0 && members + outside == samples)
            {
                // No loss lies above the first limit: they don't tell samples apart, so there is nothing to prune by.
                weights.Fill(1f);
                return;
            }

            var wanted = Wanted(members, Keeps[g]);
            kept[g] = wanted == 0 ? 0 : Exact ? (float)((double)members / wanted) : (float)(1 / Keeps[g]);
            SubsetDraw.Settle(weights, Mark(g), Picked(g), members, tossed, wanted, repair.Sequence((uint)g));
        }

        Finish(kept, weights, threads);
    }

    /// <summary>Writes weight 1 for exactly so many uniformly drawn samples and 0 for the others.</summary>
    public static unsafe void DrawOfAll(in EpochContext epoch, string stream, int wanted, Span<float> weights)
    {
        var samples = weights.Length;
        if (samples == 0)
        {
            return;
        }

        Rng rng = epoch.Rng(stream), repair = epoch.Rng(stream + "/settle");
        var tossed = 0;
        var odds = SubsetDraw.Odds((double)wanted / samples);
        fixed (float* pinned = weights)
        {
            var w = pinned;
            Chunks.For(Chunks.Count(samples), epoch.Threads, c =>
            {
                var (start, length) = Chunks.Range(c, samples);
                var chunk = new Span<float>(w + start, length);
                Span<uint> random = stackalloc uint[Run / 2];
                var picked = 0;
                for (var at = 0; at < length; at += Run)
                {
                    var run = chunk.Slice(at, Math.Min(Run, length - at));
                    run.Clear();
                    rng.Fill((ulong)(start + at) / 2, random[..((run.Length + 1) / 2)]);
                    picked += SubsetDraw.Toss(run, MemoryMarshal.Cast<uint, ushort>(random), 0f, 1f, odds);
                }

                Interlocked.Add(ref tossed, picked);
            });
        }

        SubsetDraw.Settle(weights, 0f, 1f, samples, tossed, wanted, repair.Sequence());
    }

    private int Wanted(int members, double keep) => Exact ? Kept(members, keep) : (int)(keep * members);

    /// <summary>How many of a group are kept: max(1, round(keep·n)), of an empty one 0.</summary>
    public static int Kept(int members, double keep) =>
        members == 0 ? 0 : Math.Max(1, (int)Math.Round(keep * members, MidpointRounding.AwayFromZero));

    // Returns how many samples take no part whatever the limits are.
    private int Chunk(Rng rng, int start, ReadOnlySpan<float> losses, ReadOnlySpan<SampleFlags> flags, Span<float> weights, Span<(int Members, int Picked)> counts)
    {
        Span<uint> random = stackalloc uint[Run / 2];
        var allCount = flags.IsEmpty || !flags.ContainsAnyExcept(SampleFlags.Seen);
        var idle = 0;
        for (var at = 0; at < losses.Length; at += Run)
        {
            var length = Math.Min(Run, losses.Length - at);
            var run = weights.Slice(at, length);
            Classify(losses.Slice(at, length), run, counts);
            if (!allCount)
            {
                idle += Release(flags.Slice(at, length), run, counts);
            }

            rng.Fill((ulong)(start + at) / 2, random[..((length + 1) / 2)]);
            for (var g = 0; g < Keeps.Length; g++)
            {
                counts[g].Picked += SubsetDraw.Toss(run, MemoryMarshal.Cast<uint, ushort>(random), Mark(g), Picked(g), SubsetDraw.Odds(Keeps[g]));
            }
        }

        return idle;
    }

    // Group by group from the last, so that the lowest limit above the loss has the last word.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Classify(ReadOnlySpan<float> losses, Span<float> weights, Span<(int Members, int Picked)> counts)
    {
        ref var l = ref MemoryMarshal.GetReference(losses);
        ref var w = ref MemoryMarshal.GetReference(weights);
        for (var g = Limits.Length - 1; g >= 0; g--)
        {
            Vector256<float> limit = Vector256.Create(Limits[g]), mark = Vector256.Create(Mark(g)), one = Vector256.Create(1f);
            int below = 0, i = 0;
            for (; i + 8 <= losses.Length; i += 8)
            {
                var under = Vector256.LessThan(Vector256.LoadUnsafe(ref l, (nuint)i), limit);
                var other = g == Limits.Length - 1 ? one : Vector256.LoadUnsafe(ref w, (nuint)i);
                Vector256.ConditionalSelect(under, mark, other).StoreUnsafe(ref w, (nuint)i);
                below += int.PopCount((int)under.ExtractMostSignificantBits());
            }

            for (; i < losses.Length; i++)
            {
                var under = losses[i] < Limits[g];
                weights[i] = under ? Mark(g) : g == Limits.Length - 1 ? 1f : weights[i];
                below += under ? 1 : 0;
            }

            counts[g].Members += below;
            if (g + 1 < Limits.Length)
            {
                counts[g + 1].Members -= below;
            }
        }
    }

    private static int Release(ReadOnlySpan<SampleFlags> flags, Span<float> weights, Span<(int Members, int Picked)> counts)
    {
        var idle = 0;
        for (var i = 0; i < flags.Length; i++)
        {
            if (flags[i] == SampleFlags.Seen)
            {
                continue;
            }

            idle++;
            if (weights[i] > 0)
            {
                continue;
            }

            counts[(int)((-1 - weights[i]) / 2)].Members--;
            weights[i] = 1f;
        }

        return idle;
    }

    private static unsafe void Finish(ReadOnlySpan<float> kept, Span<float> weights, int threads)
    {
        int samples = weights.Length, groups = kept.Length;
        fixed (float* pinned = weights, pinnedKept = kept)
        {
            float* w = pinned, k = pinnedKept;
            Chunks.For(Chunks.Count(samples), threads, c =>
            {
                var (start, length) = Chunks.Range(c, samples);
                for (var g = 0; g < groups; g++)
                {
                    SubsetDraw.Finish(new Span<float>(w + start, length), Mark(g), Picked(g), k[g]);
                }
            });
        }
    }
}
