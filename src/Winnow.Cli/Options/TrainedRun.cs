using Winnow.Cli.Views;
using Winnow.Data;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Training;
using Winnow.Training.Models;
using Winnow.Training.Tasks;
using Winnow.Training.Tasks.Classification;

namespace Winnow.Cli.Options;

/// <summary>A run of train that has learned classes: its recipe, its data and its weights.</summary>
/// <param name="Plan">What was run.</param>
/// <param name="Recipe">Its recipe.</param>
/// <param name="Data">Its data as they were opened.</param>
/// <param name="Task">The task over them.</param>
/// <param name="WeightsPath">The file of its weights.</param>
/// <param name="Content">That file's bytes.</param>
internal sealed record TrainedRun(RunPlan Plan, TrainingRecipe Recipe, LoadedData Data, ClassificationTask Task, string WeightsPath, byte[] Content)
{
    /// <summary>Opens a run's data and weights.</summary>
    /// <param name="option">The option that names it, and a space; empty where it is the first word.</param>
    /// <param name="folder">The run's folder.</param>
    /// <param name="data">Where its data is now; null for where it was.</param>
    /// <param name="dataWord">How the user says where that is, for messages.</param>
    /// <param name="streaming">Where samples are while they are read.</param>
    /// <param name="progress">Is told how far pictures are decoded; null for nobody.</param>
    public static TrainedRun Open(string option, string folder, string? data, string dataWord, Streaming streaming, DecodingView? progress)
    {
        var plan = RunPlan.Of(folder);
        if (plan.Kind != "train" || TaskRecipe.FromRecord(plan.Recipe) is not TrainingRecipe recipe)
        {
            throw new UsageException($"{option}{folder} is a run of winnow {plan.Kind}{(plan.Kind == "train" ? $" --task {plan.Recipe.Text("task")}" : "")}; give one of winnow train that has learned classes.");
        }

        var path = WeightsIn(folder);
        if (!File.Exists(path))
        {
            throw new UsageException($"{option}{folder} holds no {Path.GetRelativePath(folder, path)}, which a run leaves at its end; let it end first: winnow train --resume {folder}.");
        }

        TorchRuntime.Load();
        var opened = plan.Limited((LoadedData)recipe.Open(data ?? plan.Data, plan.ToDataOptions() with { Streaming = streaming, Progress = progress is null ? null : progress.Show }));
        var task = new ClassificationTask(opened, recipe);
        return task.Dataset.Fingerprint == plan.Dataset.Fingerprint ? new(plan, recipe, opened, task, path, File.ReadAllBytes(path))
            : throw new DataException($"the run was trained on {plan.Dataset.Name} of {plan.Dataset.Train} samples ({plan.Dataset.Fingerprint}), and this is {task.Dataset.Name} of {task.Dataset.Train} ({task.Dataset.Fingerprint}); give the folder where that data is now {dataWord}.");
    }

    /// <summary>The file of a run's weights.</summary>
    /// <param name="folder">The run's folder.</param>
    public static string WeightsIn(string folder) => Path.Combine(folder, "weights", "weights" + WeightsFile.SafetensorsEnding);

    /// <summary>Its weights, read anew at each call.</summary>
    public IReadOnlyList<WeightArray> Weights()
    {
        using var stream = new MemoryStream(Content, writable: false);
        return WeightsFile.Read(stream, WeightsPath);
    }
}
