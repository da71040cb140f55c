using Winnow.Catalog;
using static TorchSharp.torch;

namespace Winnow.Networks.Scores;

public static partial class WeightScoreCatalog
{
    /// <summary>w · (H g).</summary>
    public static Method<IWeightScore> Grasp => new("grasp",
        "How much the gradient's length shrinks when the weight is removed before training.",
        "Wang et al., Picking Winning Tickets Before Training by Preserving Gradient Flow (GraSP), ICLR 2020",
        [NormaliseParameter],
        static p => Normalised(p, new GraspScore()));
}

/// <summary>
/// w · (H g): the paper removes the largest −w · (H g), those whose removal lets the squared length of the gradient grow most; turned round, the largest are kept. H g is the gradient of gᵀ·stop(g), by a
/// second backward pass through the first one's graph, over the scored weights alone.
/// </summary>
public sealed record GraspScore : IWeightScore
{
    /// <inheritdoc/>
    public ScoreEvidence Needs => ScoreEvidence.Loss;

    /// <inheritdoc/>
    public float[][] Score(ScoreInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        var products = input.Differentiate(() => SquaredLength(input), createGraph: false);
        return [.. products.Select((product, k) => Products.Of(input.Values(k), ScoreInput.Singles(product)))];
    }

    // Σ g·stop(g), whose gradient is H g and not twice that.
    private static Tensor SquaredLength(ScoreInput input) => input.Differentiate(input.Loss!, createGraph: true)
        .Select(static gradient => (gradient * gradient.detach()).sum())
        .Aggregate(static (a, b) => a + b);
}
