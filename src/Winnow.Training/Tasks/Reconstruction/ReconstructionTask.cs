using System.Globalization;
using TorchSharp;
using Winnow.Data;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Training.Tasks.Classification;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Reconstruction;

/// <summary>
/// Pre-training without labels: hidden patches of images are predicted from those that are seen. Judged by how well the encoder's features, which were trained for
/// nothing of the kind, tell the classes apart (k nearest neighbours); without classes by the test loss.
/// </summary>
public sealed class ReconstructionTask : TrainingTask
{
    /// <summary>What the task is called.</summary>
    public const string TaskName = "reconstruct";

    /// <summary>At most so many training and test samples take part in the search for neighbours, evenly spread over the data.</summary>
    internal const int MostReferences = 10_000, MostQueries = 5_000;

    private const string Knn = "knn_accuracy", TestLoss = Records.Metrics.TestLoss;

    private readonly ReconstructionRecipe _recipe;
    private readonly LoadedData _data;
    private readonly float[] _sizes;
    private readonly int _rows, _columns, _shown;

    /// <param name="data">Images. Labels serve the evaluation alone.</param>
    /// <param name="recipe">Patches, mask, and the network's size.</param>
    /// <exception cref="RecipeException">A value is out of range, the data holds no images, or a patch doesn't divide them.</exception>
    public ReconstructionTask(LoadedData data, ReconstructionRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(recipe);
        recipe.Validate();
        TaskRecipe.RequireImages(data, TaskName);
        var (height, width) = (data.Train.Shape[1], data.Train.Shape[2]);
        if (height % recipe.PatchSize != 0 || width % recipe.PatchSize != 0)
        {
            var fitting = Enumerable.Range(1, Math.Min(height, width)).Where(side => height % side == 0 && width % side == 0 && height / side * (width / side) > 1);
            throw RecipeException.Of(nameof(recipe.PatchSize), string.Create(CultureInfo.InvariantCulture,
                $"{recipe.PatchSize} doesn't divide images of {height}x{width}; take one of {string.Join(", ", fitting)}."));
        }

        (_rows, _columns) = (height / recipe.PatchSize, width / recipe.PatchSize);
        var patches = _rows * _columns;
        _shown = (int)Math.Round(patches * (1 - recipe.Mask));
        if (_shown == 0 || _shown == patches)
        {
            throw RecipeException.Of(nameof(recipe.Mask), string.Create(CultureInfo.InvariantCulture,
                $"{recipe.Mask} of {patches} patches leaves {(_shown == 0 ? "none to see" : "none to predict")}; take another share or smaller patches."));
        }

        (var train, _sizes, Notes) = recipe.Trained(data.Train);
        (_recipe, _data) = (recipe, data with { Train = train });
        Metrics = data.Train.Classes > 1
            ? [new(Knn, HigherIsBetter: true, Decides: true) { IsShare = true }, new(TestLoss, HigherIsBetter: false)]
            : [new(TestLoss, HigherIsBetter: false, Decides: true)];
    }

    /// <inheritdoc/>
    public override string Name => TaskName;

    /// <inheritdoc/>
    public override string ModelName => "mae";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes { get; }

    /// <summary>What each training sample counts: what the recipe's subset file says.</summary>
    public override ReadOnlyMemory<float> Sizes => _sizes;

    /// <inheritdoc/>
    public override DataInfo Dataset => field ??= DataInfo.Of(_data);

    /// <inheritdoc/>
    public override ReadOnlyMemory<int> Groups => _data.Train.LabelsMemory;

    /// <inheritdoc/>
    public override IReadOnlyList<Metric> Metrics { get; }

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, string>> Identity => [new("test_data", _data.Test.Fingerprint)];

    /// <inheritdoc/>
    public override nn.Module CreateModel(Device device)
    {
        using var scope = NewDisposeScope();
        return new MaskedAutoencoder(_recipe, _rows, _columns, _recipe.PatchSize * _recipe.PatchSize * _data.Train.Channels).to(device);
    }

    /// <inheritdoc/>
    public override ISampleReader OpenTrain(Device device, MemoryLayout layout) => Open(_data.Train, _recipe.Augmentation, device);

    /// <inheritdoc/>
    public override ISampleReader OpenTest(Device device, MemoryLayout layout) => Open(_data.Test, Augmentation.None, device);

    /// <inheritdoc/>
    public override Tensor Forward(nn.Module model, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return ((MaskedAutoencoder)model).Predict(batch[Batch.Input], batch[MaskedReader.Shown], batch[MaskedReader.Hidden]);
    }

    /// <inheritdoc/>
    public override SampleOutput Measure(Tensor output, Batch batch, SampleRequest request)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = NewDisposeScope();
        var target = MaskedAutoencoder.At(batch[Batch.Input], batch[MaskedReader.Hidden]);
        if (_recipe.NormalizePatches)
        {
            var mean = target.mean([2L], keepdim: true);
            target = (target - mean) / (target.var(2, unbiased: false, keepdim: true) + 1e-6).sqrt();
        }

        return new SampleOutput((output - target).square().mean([1L, 2L]).MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public override Evaluation? Evaluate(Evaluator evaluator)
    {
        ArgumentNullException.ThrowIfNull(evaluator);
        if (evaluator.Test() is not { } columns)
        {
            return null;
        }

        var values = new Dictionary<string, double> { [TestLoss] = columns.MeanLoss };
        if (_data.Train.Classes > 1)
        {
            var (references, queries) = (EvenSpread.Of(_data.Train.Count, MostReferences), EvenSpread.Of(_data.Test.Count, MostQueries));
            if (Encode(evaluator, evaluator.TrainSamples, references) is not { } train || Encode(evaluator, evaluator.TestSamples, queries) is not { } test)
            {
                return null;
            }

            values.Add(Knn, NearestNeighbours.Accuracy(train, Labels(_data.Train, references), test, Labels(_data.Test, queries), _data.Train.Classes));
        }

        return new Evaluation(values);
    }

    private MaskedReader Open(SampleSet set, Augmentation augmentation, Device device) =>
        new MaskedReader(new DeviceData(set, _data.Train, augmentation, device, MemoryLayout.Contiguous), _recipe.PatchSize, _rows * _columns, _shown, device);

    /// <summary>What the encoder makes of some samples, [n, width], on the host; null when the run was stopped.</summary>
    private static Tensor? Encode(Evaluator evaluator, ISampleReader samples, int[] ids)
    {
        var encoder = (MaskedAutoencoder)evaluator.Model;
        return evaluator.Features(samples, ids, batch => evaluator.Compute(() => encoder.Features(batch[Batch.Input])));
    }

    private static Tensor Labels(SampleSet set, int[] ids) => TensorData.FromSpan<long>(Array.ConvertAll(ids, id => (long)set.Labels[id]));
}
