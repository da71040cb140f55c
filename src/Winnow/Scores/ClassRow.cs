using Winnow.Samples;

namespace Winnow.Scores;

/// <summary>
/// What a classifier's output for one sample says of it, computed in float64: for logits or probabilities that come from elsewhere. A training computes the same on its device. With z logits, p
/// their softmax and y the label.
/// </summary>
public readonly record struct ClassRow
{
    /// <summary>−ln p_y; +∞ where a probability of 0 was given.</summary>
    public required double Loss { get; init; }

    /// <summary>p_y, in [0, 1].</summary>
    public required double TrueProbability { get; init; }

    /// <summary>The largest p, in (0, 1].</summary>
    public required double Confidence { get; init; }

    /// <summary>Whether y is the first of the largest.</summary>
    public required bool Correct { get; init; }

    /// <summary>‖p − e_y‖₂, in [0, √2].</summary>
    public required double ErrorNorm { get; init; }

    /// <summary>z_y − max over j ≠ y of z_j. Of probabilities ln p_y − max ln p_j, which is the same number; infinite or NaN where those given are 0.</summary>
    public required double LogitMargin { get; init; }

    /// <summary>p_y − max over j ≠ y of p_j, in [−1, 1].</summary>
    public required double ProbabilityMargin { get; init; }

    /// <summary>−Σ p·ln p in nats, 0·ln 0 being 0.</summary>
    public required double Entropy { get; init; }

    /// <summary>The largest p less the second largest, in [0, 1].</summary>
    public required double TopGap { get; init; }

    /// <summary>The signals that <see cref="this"/> tells.</summary>
    public static IReadOnlyList<Signal> Signals { get; } =
    [
        Signal.Loss, Signal.Confidence, Signal.Correct, ScoreSignals.ErrorNorm, ScoreSignals.LogitMargin, ScoreSignals.ProbabilityMargin, ScoreSignals.TrueProbability, ScoreSignals.Entropy, ScoreSignals.TopGap,
    ];

    /// <summary>The number of a signal.</summary>
    /// <param name="signal">One of <see cref="Signals"/>.</param>
    /// <exception cref="ArgumentException">It is none of them.</exception>
    public float this[Signal signal]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(signal);
            return signal == Signal.Loss ? (float)Loss
                : signal == Signal.Confidence ? (float)Confidence
                : signal == Signal.Correct ? Correct ? 1 : 0
                : signal == ScoreSignals.ErrorNorm ? (float)ErrorNorm
                : signal == ScoreSignals.LogitMargin ? (float)LogitMargin
                : signal == ScoreSignals.ProbabilityMargin ? (float)ProbabilityMargin
                : signal == ScoreSignals.TrueProbability ? (float)TrueProbability
                : signal == ScoreSignals.Entropy ? (float)Entropy
                : signal == ScoreSignals.TopGap ? (float)TopGap
                : throw new ArgumentException($"a row of outputs tells no \"{signal}\"; it tells {string.Join<Signal>(", ", Signals)}", nameof(signal));
        }
    }

    /// <summary>Of logits.</summary>
    /// <param name="logits">A finite number a class, at least two.</param>
    /// <param name="label">The label, in [0, classes).</param>
    /// <param name="probabilities">Room for as many numbers; their softmax afterwards.</param>
    public static ClassRow OfLogits(ReadOnlySpan<float> logits, int label, Span<double> probabilities)
    {
        var top = double.NegativeInfinity;
        var other = double.NegativeInfinity;
        for (var j = 0; j < logits.Length; j++)
        {
            top = Math.Max(top, logits[j]);
            other = j == label ? other : Math.Max(other, logits[j]);
        }

        double sum = 0;
        for (var j = 0; j < logits.Length; j++)
        {
            sum += probabilities[j] = Math.Exp(logits[j] - top);
        }

        for (var j = 0; j < logits.Length; j++)
        {
            probabilities[j] /= sum;
        }

        // Of the logits, so that a probability that is 0 in float64 still has a loss.
        return Of(probabilities[..logits.Length], label, First(logits) == label, top + Math.Log(sum) - logits[label], logits[label] - other);
    }

    /// <summary>Of probabilities, which are taken as they are.</summary>
    /// <param name="probabilities">A number in [0, 1] a class, at least two; they add up to 1.</param>
    /// <param name="label">The label, in [0, classes).</param>
    /// <param name="room">Room for as many numbers.</param>
    public static ClassRow OfProbabilities(ReadOnlySpan<float> probabilities, int label, Span<double> room)
    {
        double other = 0;
        for (var j = 0; j < probabilities.Length; j++)
        {
            room[j] = probabilities[j];
            other = j == label ? other : Math.Max(other, probabilities[j]);
        }

        var log = Math.Log(probabilities[label]);
        return Of(room[..probabilities.Length], label, First(probabilities) == label, -log, log - Math.Log(other));
    }

    /// <summary>‖∂loss/∂(W, b)‖₂ of a last layer z = W·h + b under cross-entropy, in closed form (Paul et al., NeurIPS 2021, of the last layer).</summary>
    /// <param name="errorNorm">‖p − e_y‖₂.</param>
    /// <param name="featureNorm">‖h‖₂.</param>
    /// <param name="bias">Whether the layer has a b.</param>
    public static double LastLayerGradient(double errorNorm, double featureNorm, bool bias = true) => errorNorm * Math.Sqrt((featureNorm * featureNorm) + (bias ? 1 : 0));

    private static ClassRow Of(ReadOnlySpan<double> p, int label, bool correct, double loss, double logitMargin)
    {
        double first = double.NegativeInfinity, second = double.NegativeInfinity, other = double.NegativeInfinity, squares = 0, entropy = 0;
        for (var j = 0; j < p.Length; j++)
        {
            (first, second) = p[j] > first ? (p[j], first) : (first, Math.Max(second, p[j]));
            other = j == label ? other : Math.Max(other, p[j]);
            squares += j == label ? 0 : p[j] * p[j];
            entropy -= p[j] > 0 ? p[j] * Math.Log(p[j]) : 0;
        }

        var missing = 1 - p[label];
        return new ClassRow
        {
            Loss = loss,
            TrueProbability = p[label],
            Confidence = first,
            Correct = correct,
            ErrorNorm = Math.Sqrt(squares + (missing * missing)),
            LogitMargin = logitMargin,
            ProbabilityMargin = p[label] - other,
            Entropy = entropy,
            TopGap = first - second,
        };
    }

    private static int First(ReadOnlySpan<float> values)
    {
        var first = 0;
        for (var j = 1; j < values.Length; j++)
        {
            first = values[j] > values[first] ? j : first;
        }

        return first;
    }
}
