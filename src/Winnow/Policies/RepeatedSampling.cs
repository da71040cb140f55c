using Winnow.Catalog;
using Winnow.Numerics;
using Winnow.Samples;

namespace Winnow.Policies;

public static partial class PolicyCatalog
{
    /// <summary>Passes over the data in small rounds.</summary>
    public static Method<IPruningPolicy> Rs2 => new("rs2",
        "Walk through the shuffled samples, a share of them each epoch: no sample comes again before all others came.",
        "Okanovic et al., Repeated Random Sampling for Minimizing the Time-to-Accuracy of Learning (RS2), ICLR 2024",
        [
            new("keep", 0.5, 0, 1, "the share of the samples visited in an epoch") { MinOpen = true, Example = "0.1" },
            Parameter.Save,
            Parameter.Choice("replacement", "whether a sample may come again before all others came: with draws each epoch anew", "without", "with"),
            Parameter.Choice("stratified", "whether every epoch holds each class in proportion; needs labels", "no", "yes"),
            new("until", 1, 0, 1, "the share of the epochs after which nothing is pruned") { Example = "0.875" },
        ],
        static p =>
        {
            p.Excludes("save", "keep");
            return new RepeatedSamplingPolicy
            {
                Keep = p["keep"],
                Save = p.Maybe("save"),
                Replacement = p.Choice("replacement") == "with",
                Stratified = p.Choice("stratified") == "yes",
                Until = p["until"],
            };
        });
}

/// <summary>
/// RS2 (Okanovic et al., ICLR 2024): exactly k = max(1, round(keep·N)) samples an epoch, weight 1, no losses looked at. Without
/// replacement, the default, epochs walk through one permutation after another in blocks of k (<see cref="BlockWalk"/>): each sample is
/// visited once in each pass and at most once in an epoch, and visits never differ by more than one. With replacement each epoch is a
/// draw of its own. Stratified, the same happens in each class with a fixed quota. Epochs from floor(until·C) on are full.
/// </summary>
/// <remarks>
/// With <see cref="Save"/> the walk's k is the same in every epoch, round of the equal share of the run's budget, so that an epoch's block
/// follows from its number alone; the saving is met within half a sample an epoch. With replacement it is steered and met to the sample.
/// </remarks>
public sealed record RepeatedSamplingPolicy : IPruningPolicy
{
    /// <summary>The share of samples visited in an epoch, in (0, 1].</summary>
    public double Keep { get; init => field = Ranges.Kept(value); } = 0.5;

    /// <inheritdoc/>
    public double? Save { get; init => field = Ranges.Saved(value); }

    /// <summary>Whether each epoch is drawn anew, so that a sample may come again before all others came.</summary>
    public bool Replacement { get; init; }

    /// <summary>Whether each class has a fixed share of every epoch.</summary>
    public bool Stratified { get; init; }

    /// <summary>The share of epochs after which nothing is pruned, in [0, 1].</summary>
    public double Until { get; init => field = Ranges.Epochs(value); } = 1;

    /// <summary>The canonical spec.</summary>
    public override string ToString() => PolicyCatalog.Rs2.SpecOf(("keep", Keep), ("save", Save), ("replacement", Replacement ? 1 : 0), ("stratified", Stratified ? 1 : 0), ("until", Until));

    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns => [];

    /// <inheritdoc/>
    public IReadOnlyList<Signal> Needs => [];

    /// <inheritdoc/>
    public bool NeedsLabels => Stratified;

    /// <inheritdoc/>
    public void Observe(SampleTable samples, in BatchSignals batch) { }

    /// <inheritdoc/>
    public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
    {
        ArgumentNullException.ThrowIfNull(samples);
        if (weights.IsEmpty || epoch.IsAnnealing(Until))
        {
            weights.Fill(1f);
            return;
        }

        var visits = Visits(epoch, weights.Length);
        if (!Stratified)
        {
            Visit(epoch, "rs2", visits, weights);
        }
        else if (samples.Labels.IsEmpty)
        {
            throw new InvalidOperationException("rs2:stratified=yes looks at the samples' classes and the table has no labels; give one a sample");
        }
        else
        {
            VisitClasses(epoch, samples, visits, weights);
        }
    }

    /// <inheritdoc/>
    public double LargestSave(int epochs, double drop = 1) => VisitBudget.Largest(epochs, 0, Until, Math.Min(drop, 0.999));

    private int Visits(in EpochContext epoch, int samples)
    {
        if (Save is not { } save)
        {
            return GroupDraw.Kept(samples, Keep);
        }

        var budget = new VisitBudget(save, 0, Until);
        // As of the first epoch, whatever was planned since: the walk's blocks are all of one size.
        return budget.Visits(Replacement ? epoch : epoch with { Epoch = 0, PlannedVisits = 0 }, samples);
    }

    private void Visit(in EpochContext epoch, string stream, int visits, Span<float> weights)
    {
        if (Replacement)
        {
            GroupDraw.DrawOfAll(epoch, stream, visits, weights);
        }
        else
        {
            BlockWalk.Round(epoch.Seed, stream, epoch.Epoch, visits, weights, epoch.Threads);
        }
    }

    private void VisitClasses(in EpochContext epoch, SampleTable samples, int visits, Span<float> weights)
    {
        using var classes = new ClassLists(samples.Labels, samples.Classes);
        var quotas = Quotas.Of(visits, classes.Sizes);
        // Classes are many and small: the threads share classes, not the samples of one.
        var alone = epoch with { Threads = 1 };
        Chunks.For(quotas.Length, epoch.Threads, c =>
        {
            var members = classes.WeightsOf(c);
            if (quotas[c] == 0)
            {
                members.Clear();
            }
            else
            {
                Visit(alone, $"rs2/{c}", quotas[c], members);
            }
        });
        classes.Scatter(weights);
    }
}
