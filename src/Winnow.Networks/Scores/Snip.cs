using Winnow.Catalog;

namespace Winnow.Networks.Scores;

public static partial class WeightScoreCatalog
{
    /// <summary>|w · g|.</summary>
    public static Method<IWeightScore> Snip => new("snip",
        "How much the loss changes when the weight is switched off, before training.",
        "Lee et al., SNIP, ICLR 2019",
        [NormaliseParameter],
        static p => Normalised(p, new SnipScore()));
}

/// <summary>|w · g|, the magnitude of the loss's slope along a switch at the weight. The paper divides by the sum over the network, which changes no order.</summary>
public sealed record SnipScore : IWeightScore
{
    /// <inheritdoc/>
    public ScoreEvidence Needs => ScoreEvidence.Gradients;

    /// <inheritdoc/>
    public float[][] Score(ScoreInput input) => Products.Slopes(input, "snip");
}
