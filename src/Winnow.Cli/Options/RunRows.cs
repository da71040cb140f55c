using System.Security.Cryptography;
using TorchSharp;
using Winnow.Cli.Views;
using Winnow.Data;
using Winnow.Embedding;
using Winnow.Torch;
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
    /// <param name="threads">How many threads compute; null for what OMP_NUM_THREADS says, else all processors.</param>
    /// <param name="streaming">Where samples are while they are read.</param>
    /// <param name="progress">Is told how far pictures are decoded; null for nobody.</param>
    public static (EmbeddingRows Rows, EmbeddingInfo Info) Open(string folder, string? data, bool test, int batchSize, int? threads, Streaming streaming, DecodingView? progress)
    {
        var run = TrainedRun.Open("--from-run ", folder, data, "as the first word", streaming, progress);
        TorchRuntime.Threads = threads ?? TorchRuntime.Threads;
        var part = test ? run.Task.Data.Test : run.Task.Data.Train;
        var features = new ClassifierFeatures(run.Task, run.Weights(), run.WeightsPath, test, torch.CPU);
        return (new RunRows(features, Math.Min(batchSize, features.Count)), new EmbeddingInfo
        {
            Winnow = RunDescription.Version,
            Data = run.Task.Dataset.Name,
            Part = test ? "test" : "train",
            Limit = run.Plan.Limit,
            Fingerprint = part.Fingerprint,
            LabelsSha256 = EmbeddingFile.HashLabels(part.Labels),
            ImageSize = run.Plan.ImageSize,
            Embedder = folder,
            ModelSha256 = Convert.ToHexStringLower(SHA256.HashData(run.Content)),
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
