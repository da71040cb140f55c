using Winnow.Catalog;

namespace Winnow.Networks.Scores;

public static partial class WeightScoreCatalog
{
    /// <summary>LAMP.</summary>
    public static Method<IWeightScore> Lamp => new("lamp",
        "The weight's square as a share of the squares of those that are no smaller in its layer: magnitudes that can be compared from layer to layer.",
        "Lee et al., Layer-adaptive sparsity for the Magnitude-based Pruning (LAMP), ICLR 2021",
        [],
        static _ => new LampScore());
}

/// <summary>
/// w_u² / Σ w_v² over the v that are not below u in the layer's order of magnitudes, of equal ones the earlier element above. The largest of each layer has 1, so that with the global budget no layer is
/// emptied before all are down to one. Of what is dead and of zeros it is 0.
/// </summary>
public sealed record LampScore : IWeightScore
{
    /// <inheritdoc/>
    public ScoreEvidence Needs => ScoreEvidence.Weights;

    /// <inheritdoc/>
    public float[][] Score(ScoreInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return [.. input.Weights.Select((weight, k) =>
        {
            var values = input.Values(k);
            var alive = input.Alive?.Find(weight.Name);
            var scores = new float[values.Length];
            double sum = 0;
            // Largest first, of equal ones the earlier.
            foreach (var i in Enumerable.Range(0, values.Length).Where(i => alive?[i] is not false).OrderByDescending(i => MathF.Abs(values[i])))
            {
                var square = (double)values[i] * values[i];
                sum += square;
                scores[i] = sum > 0 ? (float)(square / sum) : 0;
            }

            return scores;
        })];
    }
}
