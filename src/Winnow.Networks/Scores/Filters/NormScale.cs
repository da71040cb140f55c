using Winnow.Catalog;

namespace Winnow.Networks.Scores.Filters;

public static partial class FilterScoreCatalog
{
    /// <summary>|γ|.</summary>
    public static Method<IFilterScore> NormScale => new("norm-scale",
        "The magnitude of the scale (γ) of the normalisation behind the layer.",
        "Liu et al., Learning Efficient Convolutional Networks through Network Slimming, ICCV 2017",
        [],
        static _ => new NormScaleFilterScore());
}

/// <summary>|γ| of the batch normalisation behind the layer. Means something where training drew γ towards 0.</summary>
public sealed record NormScaleFilterScore : IFilterScore
{
    /// <inheritdoc/>
    public ScoreEvidence Needs => ScoreEvidence.NormScale;

    /// <inheritdoc/>
    public double[] Score(FilterInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.Scale.IsEmpty && input.Count > 0
            ? throw new NetworkPruningException($"there is no normalisation behind {input.Name}, by whose scale norm-scale goes; give it, or take another score such as l2.")
            : [.. input.Scale.ToArray().Select(static scale => Math.Abs((double)scale))];
    }
}
