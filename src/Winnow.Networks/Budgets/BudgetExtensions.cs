using Winnow.Networks.Masks;

namespace Winnow.Networks.Budgets;

/// <summary>The door to all budgets: what goes in is checked here once, and so is what comes out.</summary>
public static class BudgetExtensions
{
    /// <summary>How many of the elements of some layers a density means: round(density · elements), and at least 1 of a density above 0.</summary>
    /// <param name="layers">The layers; also what is pruned already counts.</param>
    /// <param name="density">The kept share of all elements, in [0, 1].</param>
    /// <exception cref="NetworkPruningException">The density is outside [0, 1].</exception>
    public static long Kept(IReadOnlyList<BudgetLayer> layers, double density)
    {
        ArgumentNullException.ThrowIfNull(layers);
        if (density is not (>= 0 and <= 1))
        {
            throw new NetworkPruningException(FormattableString.Invariant($"the density {density} is not in [0, 1]; it is the kept share of all elements."));
        }

        var all = layers.Sum(static layer => layer.Count);
        return density == 0 || all == 0 ? 0 : Math.Clamp((long)Math.Round(density * all, MidpointRounding.AwayFromZero), 1, all);
    }

    /// <summary>How many elements of each layer are kept.</summary>
    /// <param name="budget">The budget.</param>
    /// <param name="layers">At least one, of different names; with scores where the budget needs them.</param>
    /// <param name="keep">How many in all; null where the budget sets it.</param>
    /// <returns>One number a layer; where the total was asked for, they add up to it exactly.</returns>
    /// <exception cref="NetworkPruningException">The layers are none, have no scores where they are needed, or the budget can't be met.</exception>
    public static long[] Counts(this IBudget budget, IReadOnlyList<BudgetLayer> layers, long? keep = null)
    {
        ArgumentNullException.ThrowIfNull(budget);
        return Checked(budget, layers, budget.NeedsScores, keep);
    }

    /// <summary>Which elements are kept.</summary>
    /// <param name="budget">The budget.</param>
    /// <param name="layers">At least one, of different names, with scores.</param>
    /// <param name="keep">How many in all; null where the budget sets it.</param>
    /// <returns>A mask a layer, in their order; what isn't alive is in none.</returns>
    /// <exception cref="NetworkPruningException">As <see cref="Counts"/>, or a layer has no scores.</exception>
    public static MaskSet Choose(this IBudget budget, IReadOnlyList<BudgetLayer> layers, long? keep = null)
    {
        ArgumentNullException.ThrowIfNull(budget);
        return budget.Select(layers, Checked(budget, layers, scores: true, keep));
    }

    private static long[] Checked(IBudget budget, IReadOnlyList<BudgetLayer> layers, bool scores, long? keep)
    {
        ArgumentNullException.ThrowIfNull(layers);
        Check(budget, layers, scores, keep);
        var counts = budget.Share(layers, keep ?? 0);
        for (var l = 0; l < layers.Count; l++)
        {
            if (counts[l] < 0 || counts[l] > layers[l].Available)
            {
                throw new NetworkPruningException($"{budget} gives {counts[l]} of {layers[l].Available} elements to {layers[l].Name}; the budget is wrong.");
            }
        }

        return keep is null || counts.Sum() == keep ? counts
            : throw new NetworkPruningException($"{budget} shares out {counts.Sum()} elements, and {keep} were asked for; the budget is wrong.");
    }

    private static void Check(IBudget budget, IReadOnlyList<BudgetLayer> layers, bool scores, long? keep)
    {
        if (layers.Count == 0)
        {
            throw new NetworkPruningException("there are no layers to share a budget out to; give at least one.");
        }

        if (layers.GroupBy(static layer => layer.Name).FirstOrDefault(static group => group.Count() > 1) is { } twice)
        {
            throw new NetworkPruningException($"the layer {twice.Key} is there twice; give each once.");
        }

        if (scores && layers.FirstOrDefault(static layer => layer.Scores.Length != layer.Count) is { } bare)
        {
            throw new NetworkPruningException($"{bare.Name} has no scores, which {budget} needs; score the layers first.");
        }

        if (budget.SetsDensity != keep is null)
        {
            throw new NetworkPruningException(keep is null
                ? $"{budget} has to be told how many elements are to be kept; give a number or a density."
                : $"{budget} says by itself how many elements are kept, and {keep} were asked for; leave the number out, or take another budget.");
        }

        var available = layers.Sum(static layer => layer.Available);
        if (keep < 0 || keep > available)
        {
            throw new NetworkPruningException($"{keep} elements can't be kept of {available} that may be; ask for 0 to {available}, or let pruned ones be kept again first.");
        }
    }
}
