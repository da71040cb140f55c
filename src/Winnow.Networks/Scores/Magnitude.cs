using Winnow.Catalog;

namespace Winnow.Networks.Scores;

public static partial class WeightScoreCatalog
{
    /// <summary>|w|.</summary>
    public static Method<IWeightScore> Magnitude => new("magnitude",
        "The weight's magnitude: what is nearly 0 anyway goes.",
        "Han et al., Learning both Weights and Connections, NeurIPS 2015",
        [NormaliseParameter],
        static p => Normalised(p, new MagnitudeScore()));
}

/// <summary>|w|.</summary>
public sealed record MagnitudeScore : IWeightScore
{
    /// <inheritdoc/>
    public ScoreEvidence Needs => ScoreEvidence.Weights;

    /// <inheritdoc/>
    public float[][] Score(ScoreInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return [.. input.Weights.Select((_, k) => Array.ConvertAll(input.Values(k), MathF.Abs))];
    }
}
