using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using TorchSharp;
using Winnow.Data;
using Winnow.Torch;
using Winnow.Training.Models;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Denoising;

/// <summary>
/// What sees how alike images are: a resnet-small of the catalogue, trained to tell the classes of the training set apart, once and the same whatever is compared. Its features are what its last layer is given. It is
/// trained on the processor in one thread, so that it doesn't depend on the run, and kept in the user's cache folder.
/// </summary>
/// <param name="data">What it is trained on; images of at least two classes.</param>
/// <param name="folder">Where it is kept.</param>
internal sealed class FeatureClassifier(LoadedData data, string folder)
{
    /// <summary>Numbers an image is seen as.</summary>
    public const int Width = 4 * 16;

    // Twice through Fashion-MNIST; of some thousand images eight epochs.
    private const int FewestSteps = 150, MostSteps = 1000;

    private static readonly TrainingRecipe s_recipe = new() { Model = "resnet-small", Width = Width / 4, Epochs = 8, BatchSize = 128, LearningRate = 0.1 };

    private readonly SampleSet _train = data.Train;
    private IReadOnlyList<WeightArray>? _weights;

    /// <summary>How it is trained, for records.</summary>
    public static string Description { get; } = FormattableString.Invariant($"{s_recipe.Model} of width {s_recipe.Width}, {s_recipe.Epochs} epochs but {FewestSteps} to {MostSteps} steps of {s_recipe.BatchSize}, seed 0");

    /// <summary>The user's cache folder for classifiers.</summary>
    public static string DefaultFolder => UserCache.Folder("classifiers");

    /// <summary>The classifier on a device, in evaluation mode; null where its training was stopped.</summary>
    /// <param name="device">Where.</param>
    /// <param name="stop">Ends its training.</param>
    public nn.Module<Tensor, Tensor>? Load(Device device, CancellationToken stop)
    {
        if (Weights(stop) is not { } weights)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var model = ModelCatalog.Create(s_recipe.Model, new ModelShape(_train.Channels, _train.Shape[1], _train.Shape[2], _train.Classes), s_recipe.Width);
        new Network(model).Load(weights, s_recipe.Model);
        model.to(device).eval();
        return model;
    }

    /// <summary>What the last layer of a classifier is given, [n, <see cref="Width"/>].</summary>
    /// <param name="classifier">As <see cref="Load"/> gave it.</param>
    /// <param name="images">In [-1, 1], [n, channels, rows, columns].</param>
    /// <param name="range">What -1 and 1 stand for.</param>
    public Tensor Features(nn.Module<Tensor, Tensor> classifier, Tensor images, PixelRange range)
    {
        using var scope = NewDisposeScope();
        long[] shape = [1, _train.Channels, 1, 1];
        var mean = TensorData.FromSpan<float>([.. _train.Mean.Select(static value => (float)value)], shape).to(images.device);
        var std = TensorData.FromSpan<float>([.. _train.Std.Select(static value => value > 0 ? (float)value : 1)], shape).to(images.device);

        // As the classifier was shown the training set.
        var x = (range.ToPixels(images) - mean) / std;
        foreach (var layer in classifier.children().SkipLast(1))
        {
            x = ((nn.Module<Tensor, Tensor>)layer).call(x);
        }

        return x.MoveToOuterDisposeScope();
    }

    private IReadOnlyList<WeightArray>? Weights(CancellationToken stop)
    {
        if (_weights is not null)
        {
            return _weights;
        }

        var path = Path.Combine(folder, Key() + WeightsFile.SafetensorsEnding);
        return _weights = Find(path) ?? Train(path, stop);
    }

    private IReadOnlyList<WeightArray>? Find(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            var weights = WeightsFile.Read(stream, path);
            using var scope = NewDisposeScope();
            using var trial = ModelCatalog.Create(s_recipe.Model, new ModelShape(_train.Channels, _train.Shape[1], _train.Shape[2], _train.Classes), s_recipe.Width);
            new Network(trial).Load(weights, s_recipe.Model);
            return weights;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or DataException or RecipeException)
        {
            // None, or damaged: it is trained anew, to the same bits.
            return null;
        }
    }

    private IReadOnlyList<WeightArray>? Train(string path, CancellationToken stop)
    {
        var threads = TorchRuntime.Threads;
        TrainingOutcome outcome;
        try
        {
            TorchRuntime.Threads = 1;
            using var recording = enable_grad();
            var trainer = s_recipe.CreateTrainer(data with { Test = data.Test.Take(1) }, CPU);
            outcome = trainer.Run(new TrainingRequest { Method = "full", Seed = 0, Steps = Math.Clamp(trainer.FullSteps, FewestSteps, MostSteps) }, [], stop);
        }
        finally
        {
            TorchRuntime.Threads = threads;
        }

        if (outcome.Interrupted)
        {
            return null;
        }

        try
        {
            Directory.CreateDirectory(folder);
            AtomicFile.Write(path, stream => WeightsFile.WriteSafetensors(stream, outcome.Weights));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It costs the same time again.
        }

        return outcome.Weights;
    }

    private string Key() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
        $"{_train.Fingerprint}|{_train.Count}|{string.Join('x', _train.Shape.ToArray())}|{_train.Classes}|{Description}|{string.Join(',', s_recipe.Settings())}|{ProcessorFeatures.Key}|{TorchRuntime.Version}"))))[..32];
}
