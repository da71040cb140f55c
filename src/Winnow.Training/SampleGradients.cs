using System.Globalization;
using Winnow.Torch;
using Winnow.Training.Tasks;
using static TorchSharp.torch;

namespace Winnow.Training;

/// <summary>
/// The gradient of each sample's own loss over all trained parameters, by a forward and a backward pass a sample. In float32 whatever the run's precision: the length of a gradient is what a
/// coarser one loses first. The network is in evaluation mode, where batch normalisation goes by its running statistics and a sample's loss is its own.
/// </summary>
internal static class SampleGradients
{
    private const double Tolerance = 1e-3;

    private static readonly SampleRequest s_losses = new(Training: false, new HashSet<string>());

    /// <summary>‖∂loss/∂θ‖₂ of each sample, float32 [samples] on the batch's device; a parameter that a loss doesn't depend on counts 0.</summary>
    /// <param name="task">Gives the losses, those that a test tells.</param>
    /// <param name="model">In evaluation mode.</param>
    /// <param name="batch">The samples.</param>
    /// <param name="each">Told after each of them; what it throws ends the work.</param>
    public static Tensor Lengths(TrainingTask task, Network model, Batch batch, Action? each)
    {
        using var scope = NewDisposeScope();
        using var recorded = enable_grad();
        var lengths = new Tensor[batch.Count];
        for (var k = 0; k < lengths.Length; k++)
        {
            lengths[k] = Length(Loss(task, model, batch.Narrow(k, 1)), model);
            TorchRuntime.EndStep();
            each?.Invoke();
        }

        return stack(lengths).MoveToOuterDisposeScope();
    }

    /// <summary>Refuses a network that computes a sample's loss otherwise in company than alone, at its first weights: before it is trained for nothing.</summary>
    /// <exception cref="RecipeException">It is one.</exception>
    public static void Check(TrainingTask task, Network model, ISampleReader samples)
    {
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        model.Eval();
        using var reader = samples.Read(Enumerable.Range(0, Math.Min(2, task.Dataset.Train)).ToArray(), draws: null);
        var batch = reader.Take(0, Math.Min(2, task.Dataset.Train));
        var together = Loss(task, model, batch).ToArray<float>();
        for (var k = 0; k < together.Length; k++)
        {
            float alone;
            try
            {
                alone = Loss(task, model, batch.Narrow(k, 1)).item<float>();
            }
            catch (TrainingFailedException error)
            {
                throw new RecipeException($"grand:gradient=full sends samples through the network one by one, and {task.ModelName} can't compute a batch of one: {error.Message} Take grand or el2n.");
            }

            if (Math.Abs(alone - together[k]) > Tolerance * (1 + Math.Abs(together[k])))
            {
                throw new RecipeException(string.Create(CultureInfo.InvariantCulture,
                    $"grand:gradient=full needs a loss that is the sample's own, and {task.ModelName} mixes the samples of a batch in evaluation mode, too: sample {k} has the loss {together[k]:G4} in a batch of {together.Length} and {alone:G4} alone. Let batch normalisation go by its running statistics there, or take el2n."));
            }
        }
    }

    private static Tensor Loss(TrainingTask task, Network model, Batch batch) => task.Measure(model.Forward(task, batch).to(ScalarType.Float32), batch, s_losses).Losses;

    private static Tensor Length(Tensor loss, Network model)
    {
        using var scope = NewDisposeScope();
        var gradients = autograd.grad([loss.sum()], [.. model.Parameters], allow_unused: true);

        // In float64, so that a million small squares aren't lost beside a large one.
        Tensor[] squares = [.. gradients.Where(static gradient => gradient is { IsInvalid: false }).Select(static gradient => gradient.to(ScalarType.Float64).square().sum())];
        return stack(squares).sum().sqrt().to(ScalarType.Float32).MoveToOuterDisposeScope();
    }
}
