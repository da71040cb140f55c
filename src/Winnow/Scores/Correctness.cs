using Winnow.Catalog;
using Winnow.Samples;

namespace Winnow.Scores;

public static partial class ScoreCatalog
{
    /// <summary>How often the prediction was right.</summary>
    public static Method<ISampleScore> Correctness => new("correctness",
        "How many visits the prediction was right at.",
        "Zheng et al., Coverage-centric Coreset Selection, ICLR 2023; after Swayamdipta et al., Dataset Cartography, EMNLP 2020",
        [RunsParameter],
        static p => new CorrectnessScore { Runs = (int?)p.Maybe("runs") });
}

/// <summary>How many of its visits a sample's prediction was right at, in [0, visits].</summary>
public sealed record CorrectnessScore : VisitScore
{
    /// <summary>With the defaults.</summary>
    public CorrectnessScore()
        : base("correctness", Signal.Correct, mean: false)
    {
    }

    /// <inheritdoc/>
    public override ScoreOrientation Orientation => ScoreOrientation.HigherIsCleaner;

    /// <summary>The canonical spec.</summary>
    public override string ToString() => ScoreCatalog.Correctness.SpecOf(("runs", Runs));
}
