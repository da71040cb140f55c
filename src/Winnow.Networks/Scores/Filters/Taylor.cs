using Winnow.Catalog;

namespace Winnow.Networks.Scores.Filters;

public static partial class FilterScoreCatalog
{
    /// <summary>The change of the loss to first order.</summary>
    public static Method<IFilterScore> Taylor => new("taylor",
        "How much the loss changes to first order when the filter is removed.",
        "Molchanov et al., Importance Estimation for Neural Network Pruning, CVPR 2019; LLM-Pruner, NeurIPS 2023",
        [Parameter.Choice("form", "what becomes of the products of weight and gradient", "squared", "absolute", "elementwise")],
        static p => new TaylorFilterScore(Enum.Parse<TaylorForm>(p.Choice("form"), ignoreCase: true)));
}

/// <summary>What becomes of the products of weight and gradient.</summary>
public enum TaylorForm
{
    /// <summary>(Σ w·g)²: the square of the loss's change.</summary>
    Squared,

    /// <summary>|Σ w·g|: the same order, on the loss's own scale.</summary>
    Absolute,

    /// <summary>Σ |w·g|: as if each weight were removed on its own, so that changes don't cancel.</summary>
    Elementwise,
}

/// <summary>The first-order change of the loss by a filter's removal.</summary>
/// <param name="Form">What becomes of the products. Default: the square of their sum.</param>
public sealed record TaylorFilterScore(TaylorForm Form = TaylorForm.Squared) : IFilterScore
{
    /// <inheritdoc/>
    public ScoreEvidence Needs => ScoreEvidence.Gradients;

    /// <inheritdoc/>
    public double[] Score(FilterInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return [.. Enumerable.Range(0, input.Count).Select(f => Of(input.Weights(f), input.Gradients(f)))];
    }

    private double Of(float[] weights, float[] gradients)
    {
        double sum = 0, absolute = 0;
        for (var i = 0; i < weights.Length; i++)
        {
            var product = (double)weights[i] * gradients[i];
            (sum, absolute) = (sum + product, absolute + Math.Abs(product));
        }

        return Form switch
        {
            TaylorForm.Squared => sum * sum,
            TaylorForm.Absolute => Math.Abs(sum),
            _ => absolute,
        };
    }
}
