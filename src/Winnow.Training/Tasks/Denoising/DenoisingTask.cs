using TorchSharp;
using Winnow.Data;
using Winnow.Records;
using Winnow.Training.Tasks.Classification;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Denoising;

/// <summary>
/// A diffusion model of images. Judged, at the end of a run, by the Fréchet distance between images that it makes and those of the test set, in the features of a classifier of the same training set
/// (<see cref="FeatureClassifier"/>); beside it, and alone where there are no classes, by the test loss.
/// </summary>
public sealed class DenoisingTask : TrainingTask
{
    /// <summary>What the task is called.</summary>
    public const string TaskName = "denoise";

    /// <summary>Sides of images have to have so many pixels.</summary>
    internal const int SmallestSide = 8;

    /// <summary>At most so many test images tell the test loss, each at so many time steps, and at most so many are held against those that are made; evenly spread over the data.</summary>
    internal const int MostTests = 500, TestTimes = 4, MostCompared = 5000;

    private const string Frechet = "frechet_distance", TestLoss = Records.Metrics.TestLoss, ImagesEnding = "-images.png";

    // Rows of the grid of images that a run leaves.
    private const int GridRows = 8, MostGridColumns = 16;

    private readonly DenoisingRecipe _recipe;
    private readonly LoadedData _data;
    private readonly float[] _sizes;
    private readonly NoiseSchedule _schedule;
    private readonly PixelRange _range;
    private readonly FeatureClassifier _classifier;
    private readonly DiffusionSampler _sampler;

    /// <param name="data">Images with classes.</param>
    /// <param name="recipe">The network's size, and how images are made for the evaluation.</param>
    /// <exception cref="RecipeException">A value is out of range, the data holds no images, or they are too small.</exception>
    public DenoisingTask(LoadedData data, DenoisingRecipe recipe)
        : this(data, recipe, FeatureClassifier.DefaultFolder)
    {
    }

    internal DenoisingTask(LoadedData data, DenoisingRecipe recipe, string classifiers)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(recipe);
        recipe.Validate();
        TaskRecipe.RequireImages(data, TaskName);
        if (data.Train.Shape[1] < SmallestSide || data.Train.Shape[2] < SmallestSide)
        {
            throw new RecipeException(FormattableString.Invariant(
                $"the task {TaskName} needs images of at least {SmallestSide}x{SmallestSide} pixels, and those of {data.Train.Name} have {data.Train.Shape[1]}x{data.Train.Shape[2]}; take larger ones."));
        }

        if (recipe.Augmentation.Cutout > 0)
        {
            throw RecipeException.Of(nameof(recipe.Augmentation), $"{recipe.Augmentation} cuts holes into the images that the network is to learn to make; leave cutout out.");
        }

        (var train, _sizes, Notes) = recipe.Trained(data.Train);
        (_recipe, _data) = (recipe, data with { Train = train });
        (_schedule, _range) = (new NoiseSchedule(recipe.TimeSteps), PixelRange.Of(data.Train));
        (_classifier, _sampler) = (new FeatureClassifier(data, classifiers), new DiffusionSampler(_schedule, recipe.SamplingSteps, recipe.Guidance));
        Judges = data.Train.Classes > 1 && data.Test.Count > 1;
        Metrics = Judges
            ? [new(Frechet, HigherIsBetter: false, Decides: true), new(TestLoss, HigherIsBetter: false)]
            : [new(TestLoss, HigherIsBetter: false, Decides: true)];
    }

    /// <inheritdoc/>
    public override string Name => TaskName;

    /// <inheritdoc/>
    public override string ModelName => "unet";

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
    public override IEnumerable<KeyValuePair<string, string>> Identity => [new("test_data", _data.Test.Fingerprint), .. Judges ? [new("classifier", FeatureClassifier.Description)] : Array.Empty<KeyValuePair<string, string>>()];

    /// <summary>The weights as files, and images that a network of those weights makes, a class a column.</summary>
    public override IReadOnlyList<(string Ending, Action<Stream, IReadOnlyList<WeightArray>> Write)> WeightForms => [.. base.WeightForms, (ImagesEnding, WriteImages)];

    /// <summary>Whether there are classes by whose features images can be judged.</summary>
    private bool Judges { get; }

    /// <inheritdoc/>
    public override nn.Module CreateModel(Device device)
    {
        using var scope = NewDisposeScope();
        return new DenoisingNetwork(_recipe, _data.Train.Channels, _data.Train.Classes).to(device);
    }

    /// <inheritdoc/>
    public override ISampleReader OpenTrain(Device device, MemoryLayout layout) => Noisy(_data.Train, _recipe.Augmentation, each: 1, device, layout);

    /// <inheritdoc/>
    public override ISampleReader OpenTest(Device device, MemoryLayout layout) => Noisy(_data.Test, Augmentation.None, TestTimes, device, layout);

    /// <inheritdoc/>
    public override Tensor Forward(nn.Module model, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var (network, images, times, classes) = ((DenoisingNetwork)model, batch[Batch.Input], batch[NoisyReader.Time], batch[NoisyReader.Class]);
        return times.dim() == 1 ? network.Predict(images, times, classes)
            : stack(Enumerable.Range(0, (int)times.size(1)).Select(k => network.Predict(images.select(1, k), times.select(1, k), classes)), 1);
    }

    /// <inheritdoc/>
    public override SampleOutput Measure(Tensor output, Batch batch, SampleRequest request)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = NewDisposeScope();
        return new SampleOutput((output - batch[NoisyReader.Noise]).square().flatten(1).mean([1L]).MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public override float[] Scores(ReadOnlySpan<int> ids, SampleDraws? draws, float[] losses) => _recipe.RelativeLoss
        ? RelativeLosses.Of(draws is { } drawn ? NoiseDraws.Times(drawn, ids, _schedule.Steps) : NoiseDraws.Spread(ids, _schedule.Steps, each: 1), losses)
        : losses;

    /// <inheritdoc/>
    public override Evaluation? Evaluate(Evaluator evaluator)
    {
        ArgumentNullException.ThrowIfNull(evaluator);
        if (evaluator.Run(evaluator.TestSamples, EvenSpread.Of(_data.Test.Count, MostTests), new SampleRequest(Training: false, new HashSet<string>())) is not { } columns)
        {
            return null;
        }

        var values = new Dictionary<string, double> { [TestLoss] = columns.MeanLoss };
        if (Judges)
        {
            // Making images costs more than an epoch of a small run.
            if ((evaluator.IsLast ? Distance(evaluator) : double.NaN) is not { } distance)
            {
                return null;
            }

            values.Add(Frechet, distance);
        }

        return new Evaluation(values);
    }

    /// <summary>The Fréchet distance between images that the network makes and those of the test set; null when the run was stopped.</summary>
    private double? Distance(Evaluator evaluator)
    {
        using var scope = NewDisposeScope();
        if (_classifier.Load(evaluator.Device, evaluator.StopAlone) is not { } classifier)
        {
            return null;
        }

        using var disposed = classifier;
        using var start = new StartReader(_data.Train.Shape.ToArray(), _data.Train.Classes, evaluator.Device);
        using var real = Clean(_data.Test, Augmentation.None, evaluator.Device, MemoryLayout.Contiguous);
        var network = (DenoisingNetwork)evaluator.Model;
        return See(start, [.. Enumerable.Range(0, _recipe.Images)], batch => Make(evaluator, network, batch)) is { } made
            && See(real, EvenSpread.Of(_data.Test.Count, MostCompared), static batch => batch[Batch.Input]) is { } others
            ? FrechetDistance.Between(made, others)
            : null;

        Tensor? See(ISampleReader samples, int[] ids, Func<Batch, Tensor> images) => evaluator.Features(samples, ids, batch => _classifier.Features(classifier, images(batch), _range));
    }

    private Tensor Make(Evaluator evaluator, DenoisingNetwork network, Batch start) => _sampler.Sample(
        (images, times, classes) => evaluator.Compute(() => network.Predict(images, times, classes)), start[Batch.Input], start[NoisyReader.Class], _data.Train.Classes);

    private void WriteImages(Stream stream, IReadOnlyList<WeightArray> weights)
    {
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        using var network = Network.Create(() => CreateModel(CPU), MemoryLayout.Contiguous, ModelName, seed: 0);
        network.Load(weights, ModelName);
        network.Eval();
        var across = Math.Min(_data.Train.Classes, MostGridColumns);
        var start = new StartReader(_data.Train.Shape.ToArray(), _data.Train.Classes, CPU).Take([.. Enumerable.Range(0, GridRows).SelectMany(row => Enumerable.Range(0, across).Select(column => (row * _data.Train.Classes) + column))]);
        ImageGrid.Write(stream, _sampler.Sample(((DenoisingNetwork)network.Module).Predict, start[Batch.Input], start[NoisyReader.Class], _data.Train.Classes), across);
    }

    private NoisyReader Noisy(SampleSet set, Augmentation augmentation, int each, Device device, MemoryLayout layout) =>
        new(Clean(set, augmentation, device, layout), set.LabelsMemory, _data.Train.Classes, _recipe.ClassDropout, _schedule, each, device);

    private ScaledReader Clean(SampleSet set, Augmentation augmentation, Device device, MemoryLayout layout) =>
        new(new DeviceData(set, _data.Train, augmentation, device, layout), _data.Train, _range, device);
}
