using Winnow.Samples;
using Winnow.Scores;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks;

/// <summary>What is wanted of a batch beside its losses.</summary>
/// <param name="Training">Whether the losses are those of training, label smoothing and the like included, or those that a test tells.</param>
/// <param name="Signals">Names of the signals that somebody reads: <see cref="SignalNames"/>, or a task's own. What isn't among them needn't be computed.</param>
public sealed record SampleRequest(bool Training, IReadOnlySet<string> Signals)
{
    /// <summary>Whether a signal is wanted.</summary>
    public bool Wants(string signal) => Signals.Contains(signal);
}

/// <summary>What came of a batch.</summary>
/// <param name="Losses">One number a sample, [samples], float32, on the graph, neither weighted nor averaged.</param>
public sealed record SampleOutput(Tensor Losses)
{
    /// <summary>What the model said of each sample beside its loss, by name: [samples] or [samples, n], without history.</summary>
    public IReadOnlyDictionary<string, Tensor> Signals { get; init; } = new Dictionary<string, Tensor>();
}

/// <summary>The names of the signals that the catalogue's methods and the records read. A method's own is told by the name that its <see cref="Signal"/> has.</summary>
public static class SignalNames
{
    /// <summary>The loss, which every task tells.</summary>
    public static string Loss => Signal.Loss.Name;

    /// <summary>The probability that the model gave to its own prediction, in [0, 1].</summary>
    public static string Confidence => Signal.Confidence.Name;

    /// <summary>Whether the prediction was right, 0 or 1.</summary>
    public static string Correct => Signal.Correct.Name;

    /// <summary>The class that was predicted, 0-based; at most 2^24, as float32 holds it.</summary>
    public const string Prediction = "prediction";

    /// <summary>‖p − e_y‖₂: <see cref="ScoreSignals.ErrorNorm"/>.</summary>
    public static string ErrorNorm => ScoreSignals.ErrorNorm.Name;

    /// <summary>The length of the last layer's gradient under cross-entropy: <see cref="ScoreSignals.LastLayerGradient"/>. Of networks of the catalogue alone: which layer of another is the last, nobody says.</summary>
    public static string LastLayerGradient => ScoreSignals.LastLayerGradient.Name;

    /// <summary>
    /// The length of the gradient of a sample's own loss over all trained parameters: <see cref="ScoreSignals.FullGradient"/>. The trainer computes it, of passes in evaluation mode alone, for tasks that
    /// name it among their signals: a backward pass a sample, in float32, of the losses that a test tells.
    /// </summary>
    public static string FullGradient => ScoreSignals.FullGradient.Name;

    /// <summary>The label's logit less the largest other one: <see cref="ScoreSignals.LogitMargin"/>.</summary>
    public static string LogitMargin => ScoreSignals.LogitMargin.Name;

    /// <summary>The label's probability less the largest other one: <see cref="ScoreSignals.ProbabilityMargin"/>.</summary>
    public static string ProbabilityMargin => ScoreSignals.ProbabilityMargin.Name;

    /// <summary>The label's probability: <see cref="ScoreSignals.TrueProbability"/>.</summary>
    public static string TrueProbability => ScoreSignals.TrueProbability.Name;

    /// <summary>The entropy of the probabilities in nats: <see cref="ScoreSignals.Entropy"/>.</summary>
    public static string Entropy => ScoreSignals.Entropy.Name;

    /// <summary>The largest probability less the second largest: <see cref="ScoreSignals.TopGap"/>.</summary>
    public static string TopGap => ScoreSignals.TopGap.Name;
}
