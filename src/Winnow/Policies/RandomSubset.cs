using Winnow.Catalog;
using Winnow.Samples;

namespace Winnow.Policies;

public static partial class PolicyCatalog
{
    /// <summary>A new random subset each epoch.</summary>
    public static Method<IPruningPolicy> Random => new("random",
        "Visit a new random subset of the samples in each epoch, all with weight 1.",
        "baseline; Okanovic et al., Repeated Random Sampling (RS2), ICLR 2024",
        [
            new("keep", 0.5, 0, 1, "the share of the samples visited in an epoch") { MinOpen = true, Example = "0.7" },
            Parameter.Save,
            new("until", 1, 0, 1, "the share of the epochs after which nothing is pruned") { Example = "0.875" },
        ],
        static p =>
        {
            p.Excludes("save", "keep");
            return new RandomSubsetPolicy { Keep = p["keep"], Save = p.Maybe("save"), Until = p["until"] };
        });
}

/// <summary>
/// A new uniformly random subset of exactly max(1, round(keep·N)) samples each epoch, drawn without replacement, weight 1. Epochs from
/// floor(until·C) on are full. It looks at no losses, so it prunes from the first epoch on.
/// </summary>
public sealed record RandomSubsetPolicy : IPruningPolicy
{
    /// <summary>The share of samples visited in an epoch, in (0, 1].</summary>
    public double Keep { get; init => field = Ranges.Kept(value); } = 0.5;

    /// <inheritdoc/>
    public double? Save { get; init => field = Ranges.Saved(value); }

    /// <summary>The share of epochs after which nothing is pruned, in [0, 1].</summary>
    public double Until { get; init => field = Ranges.Epochs(value); } = 1;

    /// <summary>The canonical spec.</summary>
    public override string ToString() => PolicyCatalog.Random.SpecOf(("keep", Keep), ("save", Save), ("until", Until));

    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns => [];

    /// <inheritdoc/>
    public IReadOnlyList<Signal> Needs => [];

    /// <inheritdoc/>
    public void Observe(SampleTable samples, in BatchSignals batch) { }

    /// <inheritdoc/>
    public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
    {
        if (epoch.IsAnnealing(Until))
        {
            weights.Fill(1f);
        }
        else
        {
            GroupDraw.DrawOfAll(epoch, "random", Visits(epoch, weights.Length), weights);
        }
    }

    /// <inheritdoc/>
    public double LargestSave(int epochs, double drop = 1) => VisitBudget.Largest(epochs, 0, Until, Math.Min(drop, 0.999));

    private int Visits(in EpochContext epoch, int samples) =>
        Save is { } save ? new VisitBudget(save, 0, Until).Visits(epoch, samples) : GroupDraw.Kept(samples, Keep);
}
