using Winnow.Catalog;

namespace Winnow.Networks.Budgets;

public static partial class BudgetCatalog
{
    /// <summary>What holds all but a little of the energy.</summary>
    public static Method<IBudget> Energy => new("energy",
        "Drop the smallest scores of the whole network as long as their squares make up no more than a share of all squares.",
        "Jiang et al., Pruning-aware sparse regularization (MaskSparsity), 2022: the rule that needs no threshold",
        [new("drop", 1e-4, 0, 1, "the share of the sum of all squared scores that may go") { Example = "0.01" }],
        static p => new EnergyBudget(p["drop"]));
}

/// <summary>Drops the most elements, smallest magnitudes first (of equal ones the last), whose squared scores add up to at most a share of those of all layers together.</summary>
/// <param name="Drop">The share of the sum of squares that may go, in [0, 1]. Default 0.0001.</param>
public sealed record EnergyBudget(double Drop = 1e-4) : IBudget
{
    /// <inheritdoc/>
    public bool NeedsScores => true;

    /// <inheritdoc/>
    public bool SetsDensity => true;

    /// <inheritdoc/>
    public long[] Share(IReadOnlyList<BudgetLayer> layers, long keep)
    {
        ArgumentNullException.ThrowIfNull(layers);
        double[] squares = [.. layers.SelectMany(static layer => layer.Magnitudes("the energy budget", 0, (int)layer.Count)).Select(static score => (double)score * score).Order()];
        double total = squares.Sum(), gone = 0;
        var dropped = 0;
        for (; dropped < squares.Length && gone + squares[dropped] <= Drop * total; dropped++)
        {
            gone += squares[dropped];
        }

        return LargestScores.Counts(layers, squares.Length - dropped);
    }
}
