using Winnow.Catalog;

namespace Winnow.Scores;

public static partial class ScoreCatalog
{
    /// <summary>The length of the error, summed over the first epochs' visits.</summary>
    public static Method<ISampleScore> El2nSum => new("el2n-sum",
        "The length of the error vector summed over the visits of the first epochs, in training mode: EL2N as later papers compute it.",
        "Zheng et al., Coverage-centric Coreset Selection, ICLR 2023; after Paul et al., NeurIPS 2021",
        [new("epochs", 10, 1, 100_000, "over how many of the first epochs is summed") { Integer = true, Example = "5" }, RunsParameter],
        static p => new El2nSumScore { Epochs = (int)p["epochs"], Runs = (int?)p.Maybe("runs") });
}

/// <summary>
/// The sum of ‖softmax(z) − e_y‖₂ over the visits of the first <see cref="Epochs"/> epochs, in training mode and of the varied inputs: what coverage-centric selection (Zheng et al., ICLR 2023)
/// and D2 pruning call EL2N. It ranks much as <see cref="El2nScore"/> does, and not the same.
/// </summary>
public sealed record El2nSumScore : VisitScore
{
    /// <summary>With the defaults.</summary>
    public El2nSumScore()
        : base("el2n-sum", ScoreSignals.ErrorNorm, mean: false)
    {
    }

    /// <summary>Over how many of the first epochs is summed, at least 1; 10 by default.</summary>
    public int Epochs { get; init => field = ScoreRanges.AtLeast(1, value); } = 10;

    /// <inheritdoc/>
    public override ScoreOrientation Orientation => ScoreOrientation.HigherIsHarder;

    /// <inheritdoc/>
    public override int LeastEpochs => Epochs;

    /// <inheritdoc/>
    public override bool Looks(int epoch, int epochs) => epoch < Epochs;

    /// <summary>The canonical spec.</summary>
    public override string ToString() => ScoreCatalog.El2nSum.SpecOf(("epochs", Epochs), ("runs", Runs));
}
