using Winnow.Networks.Budgets;
using Winnow.Networks.Masks;
using Winnow.Networks.Scores;

namespace Winnow.Networks.Sparsity;

/// <summary>Drops a share of each layer's survivors and lets as many come back elsewhere.</summary>
internal static class Regrowth
{
    /// <summary>
    /// Of each layer's n survivors the round(share·n) with the lowest scores go; of all that are then dropped, those just dropped included, as many come back: those with the largest gradients by absolute value,
    /// of equal ones the earlier (Evci et al., Rigging the Lottery, ICML 2020, section 3). They begin at 0, where they were.
    /// </summary>
    /// <param name="masks">What survives.</param>
    /// <param name="layers">With the scores that decide what goes.</param>
    /// <param name="input">Of which the gradients decide what comes back, those of dropped weights included.</param>
    /// <param name="share">In (0, 1).</param>
    public static MaskSet Exchange(MaskSet masks, IReadOnlyList<BudgetLayer> layers, ScoreInput input, double share)
    {
        var gradients = input.GradientValues("regrowth");
        return new(layers.Select((layer, l) =>
        {
            var survivors = masks[layer.Name];
            var exchanged = (long)Math.Round(share * survivors.Kept, MidpointRounding.AwayFromZero);
            var stays = LargestScores.Of([new(layer.Name, [.. layer.Shape], layer.Scores, survivors)], [survivors.Kept - exchanged])[0];
            var absent = Mask.Full(layer.Name, [.. layer.Shape]).Except(stays);
            var grown = LargestScores.Of([new(layer.Name, [.. layer.Shape], Array.ConvertAll(gradients[l], MathF.Abs), absent)], [exchanged])[0];
            return stays.Or(grown);
        }));
    }
}
