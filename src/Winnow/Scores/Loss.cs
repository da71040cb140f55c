using Winnow.Catalog;
using Winnow.Samples;

namespace Winnow.Scores;

public static partial class ScoreCatalog
{
    /// <summary>The loss after the last epoch, in evaluation mode: of any task.</summary>
    public static Method<ISampleScore> Loss => new("loss",
        "The loss after the last epoch, in evaluation mode: of any task.",
        "a baseline",
        [RunsParameter],
        static p => new LossScore { Runs = (int?)p.Maybe("runs") });
}

/// <summary>The loss of a sample after the last epoch, in evaluation mode, as a test tells it: without label smoothing. It is there for every task.</summary>
public sealed record LossScore : PassScore
{
    /// <summary>With the defaults.</summary>
    public LossScore()
        : base("loss", Signal.Loss)
    {
    }

    /// <inheritdoc/>
    public override ScoreOrientation Orientation => ScoreOrientation.HigherIsHarder;

    /// <summary>The canonical spec.</summary>
    public override string ToString() => ScoreCatalog.Loss.SpecOf(("runs", Runs));
}
