using Winnow.Catalog;
using Winnow.Numerics;
using Winnow.Selection.Allocation;

namespace Winnow.Selection;

public static partial class SelectorCatalog
{
    /// <summary>Samples of every difficulty.</summary>
    public static Method<ISelector> Stratified => new("stratified",
        "Divide the range of the scores into strata of equal width and draw as many samples from each, as far as it has so many.",
        "Zheng et al., Coverage-centric Coreset Selection, ICLR 2023, without its cut-off",
        [Strata],
        static p => new StratifiedSelector { Strata = (int)p["strata"] });

    /// <summary>Samples of every difficulty but the very hardest.</summary>
    public static Method<ISelector> Ccs => new("ccs",
        "Leave out the hardest samples, which may be wrong labels, then draw as many samples from each stratum of the scores, as far as it has so many.",
        "Zheng et al., Coverage-centric Coreset Selection, ICLR 2023",
        [
            new("cutoff", 0.1, 0, 1, "the share of all samples that is left out for being the hardest") { MaxOpen = true, Example = "0.3" },
            Strata,
        ],
        static p => new StratifiedSelector { Cutoff = p["cutoff"], Strata = (int)p["strata"] });

    private static Parameter Strata => new("strata", 50, 1, 65536, "into how many strata of equal width the scores are divided") { Integer = true, Example = "20" };
}

/// <summary>
/// Coverage-centric selection: the floor(cutoff·n) samples that are most suspicious are left out; the range of the others' scores is divided into strata of equal width, the
/// last one closed on both sides; the budget is shared out by <see cref="WaterFilling"/>, and from each stratum its share is drawn, every choice equally likely.
/// </summary>
/// <remarks>
/// The reference widens the range by a factor of 1.0001, which loses the highest scores where they are negative, draws without a seed, and truncates the budget. The paper's
/// cut-offs for keeping 70, 50, 30, 20 and 10 %: CIFAR-10 0, 0, 0.1, 0.1, 0.3; CIFAR-100 0.1, 0.2, 0.2, 0.4, 0.5; ImageNet 0, 0.1, 0.2, 0.2, 0.3.
/// </remarks>
public sealed record StratifiedSelector : ISelector
{
    /// <summary>The share of all samples that is left out first, in [0, 1).</summary>
    public double Cutoff
    {
        get;
        init => field = value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "the share that is cut off is in [0, 1).");
    }

    /// <summary>How many strata, in [1, 65536].</summary>
    public int Strata
    {
        get;
        init => field = value is >= 1 and <= 65536 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "the number of strata is in [1, 65536].");
    }

    = 50;

    /// <inheritdoc/>
    public SelectionNeeds Needs => SelectionNeeds.Scores;

    /// <inheritdoc/>
    public bool IsRanked => false;

    /// <inheritdoc/>
    public SampleSelection Select(SelectionInput input, int keep)
    {
        var left = MostSuspicious.Of(input, Cutoff, keep);
        var strata = StrataKeys.Of(input, left, Strata, Rng.Derive(input.Seed, 0, "select/strata"));
        var shares = WaterFilling.Share(strata.Sizes, keep);
        var ids = GroupedKeys.Ids(GroupedKeys.Smallest(input.Count, strata, shares, input.Threads, input.Stop));
        return new(ids) { Scores = ScoreKeys.Of(input.Scores, ids) };
    }
}
