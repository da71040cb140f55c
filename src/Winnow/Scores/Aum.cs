using Winnow.Catalog;

namespace Winnow.Scores;

public static partial class ScoreCatalog
{
    /// <summary>The mean margin of the label's logit over the visits.</summary>
    public static Method<ISampleScore> Aum => new("aum",
        "The label's logit less the largest other one, mean over all visits: low where the label is likely wrong.",
        "Pleiss et al., Identifying Mislabeled Data using the Area Under the Margin Ranking, NeurIPS 2020",
        [RunsParameter],
        static p => new AumScore { Runs = (int?)p.Maybe("runs") });
}

/// <summary>The area under the margin (Pleiss et al., NeurIPS 2020, section 3): the mean over all visits of z_y − max over j ≠ y of z_j. Any number; low where the label is likely wrong.</summary>
public sealed record AumScore : VisitScore
{
    /// <summary>With the defaults.</summary>
    public AumScore()
        : base("aum", ScoreSignals.LogitMargin, mean: true)
    {
    }

    /// <inheritdoc/>
    public override ScoreOrientation Orientation => ScoreOrientation.HigherIsCleaner;

    /// <summary>The canonical spec.</summary>
    public override string ToString() => ScoreCatalog.Aum.SpecOf(("runs", Runs));
}
