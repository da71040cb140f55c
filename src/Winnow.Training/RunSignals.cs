using Winnow.Records.Inspection;
using Winnow.Samples;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Training;

/// <summary>
/// What the model said of the samples of a pass, in the pass's order, gathered on the device and fetched once at its end: the raw losses
/// and, where asked for, the predicted classes, which of them were right and how sure the model was. The tensors belong to the scope in which
/// this was made.
/// </summary>
internal sealed class RunSignals(int count, Signals needs, bool correctness, bool predictions, Device device)
{
    private readonly Tensor _losses = empty(count, ScalarType.Float32, device);
    private readonly Tensor? _confidences = needs.HasFlag(Signals.Predictions) ? empty(count, ScalarType.Float32, device) : null;
    private readonly Tensor? _correct = correctness || needs.HasFlag(Signals.Predictions) ? empty(count, ScalarType.Bool, device) : null;
    private readonly Tensor? _predictions = predictions ? full(count, SampleHistory.NotVisited, ScalarType.Int64, device) : null;

    /// <summary>Stores what came of consecutive samples; waits for nothing.</summary>
    /// <param name="start">The first one's place in the pass.</param>
    /// <param name="losses">One a sample, without history.</param>
    /// <param name="logits">float32 [n, classes], without history.</param>
    /// <param name="labels">int64 [n].</param>
    public void Write(int start, Tensor losses, Tensor logits, Tensor labels)
    {
        var length = losses.numel();
        Each(losses, logits, labels, (target, values) => target.narrow(0, start, length).copy_(values));
    }

    /// <summary>Overwrites what came of samples at these places, int64 [n], counted from <paramref name="start"/>.</summary>
    public void Write(int start, int length, Tensor places, Tensor losses, Tensor logits, Tensor labels) =>
        Each(losses, logits, labels, (target, values) => target.narrow(0, start, length).index_copy_(0, places, values));

    /// <summary>The first so many on the host; waits for the device.</summary>
    public SampleSignals Fetch(int length) => new(
        _losses.narrow(0, 0, length).ToArray<float>(),
        _confidences is null ? [] : _confidences.narrow(0, 0, length).ToArray<float>(),
        _correct is null ? [] : _correct.narrow(0, 0, length).ToArray<bool>(),
        _predictions is null ? [] : Array.ConvertAll(_predictions.narrow(0, 0, length).ToArray<long>(), static label => (int)label));

    /// <summary>Takes what <see cref="Fetch"/> gave, as the first of the pass.</summary>
    public void Load(SampleSignals signals)
    {
        using var scope = NewDisposeScope();
        _losses.narrow(0, 0, signals.Losses.Length).CopyFrom<float>(signals.Losses);
        _confidences?.narrow(0, 0, signals.Confidences.Length).CopyFrom<float>(signals.Confidences);
        _correct?.narrow(0, 0, signals.Correct.Length).CopyFrom<bool>(signals.Correct);
        _predictions?.narrow(0, 0, signals.Predictions.Length).CopyFrom<long>(Array.ConvertAll(signals.Predictions, static label => (long)label));
    }

    private void Each(Tensor losses, Tensor logits, Tensor labels, Action<Tensor, Tensor> store)
    {
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        store(_losses, losses);
        if (_confidences is not null)
        {
            store(_confidences, logits.softmax(1).amax([1L]));
        }

        if (_correct is null && _predictions is null)
        {
            return;
        }

        var predicted = logits.argmax(1);
        if (_correct is not null)
        {
            store(_correct, predicted.eq(labels));
        }

        if (_predictions is not null)
        {
            store(_predictions, predicted);
        }
    }
}

/// <summary>The signals of a pass on the host; what wasn't asked for is empty.</summary>
internal readonly record struct SampleSignals(float[] Losses, float[] Confidences, bool[] Correct, int[] Predictions);
