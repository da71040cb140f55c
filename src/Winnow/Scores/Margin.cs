using Winnow.Catalog;

namespace Winnow.Scores;

public static partial class ScoreCatalog
{
    /// <summary>The largest probability less the second largest after the last epoch, in evaluation mode: small where the model wavers.</summary>
    public static Method<ISampleScore> Margin => new("margin",
        "The largest probability less the second largest after the last epoch, in evaluation mode: small where the model wavers.",
        "Scheffer et al., IDA 2001; as a coreset score Coleman et al., Selection via Proxy, ICLR 2020",
        [RunsParameter],
        static p => new MarginScore { Runs = (int?)p.Maybe("runs") });
}

/// <summary>The largest p less the second largest after the last epoch, whatever the label; in [0, 1], small where the model wavers.</summary>
public sealed record MarginScore : PassScore
{
    /// <summary>With the defaults.</summary>
    public MarginScore()
        : base("margin", ScoreSignals.TopGap)
    {
    }

    /// <inheritdoc/>
    public override ScoreOrientation Orientation => ScoreOrientation.HigherIsCleaner;

    /// <summary>The canonical spec.</summary>
    public override string ToString() => ScoreCatalog.Margin.SpecOf(("runs", Runs));
}
