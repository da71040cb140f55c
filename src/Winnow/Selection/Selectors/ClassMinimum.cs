using Winnow.Catalog;

namespace Winnow.Selection;

public static partial class SelectorCatalog
{
    /// <summary>At least so many of each class.</summary>
    public static Method<Func<ISelector, ISelector>> ClassMinimum => new("class-minimum",
        "Keep of each class at least a share of what the same budget for all classes would give it, and choose the rest without regard to classes.",
        "Sorscher et al., Beyond neural scaling laws, NeurIPS 2022 (class balance)",
        [new("share", 0.5, 0, 1, "the share of an equal budget that each class gets at least") { Example = "0.8" }],
        static p =>
        {
            var share = p["share"];
            return inner => new ClassMinimumSelector(inner, share);
        });
}

/// <summary>
/// The order of another selector, but of each class at least min(its size, floor(share·k/classes)) samples of the k that are kept: its first ones in that order.
/// </summary>
/// <param name="Inner">What ranks the samples.</param>
/// <param name="Share">In [0, 1].</param>
public sealed record ClassMinimumSelector(ISelector Inner, double Share = 0.5) : ISelector
{
    /// <summary>What ranks the samples.</summary>
    public ISelector Inner { get; } = Inner is { IsRanked: true }
        ? Inner
        : throw new SelectionException("a minimum for each class is taken from an order by worth, and this selection method has none; take one that ranks, such as top, or share the budget out by +classes.");

    /// <summary>The share of an equal budget that each class gets at least.</summary>
    public double Share { get; } = Share is >= 0 and <= 1 ? Share : throw new ArgumentOutOfRangeException(nameof(Share), Share, "the share is in [0, 1].");

    /// <inheritdoc/>
    public SelectionNeeds Needs => Inner.Needs | SelectionNeeds.Labels;

    /// <inheritdoc/>
    public bool IsRanked => false;

    /// <inheritdoc/>
    public SampleSelection Select(SelectionInput input, int keep)
    {
        var all = Ranking(input);
        var labels = input.Labels.Span;
        var (taken, of, classes, left) = (new bool[input.Count], new int[input.Classes], 0, keep);
        foreach (var label in labels)
        {
            classes += of[label]++ == 0 ? 1 : 0;
        }

        Array.Clear(of);
        var minimum = classes == 0 ? 0 : (int)Math.Floor(Share * keep / classes);
        foreach (var id in all.Order)
        {
            if (of[labels[id]] < minimum)
            {
                of[labels[id]]++;
                taken[id] = true;
                left--;
            }
        }

        foreach (var id in all.Order)
        {
            if (left > 0 && !taken[id])
            {
                taken[id] = true;
                left--;
            }
        }

        int[] ids = [.. Enumerable.Range(0, input.Count).Where(id => taken[id])];
        return new(ids);
    }

    private SampleSelection Ranking(SelectionInput input)
    {
        try
        {
            return Inner.Select(input, input.Count);
        }
        catch (SelectionException error)
        {
            throw new SelectionException($"a minimum for each class is taken from an order of all samples: {error.Message}");
        }
    }
}
