using Winnow.Catalog;

namespace Winnow.Networks.Scores;

public static partial class WeightScoreCatalog
{
    /// <summary>|g|.</summary>
    public static Method<IWeightScore> Gradient => new("gradient",
        "The gradient's magnitude: which of the dropped weights would move most, so that it is regrown.",
        "Evci et al., Rigging the Lottery, ICML 2020",
        [NormaliseParameter],
        static p => Normalised(p, new GradientScore()));
}

/// <summary>|g|, of whatever batches the gradient is: that of one batch is what published programs regrow by.</summary>
public sealed record GradientScore : IWeightScore
{
    /// <inheritdoc/>
    public ScoreEvidence Needs => ScoreEvidence.Gradients;

    /// <inheritdoc/>
    public float[][] Score(ScoreInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return [.. input.GradientValues("gradient").Select(static gradient => Array.ConvertAll(gradient, MathF.Abs))];
    }
}
