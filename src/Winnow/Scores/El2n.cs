using Winnow.Catalog;

namespace Winnow.Scores;

public static partial class ScoreCatalog
{
    /// <summary>The length of the error early in training.</summary>
    public static Method<ISampleScore> El2n => new("el2n",
        "The length of the error vector (probabilities less the one-hot label) early in training, in evaluation mode.",
        "Paul et al., Deep Learning on a Data Diet, NeurIPS 2021",
        [EarlyEpochs, RunsParameter],
        static p => new El2nScore { Epochs = (int?)p.Maybe("epochs"), Runs = (int?)p.Maybe("runs") });
}

/// <summary>
/// EL2N (Paul et al., NeurIPS 2021, section 2): ‖softmax(z) − e_y‖₂ after <see cref="EarlyPassScore.Epochs"/> epochs, in evaluation mode and without augmentation; in [0, √2]. The paper
/// averages over 10 runs.
/// </summary>
public sealed record El2nScore : EarlyPassScore
{
    /// <summary>With the defaults.</summary>
    public El2nScore()
        : base("el2n", ScoreSignals.ErrorNorm)
    {
    }

    /// <inheritdoc/>
    public override ScoreOrientation Orientation => ScoreOrientation.HigherIsHarder;

    /// <summary>The canonical spec.</summary>
    public override string ToString() => ScoreCatalog.El2n.SpecOf(("epochs", Epochs), ("runs", Runs));
}
