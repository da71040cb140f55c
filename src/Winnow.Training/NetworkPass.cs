using System.Globalization;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Training.Tasks;
using static TorchSharp.torch;

namespace Winnow.Training;

/// <summary>Sends batches of a task through a network in the precision of a run: in training, in evaluation, and where speeds are tried.</summary>
internal sealed class NetworkPass(TrainingTask task, Network model, Precision precision, Device device, Distillation? teacher = null)
{
    /// <summary>What a function gives in the run's precision, in float32. What it was made from is let go, but for what autograd keeps.</summary>
    public Tensor Compute(Func<Tensor> function)
    {
        using var scope = NewDisposeScope();
        using (precision.Cast(device))
        {
            return function().to(ScalarType.Float32).MoveToOuterDisposeScope();
        }
    }

    /// <summary>The network's output for a batch.</summary>
    public Tensor Forward(Batch batch) => Compute(() => model.Forward(task, batch));

    /// <summary>Losses and signals of a batch.</summary>
    /// <param name="batch">The samples.</param>
    /// <param name="request">What is wanted of them.</param>
    /// <param name="eachGradient">Told after each sample whose full gradient was computed; what it throws ends the work.</param>
    /// <exception cref="TrainingFailedException">The losses aren't a number a sample, or are on another device.</exception>
    public SampleOutput Measure(Batch batch, SampleRequest request, Action? eachGradient = null)
    {
        using var tap = request.Wants(SignalNames.LastLayerGradient) && task.LastLayer(model.Module) is { } layer ? new LastLayerInput(layer) : null;
        var output = Forward(batch);
        var measured = task.Measure(output, tap is null ? batch : batch.With(Batch.GradientScale, tap.GradientScale()), request);
        if (teacher is not null && request.Training)
        {
            measured = measured with { Losses = teacher.Mix(measured.Losses, output, batch[Batch.Teacher]) };
        }

        if (measured.Losses.shape is not [var losses] || losses != batch.Count)
        {
            throw new TrainingFailedException(string.Create(CultureInfo.InvariantCulture,
                $"the loss of a batch of {batch.Count} samples has the shape [{string.Join(", ", measured.Losses.shape)}] and has to have [{batch.Count}], a number a sample: compute it without reduction, and take the mean over a sample's own parts."));
        }

        if (measured.Losses.device_type != device.type)
        {
            throw new TrainingFailedException($"the loss is on {measured.Losses.device} and the run on {DeviceNames.Name(device)}; make the tensors of the task there.");
        }

        return request.Wants(SignalNames.FullGradient)
            ? measured with { Signals = new Dictionary<string, Tensor>(measured.Signals) { [SignalNames.FullGradient] = SampleGradients.Lengths(task, model, batch, eachGradient) } }
            : measured;
    }
}
