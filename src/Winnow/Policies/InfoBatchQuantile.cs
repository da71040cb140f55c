using System.Runtime.InteropServices;
using Winnow.Catalog;
using Winnow.Numerics;
using Winnow.Samples;

namespace Winnow.Policies;

public static partial class PolicyCatalog
{
    /// <summary>Prune by percentiles of the loss.</summary>
    public static Method<IPruningPolicy> InfoBatchQuantile => new("infobatch-quantile",
        "Drop at random within the lowest and the middle part of the losses by percentile; the saving doesn't depend on the losses' shape.",
        "Qin et al., InfoBatch, ICLR 2024: the two-percentile version",
        [
            new("low", 20, 0, 100, "the percentile up to which losses count as low") { MinOpen = true, MaxOpen = true, Example = "30" },
            new("high", 85, 0, 100, "the percentile above which every sample is kept") { MinOpen = true, Example = "80" },
            new("keep-low", 0.25, 0, 1, "the share kept of the low part") { MinOpen = true, Example = "0.4" },
            new("keep-mid", 0.5, 0, 1, "the share kept between the two percentiles") { MinOpen = true, Example = "0.7" },
            Parameter.Save,
            new("until", 0.875, 0, 1, "the share of the epochs after which nothing is pruned") { Example = "0.8" },
        ],
        static p =>
        {
            p.Excludes("save", "keep-low", "keep-mid");
            if (p["low"] >= p["high"])
            {
                throw new MethodSpecException($"low={p.Text("low")} is not below high={p.Text("high")} in \"{p.Place}\"; " +
                    "low and high are percentiles that bound the middle part, e.g. low=20,high=85");
            }

            return new InfoBatchQuantilePolicy
            {
                Low = p["low"],
                High = p["high"],
                KeepLow = p["keep-low"],
                KeepMid = p["keep-mid"],
                Save = p.Maybe("save"),
                Until = p["until"],
            };
        });
}

/// <summary>
/// InfoBatch's percentile rule: of the seen, finite samples, those at or below the low percentile of their losses are kept with share
/// <see cref="KeepLow"/>, those above it and at or below the high percentile with share <see cref="KeepMid"/>, the rest always. In each
/// part exactly m = max(1, round(keep·n)) of n, weight n/m. Percentiles interpolate linearly as NumPy's do. Epoch 0 and the epochs from
/// floor(until·C) on are full. When no loss is above the low percentile (all equal, say) nothing is pruned.
/// </summary>
/// <remarks>
/// With <see cref="Save"/> the two shares dropped keep their proportion, 3 to 2 by default, and grow or shrink together until the epoch
/// visits what its budget says; at most nine tenths of a part are dropped.
/// </remarks>
public sealed record InfoBatchQuantilePolicy : IPruningPolicy
{
    private static readonly Column[] s_columns = [Column.Loss];

    /// <summary>The percentile up to which losses count as low, in (0, 100), below <see cref="High"/>.</summary>
    public double Low { get; init => field = Ranges.Percentile(value); } = 20;

    /// <summary>The percentile above which every sample is kept, in (0, 100].</summary>
    public double High { get; init => field = Ranges.Percentile(value); } = 85;

    /// <summary>The share kept of the low part, in (0, 1].</summary>
    public double KeepLow { get; init => field = Ranges.Kept(value); } = 0.25;

    /// <summary>The share kept between the percentiles, in (0, 1].</summary>
    public double KeepMid { get; init => field = Ranges.Kept(value); } = 0.5;

    /// <inheritdoc/>
    public double? Save { get; init => field = Ranges.Saved(value); }

    /// <summary>The share of epochs after which nothing is pruned, in [0, 1].</summary>
    public double Until { get; init => field = Ranges.Epochs(value); } = 0.875;

    /// <summary>The canonical spec.</summary>
    public override string ToString() => PolicyCatalog.InfoBatchQuantile.SpecOf(("low", Low), ("high", High), ("keep-low", KeepLow), ("keep-mid", KeepMid), ("save", Save), ("until", Until));

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
        if (Low >= High)
        {
            throw new InvalidOperationException(FormattableString.Invariant($"Low = {Low} isn't below High = {High}; they bound the middle part, e.g. 20 and 85"));
        }

        ReadOnlySpan<SampleFlags> flags = samples.Flags;
        ReadOnlySpan<float> losses = samples[Column.Loss];
        if (epoch.Epoch > 0 && !epoch.IsAnnealing(Until))
        {
            Span<double> thresholds = [Low, High];
            var seen = Percentiles.Of(losses, MemoryMarshal.AsBytes(flags), (byte)SampleFlags.Seen, thresholds, epoch.Threads);
            double[] keeps = [KeepLow, KeepMid];
            if (seen > 0 && (Save is null || Steer(epoch, samples.Count, seen, keeps)))
            {
                float[] limits = [LossLimit.Above(thresholds[0]), LossLimit.Above(thresholds[1])];
                new GroupDraw(limits, keeps, Exact: true).Draw(epoch, "infobatch-quantile", losses, flags, weights);
                return;
            }
        }

        weights.Fill(1f);
    }

    /// <inheritdoc/>
    public double LargestSave(int epochs, double drop = 1) => VisitBudget.Largest(epochs, 1, Until, Math.Min(drop, (1 - SmallestKeep) * High / 100));

    private const double SmallestKeep = 0.1;

    // Sets the two shares kept so that the epoch visits what its budget says; false when nothing is to be dropped.
    private bool Steer(in EpochContext epoch, int samples, int seen, double[] keeps)
    {
        var drop = (samples - new VisitBudget(Save!.Value, 1, Until).Visits(epoch, samples)) / (double)seen;
        if (drop <= 0)
        {
            return false;
        }

        const double Most = 1 - SmallestKeep;
        double low = Low / 100, mid = (High - Low) / 100;
        // Where neither is asked to drop anything there is no proportion to keep: both alike.
        double dropLow = 1 - KeepLow, dropMid = 1 - KeepMid;
        if (dropLow + dropMid == 0)
        {
            (dropLow, dropMid) = (1, 1);
        }

        var scale = drop / ((low * dropLow) + (mid * dropMid));
        (dropLow, dropMid) = (dropLow * scale, dropMid * scale);
        if (dropLow > Most)
        {
            (dropLow, dropMid) = (Most, (drop - (low * Most)) / mid);
        }
        else if (dropMid > Most)
        {
            (dropLow, dropMid) = ((drop - (mid * Most)) / low, Most);
        }

        (keeps[0], keeps[1]) = (1 - Math.Min(dropLow, Most), 1 - Math.Min(dropMid, Most));
        return true;
    }
}
