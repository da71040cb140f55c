using Winnow.Networks.Masks;

namespace Winnow.Networks.Budgets;

/// <summary>
/// Shares out to layers how many elements are kept. A pure function of shapes and scores. <see cref="BudgetExtensions"/> is the door: it checks what goes in and that exactly what was asked for comes
/// out.
/// </summary>
public interface IBudget
{
    /// <summary>Whether the layers' shares depend on scores. Which elements fill a share depends on them in any case.</summary>
    bool NeedsScores { get; }

    /// <summary>Whether it says by itself how many elements are kept in all, so that none can be asked for.</summary>
    bool SetsDensity { get; }

    /// <summary>How many elements of each layer are kept.</summary>
    /// <param name="layers">At least one, of different names, with scores where they are needed.</param>
    /// <param name="keep">How many in all, at most those available; 0 where the budget sets it.</param>
    /// <returns>One number a layer, at most those available; unless the budget sets the total, they add up to <paramref name="keep"/>.</returns>
    /// <exception cref="NetworkPruningException">The budget can't be met: the message says what can.</exception>
    long[] Share(IReadOnlyList<BudgetLayer> layers, long keep);

    /// <summary>Which elements are kept: unless a budget has a rule of its own, in each layer those with the largest scores, of equal ones those with the lowest index.</summary>
    /// <param name="layers">With scores.</param>
    /// <param name="counts">What <see cref="Share"/> said.</param>
    MaskSet Select(IReadOnlyList<BudgetLayer> layers, long[] counts) => LargestScores.Of(layers, counts);
}
