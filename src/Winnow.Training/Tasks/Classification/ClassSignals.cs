using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Classification;

/// <summary>What logits say of samples beside their loss.</summary>
internal static class ClassSignals
{
    /// <summary>All that logits and labels tell.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        SignalNames.Confidence, SignalNames.Correct, SignalNames.Prediction, SignalNames.ErrorNorm, SignalNames.LogitMargin, SignalNames.ProbabilityMargin, SignalNames.TrueProbability, SignalNames.Entropy, SignalNames.TopGap,
    ];

    /// <summary>The probabilities of all classes, a row a sample: for who reads them from an evaluation, and for no method.</summary>
    public const string Rows = "probabilities";

    /// <summary>Those that are wanted.</summary>
    /// <param name="logits">float32 [n, classes], without history.</param>
    /// <param name="batch">With the labels, int64 [n].</param>
    /// <param name="request">What is wanted.</param>
    public static IReadOnlyDictionary<string, Tensor> Of(Tensor logits, Batch batch, SampleRequest request)
    {
        using var silent = no_grad();
        var labels = batch[Batch.Target];
        var signals = new Dictionary<string, Tensor>();
        Tensor? all = null, norm = null;
        Tensor Probabilities() => all ??= logits.softmax(1);
        Add(SignalNames.Confidence, () => Probabilities().amax([1L]));
        if (request.Wants(SignalNames.Correct) || request.Wants(SignalNames.Prediction))
        {
            var predicted = logits.argmax(1);
            Add(SignalNames.Correct, () => predicted.eq(labels));
            Add(SignalNames.Prediction, () => predicted);
        }

        Add(SignalNames.ErrorNorm, ErrorNorm);
        Add(SignalNames.LastLayerGradient, () => ErrorNorm() * batch[Batch.GradientScale]);
        Add(SignalNames.LogitMargin, () => Margin(logits, labels));
        Add(SignalNames.ProbabilityMargin, () => Margin(Probabilities(), labels));
        Add(SignalNames.TrueProbability, () => OfLabel(Probabilities(), labels));
        Add(Rows, Probabilities);
        Add(SignalNames.Entropy, () => special.entr(Probabilities()).sum(1));
        Add(SignalNames.TopGap, () =>
        {
            var (largest, _) = Probabilities().topk(2, 1);
            return largest.select(1, 0) - largest.select(1, 1);
        });
        return signals;

        Tensor ErrorNorm() => norm ??= Probabilities().scatter_add(1, labels.unsqueeze(1), full([labels.size(0), 1], -1f, logits.dtype, logits.device)).square().sum(1).sqrt();

        void Add(string name, Func<Tensor> compute)
        {
            if (request.Wants(name))
            {
                signals.Add(name, compute());
            }
        }
    }

    private static Tensor OfLabel(Tensor values, Tensor labels) => values.gather(1, labels.unsqueeze(1)).squeeze(1);

    private static Tensor Margin(Tensor values, Tensor labels)
    {
        using var lowest = full([labels.size(0), 1], float.NegativeInfinity, values.dtype, values.device);
        return OfLabel(values, labels) - values.scatter(1, labels.unsqueeze(1), lowest).amax([1L]);
    }
}
