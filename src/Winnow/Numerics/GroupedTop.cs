using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Winnow.Numerics;

/// <summary>
/// Chooses in each of many groups the wanted number of samples with the largest scores. One pass counts scores into bins, group by group;
/// one decides every sample that isn't in the bin where its group's last place falls; those few are settled by selection. Nothing is sorted,
/// and the result doesn't depend on the threads.
/// </summary>
internal static class GroupedTop
{
    private const int One = 0x3F800000, Run = 1 << 11, Counters = 1 << 18, MostBins = 1 << 10, LeastBins = 1 << 4;

    /// <summary>
    /// Replaces scores by 1 for the chosen and 0 for the others. Of equal scores the sample with the smaller random number comes first, then
    /// the one with the smaller id. A sample in another state gets 1 and counts nowhere.
    /// </summary>
    /// <param name="scores">In: one score a sample. Out: 1 or 0.</param>
    /// <param name="groups">Each sample's group, 0-based.</param>
    /// <param name="states">One byte a sample.</param>
    /// <param name="state">The byte of those that take part; their scores must not be NaN.</param>
    /// <param name="wanted">How many of each group, at most those that take part.</param>
    /// <param name="low">About the smallest score: bins begin here.</param>
    /// <param name="high">About the largest score, above <paramref name="low"/>.</param>
    /// <param name="rng">A random number a sample, by id.</param>
    /// <param name="threads">How many threads at most; 0 means all cores.</param>
    public static unsafe void Choose(Span<float> scores, ReadOnlySpan<int> groups, ReadOnlySpan<byte> states, byte state, int[] wanted,
        float low, float high, Rng rng, int threads)
    {
        int samples = scores.Length, chunks = Chunks.Count(samples), bins = Math.Clamp(Counters / wanted.Length, LeastBins, MostBins);
        var scale = new Scale(low, bins / (high - low), bins);
        var counts = new int[wanted.Length * bins];
        fixed (float* pinnedScores = scores)
        fixed (int* pinnedGroups = groups)
        fixed (byte* pinnedStates = states)
        {
            var v = pinnedScores;
            var g = pinnedGroups;
            var s = pinnedStates;
            var workers = Math.Min(chunks, Chunks.Threads(threads));
            Lock gate = new();
            Chunks.For(workers, threads, worker =>
            {
                var own = workers == 1 ? counts : new int[counts.Length];
                for (var c = worker; c < chunks; c += workers)
                {
                    var (start, length) = Chunks.Range(c, samples);
                    Count(scale, new(v + start, length), new(g + start, length), new(s + start, length), state, own);
                }

                if (workers > 1)
                {
                    lock (gate)
                    {
                        for (var i = 0; i < own.Length; i++)
                        {
                            counts[i] += own[i];
                        }
                    }
                }
            });

            var edges = new Edge[wanted.Length];
            var ends = new int[wanted.Length];
            var listed = 0;
            for (var k = 0; k < wanted.Length; k++)
            {
                edges[k] = Find(counts.AsSpan(k * bins, bins), wanted[k]);
                ends[k] = listed;
                if (edges[k].Bin >= 0)
                {
                    listed += counts[(k * bins) + edges[k].Bin];
                }
            }

            var keys = ArrayPool<ulong>.Shared.Rent(Math.Max(1, 2 * listed));
            var ids = ArrayPool<int>.Shared.Rent(Math.Max(1, listed));
            int[] starts = [.. ends];
            Chunks.For(chunks, threads, c =>
            {
                var (start, length) = Chunks.Range(c, samples);
                Decide(scale, start, new(v + start, length), new(g + start, length), new(s + start, length), state, edges, ends, keys, ids, rng);
            });
            Chunks.For(wanted.Length, threads, k =>
            {
                var count = ends[k] - starts[k];
                if (count > 0)
                {
                    Settle(keys.AsSpan(starts[k], count), keys.AsSpan(listed + starts[k], count), ids.AsSpan(starts[k], count), edges[k].Needed, new(v, samples));
                }
            });
            ArrayPool<ulong>.Shared.Return(keys);
            ArrayPool<int>.Shared.Return(ids);
        }
    }

    private readonly record struct Scale(float Low, float PerBin, int Bins)
    {
        /// <summary>The bins of a run of scores. The last few go the same way as all others; of NaN some bin comes out.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Of(ReadOnlySpan<float> scores, Span<int> bins)
        {
            ref var s = ref MemoryMarshal.GetReference(scores);
            ref var b = ref MemoryMarshal.GetReference(bins[..scores.Length]);
            var i = 0;
            for (; i + 8 <= scores.Length; i += 8)
            {
                Of(Vector256.LoadUnsafe(ref s, (nuint)i)).StoreUnsafe(ref b, (nuint)i);
            }

            for (; i < scores.Length; i++)
            {
                bins[i] = Of(Vector256.Create(scores[i]))[0];
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector256<int> Of(Vector256<float> scores) => Vector256.ConvertToInt32(
            Vector256.Min(Vector256.Max((scores - Vector256.Create(Low)) * Vector256.Create(PerBin), Vector256<float>.Zero), Vector256.Create(Bins - 1f)));
    }

    // Bins from Sure on are chosen whole; of those in Bin, if there is such, only some are.
    private readonly record struct Edge(int Sure, int Bin, int Needed);

    private static Edge Find(ReadOnlySpan<int> counts, int wanted)
    {
        int bin = counts.Length, above = 0;
        while (above < wanted)
        {
            above += counts[--bin];
        }

        return above == wanted ? new(bin, -1, 0) : new(bin + 1, bin, wanted - (above - counts[bin]));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Count(Scale scale, ReadOnlySpan<float> scores, ReadOnlySpan<int> groups, ReadOnlySpan<byte> states, byte state, int[] counts)
    {
        Span<int> bins = stackalloc int[Run];
        var all = !states.ContainsAnyExcept(state);
        for (var at = 0; at < scores.Length; at += Run)
        {
            int length = Math.Min(Run, scores.Length - at), size = scale.Bins;
            scale.Of(scores.Slice(at, length), bins);
            var group = groups.Slice(at, length);
            for (var i = 0; i < group.Length; i++)
            {
                if (all || states[at + i] == state)
                {
                    counts[(group[i] * size) + bins[i]]++;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Decide(Scale scale, int start, Span<float> scores, ReadOnlySpan<int> groups, ReadOnlySpan<byte> states, byte state,
        Edge[] edges, int[] ends, ulong[] keys, int[] ids, Rng rng)
    {
        Span<int> bins = stackalloc int[Run];
        var all = !states.ContainsAnyExcept(state);
        for (var at = 0; at < scores.Length; at += Run)
        {
            var run = scores.Slice(at, Math.Min(Run, scores.Length - at));
            var group = groups.Slice(at, run.Length);
            scale.Of(run, bins);
            for (var i = 0; i < run.Length; i++)
            {
                ref readonly var edge = ref edges[group[i]];
                if (bins[i] == edge.Bin && (all || states[at + i] == state))
                {
                    var place = Interlocked.Increment(ref ends[group[i]]) - 1;
                    keys[place] = ((ulong)Percentiles.Key(BitConverter.SingleToUInt32Bits(run[i])) << 32) | ~rng.UInt32At((ulong)(start + at + i));
                    ids[place] = start + at + i;
                }
                // 1 or 0 without a branch, which would be mispredicted every other time: the difference's sign is the mask.
                run[i] = BitConverter.Int32BitsToSingle(((edge.Sure - 1 - bins[i]) >> 31) & One);
            }

            for (var i = 0; !all && i < run.Length; i++)
            {
                run[i] = states[at + i] == state ? run[i] : 1f;
            }
        }
    }

    // The list's order depends on the threads, what is chosen of it doesn't.
    private static void Settle(ReadOnlySpan<ulong> keys, Span<ulong> scratch, ReadOnlySpan<int> ids, int needed, Span<float> weights)
    {
        keys.CopyTo(scratch);
        var last = Quickselect.Largest(scratch, needed);
        int above = 0, equal = 0;
        for (var i = 0; i < keys.Length; i++)
        {
            if (keys[i] > last)
            {
                above++;
            }

            if (keys[i] == last)
            {
                equal++;
            }

            if (keys[i] >= last)
            {
                weights[ids[i]] = 1f;
            }
        }

        if (above + equal == needed)
        {
            return;
        }

        var tied = new int[equal];
        for (int i = 0, t = 0; i < keys.Length; i++)
        {
            if (keys[i] == last)
            {
                tied[t++] = ids[i];
            }
        }

        Array.Sort(tied);
        foreach (var id in tied.AsSpan(needed - above))
        {
            weights[id] = 0f;
        }
    }
}
