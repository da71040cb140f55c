using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Classification;

/// <summary>What logits say of samples beside their loss.</summary>
internal static class ClassSignals
{
    /// <summary>Those that are wanted.</summary>
    /// <param name="logits">float32 [n, classes], without history.</param>
    /// <param name="labels">int64 [n].</param>
    /// <param name="request">What is wanted.</param>
    public static IReadOnlyDictionary<string, Tensor> Of(Tensor logits, Tensor labels, SampleRequest request)
    {
        using var silent = no_grad();
        var signals = new Dictionary<string, Tensor>();
        if (request.Wants(SignalNames.Confidence))
        {
            signals.Add(SignalNames.Confidence, logits.softmax(1).amax([1L]));
        }

        var (correct, prediction) = (request.Wants(SignalNames.Correct), request.Wants(SignalNames.Prediction));
        if (!correct && !prediction)
        {
            return signals;
        }

        var predicted = logits.argmax(1);
        if (correct)
        {
            signals.Add(SignalNames.Correct, predicted.eq(labels));
        }

        if (prediction)
        {
            signals.Add(SignalNames.Prediction, predicted);
        }

        return signals;
    }
}
