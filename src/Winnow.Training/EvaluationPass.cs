using Winnow.Samples;
using Winnow.Torch;
using Winnow.Torch.Modules;

namespace Winnow.Training;

/// <summary>
/// Samples sent through the model without training on them: evaluation mode, no augmentation, nothing recorded, in the recipe's precision
/// and in large batches. The test set goes this way, and so do samples that sat out an epoch where a method asks for their losses.
/// </summary>
internal sealed class EvaluationPass(Module model, Device device, Precision precision)
{
    private const int Batch = 500;

    /// <summary>Leaves the model in evaluation mode.</summary>
    /// <param name="data">The samples.</param>
    /// <param name="ids">Which of them, in the order of the result.</param>
    /// <param name="labelSmoothing">As in training where losses are to be comparable with those of training.</param>
    /// <param name="needs">Whether confidences are wanted; losses and correctness always come.</param>
    /// <param name="stop">Ends the pass between two batches.</param>
    /// <returns>Null when it was stopped.</returns>
    public HostSignals? Run(DeviceData data, ReadOnlySpan<long> ids, double labelSmoothing, Signals needs, CancellationToken stop = default)
    {
        using var scope = new TensorScope();
        using var inference = NoGrad.Enter();
        model.Eval();
        var all = Tensor.FromSpan(ids, [ids.Length]).To(device);
        var signals = new RunSignals(ids.Length, needs, correctness: true, predictions: false, device);
        for (var start = 0; start < ids.Length; start += Batch)
        {
            if (stop.IsCancellationRequested)
            {
                return null;
            }

            using var step = new TensorScope();
            var here = all.Narrow(0, start, Math.Min(Batch, ids.Length - start));
            var labels = data.Labels(here);
            Tensor logits;
            using (precision.Cast(device))
            {
                logits = model.Forward(data.Batch(here)).To(ScalarType.Float32);
            }

            signals.Write(start, Ops.CrossEntropy(logits, labels, Reduction.None, labelSmoothing), logits, labels);
        }

        return signals.Fetch(ids.Length);
    }
}

/// <summary>How a <see cref="Precision"/> is entered.</summary>
internal static class PrecisionExtensions
{
    /// <summary>Heavy operators compute in this precision until the result is disposed.</summary>
    public static Autocast Cast(this Precision precision, Device device) =>
        Autocast.Enter(device, precision == Precision.Bf16 ? ScalarType.BFloat16 : ScalarType.Float32);
}
