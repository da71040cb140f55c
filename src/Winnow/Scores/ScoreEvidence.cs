namespace Winnow.Scores;

/// <summary>What a score is made from.</summary>
public enum ScoreEvidence
{
    /// <summary>What the model says of each sample while it is trained on it: in training mode, of the varied input, before the step.</summary>
    Visits,

    /// <summary>A pass over all training samples after an epoch, in evaluation mode and of inputs as they are. It costs a forward pass a sample.</summary>
    Pass,
}
