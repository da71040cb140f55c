using Winnow.Catalog;

namespace Winnow.Networks.Scores;

public static partial class WeightScoreCatalog
{
    /// <summary>|w · g|.</summary>
    public static Method<IWeightScore> Taylor => new("taylor",
        "How much the loss changes to first order when the weight is removed from a trained network.",
        "Molchanov et al., Importance Estimation for Neural Network Pruning, CVPR 2019",
        [NormaliseParameter],
        static p => Normalised(p, new TaylorScore()));
}

/// <summary>|w · g|, the root of the paper's (w · g)², which has the same order and a square that float32 can lose. For a single weight it is SNIP's score of another time; for filters, where slopes are summed first, see <see cref="Filters.TaylorFilterScore"/>.</summary>
public sealed record TaylorScore : IWeightScore
{
    /// <inheritdoc/>
    public ScoreEvidence Needs => ScoreEvidence.Gradients;

    /// <inheritdoc/>
    public float[][] Score(ScoreInput input) => Products.Slopes(input, "taylor");
}
