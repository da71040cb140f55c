namespace Winnow.Networks.Scores;

/// <summary>What a score goes by beside the weights: what has to be collected for it.</summary>
[Flags]
public enum ScoreEvidence
{
    /// <summary>The weights alone.</summary>
    Weights = 0,

    /// <summary>The gradient of a loss by the weights.</summary>
    Gradients = 1,

    /// <summary>A loss that can be computed again and differentiated twice.</summary>
    Loss = 2,

    /// <summary>The network and an input of the size it takes.</summary>
    Network = 4,

    /// <summary>The scale (γ) of the batch normalisation behind a layer.</summary>
    NormScale = 8,
}
