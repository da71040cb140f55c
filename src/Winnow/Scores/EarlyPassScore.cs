using Winnow.Samples;

namespace Winnow.Scores;

/// <summary>A score of a pass early in the training, when what is hard still tells itself from what is learned.</summary>
public abstract record EarlyPassScore : PassScore
{
    private protected EarlyPassScore(string name, Signal signal)
        : base(name, signal)
    {
    }

    /// <summary>How many epochs are trained before the pass, at least 1; null takes a tenth of the run's, rounded up, as 20 of 200 in the paper.</summary>
    public int? Epochs { get; init => field = ScoreRanges.Epochs(value); }

    /// <inheritdoc/>
    public override int LeastEpochs => Epochs ?? 1;

    /// <inheritdoc/>
    public override bool Looks(int epoch, int epochs) => epoch + 1 == (Epochs ?? ((epochs - 1) / 10) + 1);
}
