using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Winnow.Catalog;
using Winnow.Numerics;
using Winnow.Samples;

namespace Winnow.Policies;

public static partial class PolicyCatalog
{
    /// <summary>Compare within the batch, drop at random, bring back at random, weigh by how often each was visited.</summary>
    public static Method<IPruningPolicy> Repb => new("repb",
        "Leave out at random what was below its own batch's mean, bring it back at random, and weigh each sample by how often it was visited.",
        "Inconsistency Biases in Dynamic Data Pruning (RePB), ICLR 2026",
        [
            new("rho", 0.5, 0, 1, "the share left out of the samples that were below their batch's mean or sat out the last epoch") { MaxOpen = true, Example = "0.3" },
            Parameter.Save,
            new("until", 1, 0, 1, "the share of the epochs after which nothing is pruned") { Example = "0.875" },
            Parameter.Choice("weights", "what a visit counts: visits is epochs / visits as published, odds is 1 / the chance of this visit", "visits", "odds"),
        ],
        static p =>
        {
            p.Excludes("save", "rho");
            return new RepbPolicy { Rho = p["rho"], Save = p.Maybe("save"), Until = p["until"], WeighByOdds = p.Choice("weights") == "odds" };
        });
}

/// <summary>
/// RePB (ICLR 2026): a loss is compared with the mean loss of the batch it was measured in, so losses of different model states are never
/// compared. A sample whose last visit was in the epoch before and not below that mean is visited again. All others, those below it and those
/// that sat out, are candidates: of n of them exactly m = max(1, round((1 - rho)·n)) are visited, drawn uniformly. The weight in epoch e
/// (0-based) is (e + 1) / (visits so far + 1). Epoch 0 and the epochs from floor(until·C) on are full with weight 1. Never-seen and
/// non-finite samples are always visited with weight 1.
/// </summary>
/// <remarks>
/// The published weight makes the long-run estimate unbiased, not each epoch's: see the method's card for how far it is. With
/// <see cref="WeighByOdds"/> the weight of a candidate is n/m, of the others 1, and every epoch's estimate is unbiased.
/// <para>With <see cref="Save"/>, m follows from the visits that the epoch may use; at most nine tenths of the candidates are left out.</para>
/// </remarks>
public sealed record RepbPolicy : IPruningPolicy
{
    // The last visit's epoch + 1, negative where the loss was below its batch's mean: "visited in the epoch before and not below" is one comparison.
    private static readonly Column s_last = new("repb/last"), s_visits = new("repb/visits", 0, Merge.Sum);
    private static readonly Column[] s_columns = [s_last, s_visits];

    /// <summary>The share of the candidates left out, in [0, 1).</summary>
    public double Rho { get; init => field = Ranges.LeftOut(value); } = 0.5;

    /// <inheritdoc/>
    public double? Save { get; init => field = Ranges.Saved(value); }

    /// <summary>The share of epochs after which nothing is pruned, in [0, 1].</summary>
    public double Until { get; init => field = Ranges.Epochs(value); } = 1;

    /// <summary>Whether a visit counts 1 / its chance instead of the published epochs / visits.</summary>
    public bool WeighByOdds { get; init; }

    /// <summary>The canonical spec.</summary>
    public override string ToString() => PolicyCatalog.Repb.SpecOf(("rho", Rho), ("save", Save), ("until", Until), ("weights", WeighByOdds ? 1 : 0));

    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns => s_columns;

    /// <inheritdoc/>
    public IReadOnlyList<Signal> Needs => [Signal.Loss, Signal.BatchLoss];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Observe(SampleTable samples, in BatchSignals batch)
    {
        ArgumentNullException.ThrowIfNull(samples);
        // Losses from elsewhere have no batch, and a look at a sample that sat out is no visit.
        if (batch.Epoch < 0 || batch.Refreshed)
        {
            return;
        }

        Span<float> last = samples[s_last], visits = samples[s_visits];
        var ids = batch.Ids;
        ReadOnlySpan<float> losses = batch.Losses[..ids.Length], means = batch[Signal.BatchLoss][..ids.Length];
        float stamp = batch.Epoch + 1;
        for (var i = 0; i < ids.Length; i++)
        {
            var id = (int)ids[i];
            // An id given twice in an epoch is one visit.
            visits[id] += Branchless.Select(MathF.Abs(last[id]) == stamp, 0f, 1f);
            last[id] = Branchless.Select(losses[i] < means[i], -stamp, stamp);
        }
    }

    /// <inheritdoc/>
    public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
    {
        ArgumentNullException.ThrowIfNull(samples);
        if (epoch.Epoch == 0 || epoch.IsAnnealing(Until))
        {
            weights.Fill(1f);
            return;
        }

        ReadOnlySpan<SampleFlags> flags = samples.Flags;
        ReadOnlySpan<float> last = samples[s_last];
        float limit = epoch.Epoch;
        var candidates = MaskedCount.Below(last, MemoryMarshal.AsBytes(flags), (byte)SampleFlags.Seen, limit, epoch.Threads);
        var wanted = Wanted(epoch, samples.Count, candidates);
        var odds = wanted == 0 ? 1 : (float)((double)candidates / wanted);
        new RangeDraw(float.NegativeInfinity, limit, 1f).Draw(epoch, "repb", last, flags, candidates, wanted, odds, weights);
        if (!WeighByOdds)
        {
            WeighByVisits(epoch, samples[s_visits], flags, weights);
        }
    }

    // Nine tenths: a candidate then comes back after ten epochs on average. Three tenths of the visited below their batch's mean is what is
    // counted on: losses have a long right tail, so it is commonly more than half.
    private const double MostLeftOut = 0.9, SurelyBelow = 0.3;

    /// <summary>
    /// What leaving out at most nine tenths of the candidates saves when three tenths of the visited are below their batch's mean: the first
    /// epochs save less, because few sit out yet. It tends to rho·q / (1 - rho + rho·q) = 0.73 in long runs.
    /// </summary>
    /// <param name="epochs">At least 1.</param>
    /// <param name="drop">The largest share of the samples that may sit out an epoch.</param>
    public double LargestSave(int epochs, double drop = 1)
    {
        var end = EpochContext.PrunedEpochs(Until, epochs);
        double saved = 0, sum = 0;
        for (var e = 1; e < end; e++)
        {
            sum += saved = Math.Min(drop, MostLeftOut * ((SurelyBelow * (1 - saved)) + saved));
        }

        return sum / epochs;
    }

    private int Wanted(in EpochContext epoch, int samples, int candidates)
    {
        if (Save is not { } save)
        {
            return GroupDraw.Kept(candidates, 1 - Rho);
        }

        var drop = samples - new VisitBudget(save, 1, Until).Visits(epoch, samples);
        return candidates - Math.Clamp(drop, 0, (int)(MostLeftOut * candidates));
    }

    private static unsafe void WeighByVisits(in EpochContext epoch, ReadOnlySpan<float> visits, ReadOnlySpan<SampleFlags> flags, Span<float> weights)
    {
        var samples = weights.Length;
        float epochs = epoch.Epoch + 1;
        fixed (float* pinnedVisits = visits, pinnedWeights = weights)
        fixed (SampleFlags* pinnedFlags = flags)
        {
            float* v = pinnedVisits, w = pinnedWeights;
            var f = pinnedFlags;
            Chunks.For(Chunks.Count(samples), epoch.Threads, c =>
            {
                var (start, length) = Chunks.Range(c, samples);
                Weigh(epochs, new(v + start, length), new(f + start, length), new(w + start, length));
            });
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Weigh(float epochs, ReadOnlySpan<float> visits, ReadOnlySpan<SampleFlags> flags, Span<float> weights)
    {
        var i = 0;
        if (!flags.ContainsAnyExcept(SampleFlags.Seen))
        {
            ref var v = ref MemoryMarshal.GetReference(visits);
            ref var w = ref MemoryMarshal.GetReference(weights);
            var numerator = Vector256.Create(epochs);
            for (; i + 8 <= weights.Length; i += 8)
            {
                var weight = numerator / (Vector256.LoadUnsafe(ref v, (nuint)i) + Vector256<float>.One);
                Vector256.AndNot(weight, Vector256.Equals(Vector256.LoadUnsafe(ref w, (nuint)i), Vector256<float>.Zero)).StoreUnsafe(ref w, (nuint)i);
            }
        }

        for (; i < weights.Length; i++)
        {
            if (weights[i] != 0 && flags[i] == SampleFlags.Seen)
            {
                weights[i] = epochs / (visits[i] + 1);
            }
        }
    }
}
