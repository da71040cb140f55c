using Winnow.Catalog;

namespace Winnow.Networks.Budgets;

public static partial class BudgetCatalog
{
    /// <summary>The same number in each layer.</summary>
    public static Method<IBudget> WaterFill => new("water-fill",
        "Keep the same number of each layer, of those with fewer all: what lets most signal through a randomly pruned network.",
        "after the idea of PreCropping (Prospect pruning of channels at initialisation): maximise the sum of log densities",
        [],
        static _ => new WaterFillBudget());
}

/// <summary>
/// Maximises Σ log d_l under Σ d_l · n_l = the budget and d_l at most 1: what synaptic flow is expected to be after random pruning. The solution is water filling: all layers that aren't whole keep the same
/// number of elements (those first in the list one more where it doesn't divide).
/// </summary>
public sealed record WaterFillBudget : IBudget
{
    /// <inheritdoc/>
    public bool NeedsScores => false;

    /// <inheritdoc/>
    public bool SetsDensity => false;

    /// <inheritdoc/>
    public long[] Share(IReadOnlyList<BudgetLayer> layers, long keep) => ClaimShares.Of(this, layers, static layer => layer.Count > 0 ? 1 : 0, keep);

    /// <summary>
    /// The densities that maximise Σ log d_l under two limits at once, on parameters and on another cost such as multiplications: d_l = min(1, 1/(λ·n_l + μ·f_l)), λ and μ at least 0 and above 0 only where
    /// the limit holds with equality.
    /// </summary>
    /// <param name="sizes">Parameters a layer, n_l, above 0.</param>
    /// <param name="costs">The other cost of each whole layer, f_l, above 0.</param>
    /// <param name="mostSize">The most parameters: Σ d_l · n_l, above 0.</param>
    /// <param name="mostCost">The most cost: Σ d_l · f_l, above 0.</param>
    /// <returns>A density a layer, in (0, 1]; limits are met to a relative 1e-9.</returns>
    /// <exception cref="NetworkPruningException">The lists differ in length, or a number isn't above 0.</exception>
    public static double[] Densities(ReadOnlySpan<double> sizes, ReadOnlySpan<double> costs, double mostSize, double mostCost)
    {
        if (sizes.Length != costs.Length || !(mostSize > 0 && mostCost > 0) || sizes.ContainsAnyInRange(double.NegativeInfinity, 0) || costs.ContainsAnyInRange(double.NegativeInfinity, 0))
        {
            throw new NetworkPruningException("sizes, costs and both limits have to be above 0, and there has to be a cost for each size.");
        }

        double[] n = sizes.ToArray(), f = costs.ToArray();
        var bySize = Fill(n, f, 1, n, mostSize);
        if (Sum(bySize, f) <= mostCost)
        {
            return bySize;
        }

        var byCost = Fill(n, f, 0, f, mostCost);
        if (Sum(byCost, n) <= mostSize)
        {
            return byCost;
        }

        // Both hold: the more the price is on parameters, the more the parameters' limit allows to cost.
        double low = 0, high = 1;
        for (var i = 0; i < 200; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Sum(Fill(n, f, middle, n, mostSize), f) > mostCost ? (low, middle) : (middle, high);
        }

        return Fill(n, f, low, n, mostSize);
    }

    // Prices t·n/Σn + (1 - t)·f/Σf, scaled so that the limited sum is what it may be.
    private static double[] Fill(double[] n, double[] f, double t, double[] limited, double most)
    {
        double sizes = n.Sum(), costs = f.Sum();
        double[] prices = [.. n.Zip(f, (a, b) => (t * a / sizes) + ((1 - t) * b / costs))];
        if (limited.Sum() <= most)
        {
            return [.. prices.Select(static _ => 1.0)];
        }

        double[] At(double scale) => [.. prices.Select(price => Math.Min(1, scale / price))];
        double low = 0, high = prices.Max();
        for (var i = 0; i < 200; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Sum(At(middle), limited) > most ? (low, middle) : (middle, high);
        }

        return At(low);
    }

    private static double Sum(double[] densities, double[] of) => densities.Zip(of, static (d, x) => d * x).Sum();
}
