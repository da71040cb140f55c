using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Winnow.Numerics;
using Winnow.Samples;

namespace Winnow.Policies;

/// <summary>
/// What Raju et al.'s rules share: the samples are chosen anew every few epochs, by running means of their losses, and the same set is
/// visited in between. Epoch 0 is full; the first choice is made for epoch 1.
/// </summary>
/// <remarks>
/// The set is remembered as the epoch in which each sample was last visited: it is those visited since the period's first epoch, however
/// their means change meanwhile. A period of whose first epochs nothing was observed (left out on resuming, say) begins where it is first
/// planned.
/// </remarks>
/// <param name="Period">How many epochs a set is visited, at least 1.</param>
internal readonly record struct PeriodicSet(int Period)
{
    /// <summary>The running mean of a sample's losses; NaN before the first finite one.</summary>
    public static Column Mean { get; } = new("running-mean", float.NaN);

    /// <summary>The epoch in which a sample was last visited; -1: not yet.</summary>
    public static Column Last { get; } = new("last-visit", -1, Merge.Max);

    /// <summary>The period's first epoch.</summary>
    public int Start(int epoch) => epoch - ((epoch - 1) % Period);

    /// <summary>
    /// Writes the set of the current period; false when it has to be chosen. Never-seen and non-finite samples are always visited.
    /// </summary>
    public bool TryKeep(in EpochContext epoch, SampleTable samples, Span<float> weights)
    {
        var start = Start(epoch.Epoch);
        return start < epoch.Epoch && Keep(samples[Last], samples.Flags, start, weights, epoch.Threads) > 0;
    }

    /// <summary>How many of the seen, finite samples to choose: of the visits that the epoch shall have, those always visited come first.</summary>
    /// <param name="save">The saving asked for; null: the share kept decides.</param>
    /// <param name="keep">The share kept of all samples.</param>
    /// <param name="until">The share of epochs after which nothing is pruned.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="samples">All samples.</param>
    /// <param name="seen">Those that are seen and finite.</param>
    public static int Places(double? save, double keep, double until, in EpochContext epoch, int samples, int seen)
    {
        var visits = save is { } share ? new VisitBudget(share, 1, until).Visits(epoch, samples) : GroupDraw.Kept(samples, keep);
        return Math.Clamp(visits - (samples - seen), 0, seen);
    }

    /// <summary>Notes the epoch of a visit; being only looked at is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Visited(Span<float> last, in BatchSignals batch)
    {
        if (batch.Refreshed)
        {
            return;
        }

        float epoch = batch.Epoch;
        foreach (var id in batch.Ids)
        {
            last[(int)id] = epoch;
        }
    }

    /// <summary>gain·loss + (1 - gain)·mean in float64, which float32 losses can't overflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Step(double gain, double loss, double mean) => (float)((gain * loss) + ((1 - gain) * mean));

    private static unsafe int Keep(ReadOnlySpan<float> last, ReadOnlySpan<SampleFlags> flags, int start, Span<float> weights, int threads)
    {
        int samples = weights.Length, total = 0;
        float since = start;
        fixed (float* pinnedLast = last, pinnedWeights = weights)
        fixed (SampleFlags* pinnedFlags = flags)
        {
            float* l = pinnedLast, w = pinnedWeights;
            var f = pinnedFlags;
            Chunks.For(Chunks.Count(samples), threads, c =>
            {
                var (first, length) = Chunks.Range(c, samples);
                Interlocked.Add(ref total, Keep(new(l + first, length), new(f + first, length), since, new(w + first, length)));
            });
        }

        return total;
    }

    // Returns how many were visited since.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Keep(ReadOnlySpan<float> last, ReadOnlySpan<SampleFlags> flags, float since, Span<float> weights)
    {
        ref float l = ref MemoryMarshal.GetReference(last), w = ref MemoryMarshal.GetReference(weights);
        Vector256<float> limit = Vector256.Create(since), one = Vector256.Create(1f);
        int kept = 0, i = 0;
        for (; i + 8 <= last.Length; i += 8)
        {
            var member = Vector256.GreaterThanOrEqual(Vector256.LoadUnsafe(ref l, (nuint)i), limit);
            (member & one).StoreUnsafe(ref w, (nuint)i);
            kept += int.PopCount((int)member.ExtractMostSignificantBits());
        }

        for (; i < last.Length; i++)
        {
            weights[i] = last[i] >= since ? 1f : 0f;
            kept += last[i] >= since ? 1 : 0;
        }
        // Nearly always every sample of a chunk was seen.
        for (var at = flags.IndexOfAnyExcept(SampleFlags.Seen); at >= 0;)
        {
            weights[at] = 1f;
            var next = flags[(at + 1)..].IndexOfAnyExcept(SampleFlags.Seen);
            at = next < 0 ? -1 : at + 1 + next;
        }

        return kept;
    }
}
