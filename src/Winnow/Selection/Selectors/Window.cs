using Winnow.Catalog;
using Winnow.Numerics;

namespace Winnow.Selection;

public static partial class SelectorCatalog
{
    /// <summary>The hardest samples behind the very hardest.</summary>
    public static Method<ISelector> Window => new("window",
        "Leave out a share of the samples at one end of the scores, which may be wrong labels, and keep those that come next.",
        "Paul et al., Deep Learning on a Data Diet, NeurIPS 2021 (offset)",
        [
            new("skip", 0.1, 0, 1, "the share of all samples that is left out at that end") { MaxOpen = true, Example = "0.05" },
            Parameter.Choice("from", "the end of the scores where the window begins", "hardest", "easiest"),
        ],
        static p => new WindowSelector { Skip = p["skip"], FromEasiest = p.Choice("from") == "easiest" });

    /// <summary>Samples of middling difficulty.</summary>
    public static Method<ISelector> Middle => new("middle",
        "Keep the samples whose scores are in the middle, as many left out at either end.",
        "Xia et al., Moderate Coreset, ICLR 2023",
        [],
        static _ => new MiddleSelector());
}

/// <summary>The samples behind the first so many in the order of their scores; in that order.</summary>
public sealed record WindowSelector : ISelector
{
    /// <summary>The share of all samples that is left out, in [0, 1): round(skip·n) of n, halves to the even number.</summary>
    public double Skip
    {
        get;
        init => field = value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "the share that is left out is in [0, 1).");
    }

    = 0.1;

    /// <summary>Whether the order begins with the lowest scores.</summary>
    public bool FromEasiest { get; init; }

    /// <inheritdoc/>
    public SelectionNeeds Needs => SelectionNeeds.Scores;

    /// <inheritdoc/>
    public bool IsRanked => true;

    /// <inheritdoc/>
    public SampleSelection Select(SelectionInput input, int keep)
    {
        var skip = KeepBudget.Share(Skip).Of(input.Count);
        return skip + (long)keep <= input.Count
            ? Between(input, skip, keep, !FromEasiest)
            : throw new SelectionException(FormattableString.Invariant($"skip={Skip} leaves {input.Count - skip} of {input.Count} samples, and {keep} are to be kept; keep fewer, or skip fewer."));
    }

    /// <summary>So many samples behind the first so many.</summary>
    internal static SampleSelection Between(SelectionInput input, int skip, int keep, bool hardest)
    {
        var keys = new ScoreKeys(input.Scores, hardest);
        var before = GroupedKeys.Smallest(input.Count, keys, [skip], input.Threads, input.Stop);
        var until = GroupedKeys.Smallest(input.Count, keys, [skip + keep], input.Threads, input.Stop);
        for (var w = 0; w < until.Length; w++)
        {
            until[w] &= ~before[w];
        }

        var order = keys.Sort(GroupedKeys.Ids(until));
        return new(order) { Scores = ScoreKeys.Of(input.Scores, order) };
    }
}

/// <summary>
/// The middle of the samples in the order of their scores, easiest first: behind the first round(n·(1/2 − f/2)), f being the share that is kept, as in the reference.
/// </summary>
public sealed record MiddleSelector : ISelector
{
    /// <inheritdoc/>
    public SelectionNeeds Needs => SelectionNeeds.Scores;

    /// <inheritdoc/>
    public bool IsRanked => false;

    /// <inheritdoc/>
    public SampleSelection Select(SelectionInput input, int keep)
    {
        var skip = (int)Math.Round((input.Count - keep) / 2.0, MidpointRounding.ToEven);
        var chosen = WindowSelector.Between(input, skip, keep, hardest: false);
        var ids = chosen.Order;
        Array.Sort(ids);
        return new(ids) { Scores = ScoreKeys.Of(input.Scores, ids) };
    }
}
