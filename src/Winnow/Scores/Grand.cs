using Winnow.Catalog;
using Winnow.Samples;

namespace Winnow.Scores;

public static partial class ScoreCatalog
{
    /// <summary>The length of the gradient early in training.</summary>
    public static Method<ISampleScore> Grand => new("grand",
        "The length of the gradient of a sample's loss early in training, in evaluation mode: in the last layer, or over all parameters.",
        "Paul et al., Deep Learning on a Data Diet, NeurIPS 2021; of the last layer in closed form",
        [EarlyEpochs, Parameter.Choice("gradient", "of which parameters: the last layer's, by a forward pass, or all, by a backward pass for each sample", "last-layer", "full"), RunsParameter],
        static p => new GrandScore { Epochs = (int?)p.Maybe("epochs"), Full = p.Choice("gradient") == "full", Runs = (int?)p.Maybe("runs") });
}

/// <summary>
/// GraNd (Paul et al., NeurIPS 2021, section 2), the length of the gradient of a sample's own loss. Of the last layer the gradient of cross-entropy is (p − e_y)·hᵀ for the weights and p − e_y for
/// the bias, so that its length is ‖p − e_y‖·√(‖h‖² + 1) without a backward pass; over all parameters (<see cref="Full"/>) it is the paper's, and at least as large. Early in training only: at the
/// first weights the full gradient says little but how bright an input is (Kirsch 2023).
/// </summary>
public sealed record GrandScore : EarlyPassScore
{
    /// <summary>With the defaults.</summary>
    public GrandScore()
        : base("grand", ScoreSignals.LastLayerGradient)
    {
    }

    /// <summary>Whether the gradient is that over all trained parameters, in place of the last layer's alone; false unless told.</summary>
    public bool Full { get; init; }

    /// <inheritdoc/>
    public override ScoreOrientation Orientation => ScoreOrientation.HigherIsHarder;

    /// <inheritdoc/>
    private protected override Signal Told => Full ? ScoreSignals.FullGradient : base.Told;

    /// <summary>The canonical spec.</summary>
    public override string ToString() => ScoreCatalog.Grand.SpecOf(("epochs", Epochs), ("gradient", Full ? 1 : 0), ("runs", Runs));
}
