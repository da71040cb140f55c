using Winnow.Catalog;

namespace Winnow.Scores;

public static partial class ScoreCatalog
{
    /// <summary>The entropy of the predicted probabilities after the last epoch, in evaluation mode, in nats.</summary>
    public static Method<ISampleScore> Entropy => new("entropy",
        "The entropy of the predicted probabilities after the last epoch, in evaluation mode, in nats.",
        "Shannon entropy as uncertainty; as a coreset score Coleman et al., Selection via Proxy, ICLR 2020",
        [RunsParameter],
        static p => new EntropyScore { Runs = (int?)p.Maybe("runs") });
}

/// <summary>−Σ p·ln p after the last epoch, in nats, in [0, ln(classes)]; 0·ln 0 is 0, so that no small number has to be added inside the logarithm, as published programs do.</summary>
public sealed record EntropyScore : PassScore
{
    /// <summary>With the defaults.</summary>
    public EntropyScore()
        : base("entropy", ScoreSignals.Entropy)
    {
    }

    /// <inheritdoc/>
    public override ScoreOrientation Orientation => ScoreOrientation.HigherIsHarder;

    /// <summary>The canonical spec.</summary>
    public override string ToString() => ScoreCatalog.Entropy.SpecOf(("runs", Runs));
}
