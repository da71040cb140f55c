using Winnow.Catalog;

namespace Winnow.Scores;

public static partial class ScoreCatalog
{
    /// <summary>The length of the last layer's gradient early in training.</summary>
    public static Method<ISampleScore> Grand => new("grand",
        "The length of the gradient of a sample's loss in the last layer, early in training, in evaluation mode.",
        "Paul et al., Deep Learning on a Data Diet, NeurIPS 2021; of the last layer in closed form",
        [EarlyEpochs, RunsParameter],
        static p => new GrandScore { Epochs = (int?)p.Maybe("epochs"), Runs = (int?)p.Maybe("runs") });
}

/// <summary>
/// GraNd (Paul et al., NeurIPS 2021, section 2) of the last layer: the gradient of cross-entropy there is (p − e_y)·hᵀ for the weights and p − e_y for the bias, so that its length is
/// ‖p − e_y‖·√(‖h‖² + 1) without a backward pass. Early in training only: at the first weights the full gradient says little but how bright an input is (Kirsch 2023).
/// </summary>
public sealed record GrandScore : EarlyPassScore
{
    /// <summary>With the defaults.</summary>
    public GrandScore()
        : base("grand", ScoreSignals.LastLayerGradient)
    {
    }

    /// <inheritdoc/>
    public override ScoreOrientation Orientation => ScoreOrientation.HigherIsHarder;

    /// <summary>The canonical spec.</summary>
    public override string ToString() => ScoreCatalog.Grand.SpecOf(("epochs", Epochs), ("runs", Runs));
}
