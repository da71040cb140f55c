using Winnow.Training.Tasks;
using Winnow.Training.Tasks.Classification;
using static TorchSharp.torch;

namespace Winnow.Training;

/// <summary>What a trained network makes of every training sample, in evaluation mode, of the inputs as they are.</summary>
/// <param name="Width">Numbers a row of features.</param>
/// <param name="Rows">The inputs of the network's last layer, [samples × width].</param>
/// <param name="Probabilities">The probability of each class, [samples × classes].</param>
public sealed record SampleFeatures(int Width, float[] Rows, float[] Probabilities)
{
    private const string Column = "features";

    /// <summary>Refuses a task or a network of which nobody knows the last layer.</summary>
    /// <exception cref="RecipeException">It is one of those.</exception>
    internal static void Check(TrainingTask task)
    {
        if (!task.Signals.Contains(SignalNames.LastLayerGradient))
        {
            throw new RecipeException($"features are the inputs of a network's last layer, which isn't known of {task.ModelName} in the task {task.Name}; take a network of the catalogue in the task {ClassificationTask.TaskName}, or embeddings from elsewhere.");
        }
    }

    /// <summary>Sends all training samples through a network; null when the run was stopped meanwhile.</summary>
    internal static SampleFeatures? Of(TrainingTask task, Network model, Evaluator evaluator)
    {
        using var last = new LastLayerInput(task.LastLayer(model.Module)!);
        int[] ids = [.. Enumerable.Range(0, task.Dataset.Train)];
        var columns = evaluator.Run(evaluator.TrainSamples, ids, new HashSet<string> { Column, ClassSignals.Rows }, batch =>
        {
            var output = evaluator.Forward(batch);
            return new SampleOutput(output.select(1, 0)) { Signals = new Dictionary<string, Tensor> { [Column] = last.Take(), [ClassSignals.Rows] = output.softmax(1) } };
        });
        return columns is null ? null : new(columns.Width(Column), columns[Column], columns[ClassSignals.Rows]);
    }
}
