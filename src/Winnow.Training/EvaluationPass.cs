using Winnow.Records;
using Winnow.Samples;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Training;

/// <summary>
/// Samples sent through the model without training on them: evaluation mode, no augmentation, nothing recorded, in the recipe's precision
/// and in large batches. The test set goes this way, and so do samples that sat out an epoch where a method asks for their losses.
/// </summary>
internal sealed class EvaluationPass(Network model, Device device, TrainingRecipe recipe)
{
    // Nothing is kept for a backward pass, so that more samples fit where a batch of training does.
    private readonly int _batch = (int)Math.Clamp(4L * recipe.BatchSize, 1, 1024);

    /// <summary>Leaves the model in evaluation mode.</summary>
    /// <param name="data">The samples.</param>
    /// <param name="ids">Which of them, in the order of the result.</param>
    /// <param name="labelSmoothing">As in training where losses are to be comparable with those of training.</param>
    /// <param name="needs">Whether confidences are wanted; losses and correctness always come.</param>
    /// <param name="stopping">Asked before each batch; ends the pass.</param>
    /// <returns>Null when it was stopped.</returns>
    public SampleSignals? Run(DeviceData data, ReadOnlySpan<long> ids, double labelSmoothing, Signals needs, Func<bool> stopping)
    {
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        model.Eval();
        var all = TensorData.FromSpan(ids).to(device);
        var signals = new RunSignals(ids.Length, needs, correctness: true, predictions: false, device);
        for (var start = 0; start < ids.Length; start += _batch)
        {
            if (stopping())
            {
                return null;
            }

            using var step = NewDisposeScope();
            var here = all.narrow(0, start, Math.Min(_batch, ids.Length - start));
            var labels = data.Labels(here);
            Tensor logits;
            using (recipe.Precision.Cast(device))
            {
                logits = model.Forward(data.Batch(here)).to(ScalarType.Float32);
            }

            signals.Write(start, nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.None, label_smoothing: labelSmoothing), logits, labels);
            TorchRuntime.EndStep();
        }

        return signals.Fetch(ids.Length);
    }
}

/// <summary>How a <see cref="Precision"/> is entered.</summary>
internal static class PrecisionExtensions
{
    /// <summary>Heavy operators compute in this precision until the result is disposed.</summary>
    public static Autocast Cast(this Precision precision, Device device) =>
        precision == Precision.Bf16 ? Autocast.Enter(device.type, ScalarType.BFloat16) : default;
}
