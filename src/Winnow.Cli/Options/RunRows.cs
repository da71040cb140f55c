using System.Security.Cryptography;
using TorchSharp;
using Winnow.Cli.Views;
using Winnow.Data;
using Winnow.Embedding;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Training;
using Winnow.Training.Models;
using Winnow.Training.Tasks;
using Winnow.Training.Tasks.Classification;

namespace Winnow.Cli.Options;

/// <summary>The rows of <c>winnow embed --from-run</c>: what the last layer of a run's trained network is given.</summary>
internal sealed class RunRows : EmbeddingRows
{
    private readonly ClassifierFeatures _features;

    private RunRows(ClassifierFeatures features, int window) => (_features, Window) = (features, window);

    public override int Count => _features.Count;

    public override int Dimensions => _features.Dimensions;

    public override int Window { get; }

    public override void Next(Span<float> destination) => _features.Next(destination);

    /// <summary>Opens a run's data and weights.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="data">Where its data is now; null for where it was.</param>
    /// <param name="test">Whether the test part is meant.</param>
    /// <param name="batchSize">How many go through the network at once.</param>
    /// <param name="threads">How many threads compute; null for libtorch's own number.</param>
    /// <param name="streaming">Where samples are while they are read.</param>
    /// <param name="progress">Is told how far pictures are decoded; null for nobody.</param>
    public static (EmbeddingRows Rows, EmbeddingInfo Info) Open(string folder, string? data, bool test, int batchSize, int? threads, Streaming streaming, DecodingView? progress)
    {
        var plan = RunPlan.Of(folder);
        if (plan.Kind != "train" || TaskRecipe.FromRecord(plan.Recipe) is not TrainingRecipe recipe)
        {
            throw new UsageException($"--from-run {folder} is a run of winnow {plan.Kind}{(plan.Kind == "train" ? $" --task {plan.Recipe.Text("task")}" : "")}; give one of winnow train that has learned classes.");
        }

        var path = Path.Combine(folder, "weights", "weights" + WeightsFile.SafetensorsEnding);
        if (!File.Exists(path))
        {
            throw new UsageException($"--from-run {folder} holds no {Path.GetRelativePath(folder, path)}, which a run leaves at its end; let it end first: winnow train --resume {folder}.");
        }

        TorchRuntime.Load();
        TorchRuntime.Threads = threads ?? TorchRuntime.Threads;
        var opened = (LoadedData)recipe.Open(data ?? plan.Data, plan.ToDataOptions() with { Streaming = streaming, Progress = progress is null ? null : progress.Show });
        var task = new ClassificationTask(plan.Limit is { } limit && limit < opened.TrainCount ? opened.Limited(limit) : opened, recipe);
        if (task.Dataset.Fingerprint != plan.Dataset.Fingerprint)
        {
            throw new DataException($"the run was trained on {plan.Dataset.Name} of {plan.Dataset.Train} samples ({plan.Dataset.Fingerprint}), and this is {task.Dataset.Name} of {task.Dataset.Train} ({task.Dataset.Fingerprint}); give the folder where that data is now as the first word.");
        }

        var file = File.ReadAllBytes(path);
        using var stream = new MemoryStream(file, writable: false);
        var part = test ? task.Data.Test : task.Data.Train;
        var features = new ClassifierFeatures(task, WeightsFile.Read(stream, path), path, test, torch.CPU);
        return (new RunRows(features, Math.Min(batchSize, features.Count)), new EmbeddingInfo
        {
            Winnow = RunDescription.Version,
            Data = task.Dataset.Name,
            Part = test ? "test" : "train",
            Limit = plan.Limit,
            Fingerprint = part.Fingerprint,
            LabelsSha256 = EmbeddingFile.HashLabels(part.Labels),
            ImageSize = plan.ImageSize,
            Embedder = folder,
            ModelSha256 = Convert.ToHexStringLower(SHA256.HashData(file)),
            Runtime = $"libtorch {TorchRuntime.Version}",
            BatchSize = batchSize,
        });
    }

    protected override void Dispose(bool disposing)
    {
        _features.Dispose();
        base.Dispose(disposing);
    }
}
