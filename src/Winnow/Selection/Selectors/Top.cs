using Winnow.Catalog;
using Winnow.Numerics;

namespace Winnow.Selection;

public static partial class SelectorCatalog
{
    /// <summary>The hardest samples.</summary>
    public static Method<ISelector> Top => new("top",
        "Keep the samples with the highest scores, the hardest.",
        "Paul et al., Deep Learning on a Data Diet, NeurIPS 2021",
        [],
        static _ => new TopSelector());

    /// <summary>The easiest samples.</summary>
    public static Method<ISelector> Bottom => new("bottom",
        "Keep the samples with the lowest scores, the easiest: what may help where there are few samples or many wrong labels.",
        "Sorscher et al., Beyond neural scaling laws, NeurIPS 2022",
        [],
        static _ => new TopSelector { Easiest = true });
}

/// <summary>The samples with the highest scores, of equal ones those with the smaller ids; in that order.</summary>
public sealed record TopSelector : ISelector
{
    /// <summary>Whether the lowest scores are kept in place of the highest.</summary>
    public bool Easiest { get; init; }

    /// <inheritdoc/>
    public SelectionNeeds Needs => SelectionNeeds.Scores;

    /// <inheritdoc/>
    public bool IsRanked => true;

    /// <inheritdoc/>
    public SampleSelection Select(SelectionInput input, int keep)
    {
        var keys = new ScoreKeys(input.Scores, !Easiest);
        var order = keys.Sort(GroupedKeys.Ids(GroupedKeys.Smallest(input.Count, keys, [keep], input.Threads, input.Stop)));
        return new(order) { Scores = ScoreKeys.Of(input.Scores, order) };
    }
}
