using System.Runtime.InteropServices;
using Winnow.Catalog;
using Winnow.Numerics;
using Winnow.Samples;

namespace Winnow.Policies;

public static partial class PolicyCatalog
{
    /// <summary>Drop below-mean losses at random.</summary>
    public static Method<IPruningPolicy> InfoBatch => new("infobatch",
        "Drop samples with below-mean loss at random; weigh the survivors so that the expected gradient is unchanged.",
        "Qin et al., InfoBatch: Lossless Training Speed Up by Unbiased Dynamic Data Pruning, ICLR 2024",
        [
            new("keep", 0.5, 0, 1, "the share kept of the samples below the mean") { MinOpen = true, Example = "0.7" },
            Parameter.Save,
            new("until", 0.875, 0, 1, "the share of the epochs after which nothing is pruned") { Example = "0.8" },
            Parameter.Choice("rule", "the weights' rule: exact is unbiased, reference repeats the published program", "exact", "reference"),
        ],
        static p =>
        {
            p.Excludes("save", "keep");
            if (p.Choice("rule") == "exact")
            {
                return new InfoBatchPolicy { Keep = p["keep"], Save = p.Maybe("save"), Until = p["until"] };
            }

            if (p.Maybe("save") is not null)
            {
                throw new MethodSpecException($"save can't be asked of rule=reference in \"{p.Place}\": the published program has no such control; use rule=exact");
            }

            if (p["keep"] < 0.1)
            {
                throw new MethodSpecException($"keep={p.Text("keep")} is outside [0.1, 1] for rule=reference in \"{p.Place}\"; " +
                    "the published program silently raises smaller values to 0.1, so write keep=0.1 or use rule=exact");
            }

            return new InfoBatchReferencePolicy { Keep = p["keep"], Until = p["until"] };
        });
}

/// <summary>
/// InfoBatch's mean rule (Qin et al., ICLR 2024, section 3) with exact weights: of the n samples whose last loss is strictly below the
/// mean over seen, finite losses, exactly m = max(1, round(keep·n)) are visited with weight n/m; all others with weight 1. Epoch 0 and
/// the epochs from floor(until·C) on are full with weight 1. Never-seen and non-finite samples are always visited with weight 1.
/// </summary>
/// <remarks>
/// With <see cref="Save"/> the share kept follows from the visits that the epoch may use and the number of samples below the mean. Where
/// fewer than three tenths of those would be kept, the limit rises above the mean, to the loss below which keeping three tenths is enough.
/// </remarks>
public sealed record InfoBatchPolicy : IPruningPolicy
{
    private static readonly Column[] s_columns = [Column.Loss];

    /// <summary>The share kept of the samples below the mean, in (0, 1].</summary>
    public double Keep { get; init => field = Ranges.Kept(value); } = 0.5;

    /// <inheritdoc/>
    public double? Save { get; init => field = Ranges.Saved(value); }

    /// <summary>The share of epochs after which nothing is pruned, in [0, 1].</summary>
    public double Until { get; init => field = Ranges.Epochs(value); } = 0.875;

    /// <summary>The canonical spec.</summary>
    public override string ToString() => PolicyCatalog.InfoBatch.SpecOf(("keep", Keep), ("save", Save), ("until", Until));

    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns => s_columns;

    /// <inheritdoc/>
    public IReadOnlyList<Signal> Needs => [Signal.Loss];

    /// <inheritdoc/>
    public void Observe(SampleTable samples, in BatchSignals batch) => LastLoss.Store(samples[Column.Loss], batch);

    /// <inheritdoc/>
    public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ReadOnlySpan<SampleFlags> flags = samples.Flags;
        ReadOnlySpan<float> losses = samples[Column.Loss];
        if (epoch.Epoch > 0 && !epoch.IsAnnealing(Until))
        {
            var (mean, count) = MaskedMean.Of(losses, MemoryMarshal.AsBytes(flags), (byte)SampleFlags.Seen, epoch.Threads);
            var limit = LossLimit.AtLeast(mean);
            var keep = count == 0 ? 1 : Save is null ? Keep : Steer(epoch, losses, flags, count, ref limit);
            if (keep < 1)
            {
                new GroupDraw([limit], [keep], Exact: true).Draw(epoch, "infobatch", losses, flags, weights);
                return;
            }
        }

        weights.Fill(1f);
    }

    /// <inheritdoc/>
    public double LargestSave(int epochs, double drop = 1) => VisitBudget.Largest(epochs, 1, Until, Math.Min(drop, LargestDrop));

    // A survivor stands for 3.3 samples at most. The published program allows 10, which costs more accuracy the more is asked to be saved:
    // see the method's card. Of all samples at most this share is dropped in an epoch, so that some losses stay above every limit.
    private const double SmallestKeep = 0.3, LargestDrop = 0.69;

    // The share to keep below the limit so that the epoch visits what its budget says; raises the limit where that is too little.
    private double Steer(in EpochContext epoch, ReadOnlySpan<float> losses, ReadOnlySpan<SampleFlags> flags, int seen, ref float limit)
    {
        var drop = losses.Length - new VisitBudget(Save!.Value, 1, Until).Visits(epoch, losses.Length);
        if (drop <= 0)
        {
            return 1;
        }

        var states = MemoryMarshal.AsBytes(flags);
        var below = MaskedCount.Below(losses, states, (byte)SampleFlags.Seen, limit, epoch.Threads);
        var needed = (int)Math.Min(seen, Math.Ceiling(drop / (1 - SmallestKeep)));
        if (needed > below)
        {
            var last = Percentiles.AtRank(losses, states, (byte)SampleFlags.Seen, needed - 1, epoch.Threads);
            limit = LossLimit.Above(last);
            below = MaskedCount.Below(losses, states, (byte)SampleFlags.Seen, limit, epoch.Threads);
            if (below == seen)
            {
                // That was the largest loss. A limit above every loss would tell nothing apart: the largest stay above it.
                limit = last;
                below = MaskedCount.Below(losses, states, (byte)SampleFlags.Seen, limit, epoch.Threads);
            }
        }

        if (below == 0)
        {
            return 1;
        }
        // The next epochs make good what this one may not drop.
        return Math.Max(below - drop, GroupDraw.Kept(below, SmallestKeep)) / (double)below;
    }
}
