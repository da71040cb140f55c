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
            new("until", 0.875, 0, 1, "the share of the epochs after which nothing is pruned") { Example = "0.8" },
            Parameter.Choice("rule", "the weights' rule: exact is unbiased, reference repeats the published program", "exact", "reference"),
        ],
        static p =>
        {
            if (p.Choice("rule") == "exact") return new InfoBatchPolicy { Keep = p["keep"], Until = p["until"] };
            if (p["keep"] < 0.1)
                throw new MethodSpecException($"keep={p["keep"]} is outside [0.1, 1] for rule=reference in \"{p.Place}\"; " +
                    "the published program silently raises smaller values to 0.1, so write keep=0.1 or use rule=exact");
            return new InfoBatchReferencePolicy { Keep = p["keep"], Until = p["until"] };
        });
}

/// <summary>
/// InfoBatch's mean rule (Qin et al., ICLR 2024, section 3) with exact weights: of the n samples whose last loss is strictly below the
/// mean over seen, finite losses, exactly m = max(1, round(keep·n)) are visited with weight n/m; all others with weight 1. Epoch 0 and
/// the epochs from floor(until·C) on are full with weight 1. Never-seen and non-finite samples are always visited with weight 1.
/// </summary>
public sealed record InfoBatchPolicy : IPruningPolicy
{
    static readonly Column[] s_columns = [Column.Loss];

    /// <summary>The share kept of the samples below the mean, in (0, 1].</summary>
    public double Keep { get; init => field = Ranges.Kept(value); } = 0.5;

    /// <summary>The share of epochs after which nothing is pruned, in [0, 1].</summary>
    public double Until { get; init => field = Ranges.Epochs(value); } = 0.875;

    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns => s_columns;

    /// <inheritdoc/>
    public bool NeedsLosses => true;

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
            if (count > 0)
            {
                new GroupDraw([LossLimit.AtLeast(mean)], [Keep], Exact: true).Draw(epoch, "infobatch", losses, flags, weights);
                return;
            }
        }
        weights.Fill(1f);
    }
}
