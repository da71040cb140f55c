using Winnow.Samples;
using Winnow.Torch;
using Winnow.Training.Inspection;

namespace Winnow.Training;

/// <summary>
/// What the model said of the samples of a pass, in the pass's order, gathered on the device and fetched once at its end: the raw losses
/// and, where asked for, the predicted classes, which of them were right and how sure the model was. The tensors belong to the scope in which
/// this was made.
/// </summary>
internal sealed class RunSignals(int count, Signals needs, bool correctness, bool predictions, Device device)
{
    private readonly Tensor _losses = Ops.Empty([count], ScalarType.Float32, device);
    private readonly Tensor? _confidences = needs.HasFlag(Signals.Predictions) ? Ops.Empty([count], ScalarType.Float32, device) : null;
    private readonly Tensor? _correct = correctness || needs.HasFlag(Signals.Predictions) ? Ops.Empty([count], ScalarType.Bool, device) : null;
    private readonly Tensor? _predictions = predictions ? Ops.Full([count], SampleHistory.NotVisited, ScalarType.Int64, device) : null;

    /// <summary>Stores what came of consecutive samples; waits for nothing.</summary>
    /// <param name="start">The first one's place in the pass.</param>
    /// <param name="losses">One a sample, without history.</param>
    /// <param name="logits">float32 [n, classes], without history.</param>
    /// <param name="labels">int64 [n].</param>
    public void Write(int start, Tensor losses, Tensor logits, Tensor labels)
    {
        var length = losses.Count;
        Each(losses, logits, labels, (target, values) => target.Narrow(0, start, length).CopyFrom(values));
    }

    /// <summary>Overwrites what came of samples at these places, int64 [n], counted from <paramref name="start"/>.</summary>
    public void Write(int start, int length, Tensor places, Tensor losses, Tensor logits, Tensor labels) =>
        Each(losses, logits, labels, (target, values) => Ops.IndexCopyInPlace(target.Narrow(0, start, length), 0, places, values));

    /// <summary>The first so many on the host; waits for the device.</summary>
    public HostSignals Fetch(int length) => new(
        _losses.Narrow(0, 0, length).ToArray<float>(),
        _confidences is null ? [] : _confidences.Narrow(0, 0, length).ToArray<float>(),
        _correct is null ? [] : _correct.Narrow(0, 0, length).ToArray<bool>(),
        _predictions is null ? [] : Array.ConvertAll(_predictions.Narrow(0, 0, length).ToArray<long>(), static label => (int)label));

    /// <summary>Takes what <see cref="Fetch"/> gave, as the first of the pass.</summary>
    public void Load(HostSignals signals)
    {
        using var scope = new TensorScope();
        _losses.Narrow(0, 0, signals.Losses.Length).CopyFrom(Tensor.FromSpan<float>(signals.Losses));
        _confidences?.Narrow(0, 0, signals.Confidences.Length).CopyFrom(Tensor.FromSpan<float>(signals.Confidences));
        _correct?.Narrow(0, 0, signals.Correct.Length).CopyFrom(Tensor.FromSpan<bool>(signals.Correct));
        _predictions?.Narrow(0, 0, signals.Predictions.Length).CopyFrom(Tensor.FromSpan<long>(Array.ConvertAll(signals.Predictions, static label => (long)label)));
    }

    private void Each(Tensor losses, Tensor logits, Tensor labels, Action<Tensor, Tensor> store)
    {
        using var scope = new TensorScope();
        store(_losses, losses);
        if (_confidences is not null)
        {
            store(_confidences, Ops.Max(Ops.Softmax(logits, 1), 1).Values);
        }

        if (_correct is null && _predictions is null)
        {
            return;
        }

        var predicted = Ops.Argmax(logits, 1);
        if (_correct is not null)
        {
            store(_correct, Ops.Equal(predicted, labels));
        }

        if (_predictions is not null)
        {
            store(_predictions, predicted);
        }
    }
}

/// <summary>The signals of a pass on the host; what wasn't asked for is empty.</summary>
internal readonly record struct HostSignals(float[] Losses, float[] Confidences, bool[] Correct, int[] Predictions);
