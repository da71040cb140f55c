using Winnow.Catalog;
using Winnow.Samples;

namespace Winnow.Scores;

public static partial class ScoreCatalog
{
    /// <summary>One less the probability of the prediction after the last epoch, in evaluation mode.</summary>
    public static Method<ISampleScore> LeastConfidence => new("least-confidence",
        "One less the probability of the prediction after the last epoch, in evaluation mode.",
        "Lewis and Gale, SIGIR 1994; as a coreset score Coleman et al., Selection via Proxy, ICLR 2020",
        [RunsParameter],
        static p => new LeastConfidenceScore { Runs = (int?)p.Maybe("runs") });
}

/// <summary>1 − max p after the last epoch, in [0, 1 − 1/classes]. Of probabilities: the published code of DeepCore takes the largest logit, and in its unbalanced branch keeps the most certain.</summary>
public sealed record LeastConfidenceScore : PassScore
{
    /// <summary>With the defaults.</summary>
    public LeastConfidenceScore()
        : base("least-confidence", Signal.Confidence)
    {
    }

    /// <inheritdoc/>
    public override ScoreOrientation Orientation => ScoreOrientation.HigherIsHarder;

    /// <summary>The canonical spec.</summary>
    public override string ToString() => ScoreCatalog.LeastConfidence.SpecOf(("runs", Runs));

    private protected override float Score(float signal) => 1 - signal;
}
