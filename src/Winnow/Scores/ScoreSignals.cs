using Winnow.Samples;

namespace Winnow.Scores;

/// <summary>
/// What the scores of the catalogue are told beside <see cref="Signal.Loss"/>, <see cref="Signal.Confidence"/> and <see cref="Signal.Correct"/>. With z the logits of a sample, p their softmax and
/// y its label; whoever trains tells them by these names.
/// </summary>
public static class ScoreSignals
{
    /// <summary>‖p − e_y‖₂, the length of the error, in [0, √2].</summary>
    public static Signal ErrorNorm { get; } = new("error_norm");

    /// <summary>‖∂loss/∂(W, b)‖₂ of the last layer z = W·h + b for cross-entropy: ‖p − e_y‖·√(‖h‖² + 1), without the 1 where there is no b; at least 0.</summary>
    public static Signal LastLayerGradient { get; } = new("last_layer_gradient");

    /// <summary>‖∂loss/∂θ‖₂ over all trained parameters θ of the network, of the sample's own loss, the network in evaluation mode; at least 0. It takes a backward pass a sample.</summary>
    public static Signal FullGradient { get; } = new("full_gradient");

    /// <summary>z_y − max over j ≠ y of z_j.</summary>
    public static Signal LogitMargin { get; } = new("logit_margin");

    /// <summary>p_y − max over j ≠ y of p_j, in [−1, 1].</summary>
    public static Signal ProbabilityMargin { get; } = new("probability_margin");

    /// <summary>p_y, in [0, 1].</summary>
    public static Signal TrueProbability { get; } = new("true_probability", SignalRange.Probability);

    /// <summary>−Σ p·ln p in nats, in [0, ln(classes)]; 0·ln 0 is 0.</summary>
    public static Signal Entropy { get; } = new("entropy");

    /// <summary>The largest p less the second largest, in [0, 1], whatever the label.</summary>
    public static Signal TopGap { get; } = new("top_gap", SignalRange.Probability);
}
