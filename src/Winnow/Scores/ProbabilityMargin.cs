using Winnow.Catalog;

namespace Winnow.Scores;

public static partial class ScoreCatalog
{
    /// <summary>The margin of the label's probability, summed over the visits.</summary>
    public static Method<ISampleScore> ProbabilityMargin => new("probability-margin",
        "The label's probability less the largest other one, summed over all visits: what coverage-centric selection calls AUM.",
        "Zheng et al., Coverage-centric Coreset Selection, ICLR 2023; after Pleiss et al., NeurIPS 2020",
        [RunsParameter],
        static p => new ProbabilityMarginScore { Runs = (int?)p.Maybe("runs") });
}

/// <summary>
/// The sum over all visits of p_y − max over j ≠ y of p_j, in [−visits, visits]. The published code of coverage-centric selection (Zheng et al., ICLR 2023) calls it AUM; <see cref="AumScore"/> is that of
/// logits, and ranks saturated samples otherwise.
/// </summary>
public sealed record ProbabilityMarginScore : VisitScore
{
    /// <summary>With the defaults.</summary>
    public ProbabilityMarginScore()
        : base("probability-margin", ScoreSignals.ProbabilityMargin, mean: false)
    {
    }

    /// <inheritdoc/>
    public override ScoreOrientation Orientation => ScoreOrientation.HigherIsCleaner;

    /// <summary>The canonical spec.</summary>
    public override string ToString() => ScoreCatalog.ProbabilityMargin.SpecOf(("runs", Runs));
}
