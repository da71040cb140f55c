using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Winnow.Catalog;
using Winnow.Numerics;
using Winnow.Samples;

namespace Winnow.Policies;

public static partial class PolicyCatalog
{
    /// <summary>Leave out samples whose loss has settled.</summary>
    public static Method<IPruningPolicy> InstanceStopping => new("ies",
        "Leave out samples whose loss no longer bends from epoch to epoch; look at them again at the end of each epoch.",
        "Yuan et al., Instance-dependent Early Stopping, ICLR 2025",
        [
            new("threshold", 1e-3, 0, 1000, "the mean size of the loss's second difference below which a sample sits out") { MinOpen = true, Example = "0.002" },
            new("window", 3, 1, 10, "how many second differences the mean is over") { Integer = true, Example = "5" },
            Parameter.Save,
            new("until", 1, 0, 1, "the share of the epochs after which nothing is pruned") { Example = "0.875" },
        ],
        static p =>
        {
            p.Excludes("save", "threshold");
            return new InstanceStoppingPolicy { Threshold = p["threshold"], Window = (int)p["window"], Save = p.Maybe("save"), Until = p["until"] };
        });
}

/// <summary>
/// Instance-dependent early stopping (ICLR 2025): with d = l(t) - 2·l(t-1) + l(t-2) over a sample's observations, it sits out while the mean
/// of the last <see cref="Window"/> |d| is below <see cref="Threshold"/>; at least window + 3 observations are needed first, 6 by default.
/// Looked at anew for each epoch, so that samples come back; for that those that sit out are sent through the model at each epoch's end.
/// All visits have weight 1. A non-finite loss begins a sample's history anew. At least one sample is visited.
/// </summary>
/// <remarks>With <see cref="Save"/> the rank that meets the epoch's budget stands in for the threshold. Visits saved aren't compute saved.</remarks>
public sealed record InstanceStoppingPolicy : IPruningPolicy
{
    private const int MaxWindow = 10;
    private static readonly Column s_before = new("ies/before"), s_count = new("ies/count");
    private static readonly Column[] s_bends = [.. Enumerable.Range(0, MaxWindow).Select(static i => new Column($"ies/bend-{i}"))];

    // What may sit out in one epoch at most when a saving is asked for.
    private const double LargestDrop = 0.9;

    /// <summary>The mean |second difference| below which a sample sits out, above 0.</summary>
    public double Threshold
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Threshold is a difference of losses above 0");
    } = 1e-3;

    /// <summary>How many second differences the mean is over, in [1, 10].</summary>
    public int Window
    {
        get;
        init => field = value is >= 1 and <= MaxWindow ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Window is in [1, 10]");
    } = 3;

    /// <inheritdoc/>
    public double? Save { get; init => field = Ranges.Saved(value); }

    /// <summary>The share of epochs after which nothing is pruned, in [0, 1].</summary>
    public double Until { get; init => field = Ranges.Epochs(value); } = 1;

    /// <summary>The canonical spec.</summary>
    public override string ToString() => PolicyCatalog.InstanceStopping.SpecOf(("threshold", Threshold), ("window", Window), ("save", Save), ("until", Until));

    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns => [Column.Loss, s_before, s_count, .. s_bends.AsSpan(0, Window)];

    /// <inheritdoc/>
    public IReadOnlyList<Signal> Needs => [Signal.Loss];

    /// <inheritdoc/>
    public bool RefreshesDropped => true;

    // The reference asks for 6 observations with a window of 3.
    private int Required => Window + 3;

    /// <inheritdoc/>
    public double LargestSave(int epochs, double drop = 1) => VisitBudget.Largest(epochs, Required, Until, Math.Min(drop, LargestDrop));

    /// <inheritdoc/>
    public void Observe(SampleTable samples, in BatchSignals batch)
    {
        ArgumentNullException.ThrowIfNull(samples);
        Span<float> last = samples[Column.Loss], before = samples[s_before], counts = samples[s_count];
        const int Run = 256;
        Span<float> bends = stackalloc float[Run];
        Span<byte> slots = stackalloc byte[Run];
        for (var at = 0; at < batch.Ids.Length; at += Run)
        {
            var length = Math.Min(Run, batch.Ids.Length - at);
            var ids = batch.Ids.Slice(at, length);
            Bend(ids, batch.Losses.Slice(at, length), last, before, counts, bends, slots);
            // Column by column, because finding a column takes longer than writing to it.
            for (var b = 0; b < Window; b++)
            {
                Scatter(ids, bends, slots, (byte)b, samples[s_bends[b]]);
            }
        }
    }

    // The second difference of each sample's loss, and which of the last few it replaces; MaxWindow where there is none yet.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Bend(ReadOnlySpan<long> ids, ReadOnlySpan<float> losses, Span<float> last, Span<float> before, Span<float> counts, Span<float> bends, Span<byte> slots)
    {
        var window = (uint)Window;
        for (var i = 0; i < ids.Length; i++)
        {
            int id = (int)ids[i], count = (int)counts[id];
            float loss = losses[i], one = last[id], two = before[id];
            bends[i] = (float)Math.Abs((double)loss - (2.0 * one) + two);
            slots[i] = count >= 2 ? (byte)((uint)count % window) : (byte)MaxWindow;
            before[id] = one;
            last[id] = loss;
            counts[id] = float.IsFinite(loss) ? Next(count) : 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scatter(ReadOnlySpan<long> ids, ReadOnlySpan<float> bends, ReadOnlySpan<byte> slots, byte slot, Span<float> column)
    {
        for (var i = 0; i < ids.Length; i++)
        {
            if (slots[i] == slot)
            {
                column[(int)ids[i]] = bends[i];
            }
        }
    }

    /// <inheritdoc/>
    public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
    {
        ArgumentNullException.ThrowIfNull(samples);
        if (epoch.IsAnnealing(Until))
        {
            weights.Fill(1f);
            return;
        }

        var (known, settled) = Rank(samples, weights, epoch.Threads);
        var left = Save is { } save ? Math.Min(known, samples.Count - new VisitBudget(save, Required, Until).Visits(epoch, samples.Count)) : settled;
        TopK.Choose(weights, Math.Min(left, samples.Count - 1), epoch.Rng("ies"), 0f, 1f, 1f, epoch.Threads);
    }

    // Counts go up to a number that leaves the same remainder, so that they stay exact however long the run is.
    private int Next(int count) => count + 1 < Required + Window ? count + 1 : count + 1 - Window;

    // Writes what to rank by: those whose loss bends least come first, and those without enough observations take no part. Returns how
    // many have enough, and how many of them are below the threshold.
    private unsafe (int Known, int Settled) Rank(SampleTable samples, Span<float> ranks, int threads)
    {
        int known = 0, settled = 0, length = ranks.Length, required = Required, window = Window;
        var limit = LossLimit.AtLeast(Threshold * window);
        fixed (float* pinnedRanks = ranks, pinnedCounts = samples[s_count])
        fixed (SampleFlags* pinnedFlags = samples.Flags)
        {
            float* r = pinnedRanks, n = pinnedCounts;
            var f = pinnedFlags;
            Chunks.For(Chunks.Count(length), threads, c =>
            {
                var (start, size) = Chunks.Range(c, length);
                var part = new Span<float>(r + start, size);
                samples[s_bends[0]].Slice(start, size).CopyTo(part);
                for (var b = 1; b < window; b++)
                {
                    TensorPrimitives.Add(part, samples[s_bends[b]].Slice(start, size), part);
                }

                var (enough, below) = Settle(new(n + start, size), new(f + start, size), required, limit, part);
                Interlocked.Add(ref known, enough);
                Interlocked.Add(ref settled, below);
            });
        }

        return (known, settled);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (int Known, int Settled) Settle(ReadOnlySpan<float> counts, ReadOnlySpan<SampleFlags> flags, int required, float limit, Span<float> ranks)
    {
        counts = counts[..ranks.Length];
        flags = flags[..ranks.Length];
        int known = 0, settled = 0;
        for (var i = 0; i < ranks.Length; i++)
        {
            var sum = ranks[i];
            // A difference beyond float32 says nothing but that the loss bends.
            var enough = counts[i] >= required & flags[i] == SampleFlags.Seen & sum < float.PositiveInfinity;
            known += enough ? 1 : 0;
            settled += enough & sum < limit ? 1 : 0;
            ranks[i] = enough ? -sum : float.NaN;
        }

        return (known, settled);
    }
}
