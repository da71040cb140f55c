using System.Globalization;
using System.Numerics;
using TorchSharp;
using Winnow.Data;
using Winnow.Records;
using Winnow.Training.Models;
using Winnow.Training.Tasks.Classification;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Segmentation;

/// <summary>
/// Tells the class of each pixel. A sample's loss is the mean of the cross-entropy over those of its pixels that have a class. Judged by mIoU: for each class that the test part has, the pixels that are
/// of it and taken for it, over those that are of it or taken for it, counted over the whole test part; of those the mean.
/// </summary>
public sealed class SegmentationTask : TrainingTask
{
    /// <summary>What the task is called.</summary>
    public const string TaskName = "segment";

    /// <summary>A signal of this task: the share of a sample's pixels whose class is found, in [0, 1]; 0 where none has a class.</summary>
    public const string PixelAccuracySignal = "pixel_accuracy";

    private const string Miou = "miou", PixelAccuracy = "pixel_accuracy", WorstClass = "worst_class_iou", TestLoss = Records.Metrics.TestLoss;

    // A row a sample, for the evaluation alone.
    private const string OverlapColumn = "overlap";

    private readonly SegmentationRecipe _recipe;
    private readonly LoadedData _data;
    private readonly float[] _sizes;

    /// <param name="data">Images with masks (<see cref="LoadedData.HasMasks"/>).</param>
    /// <param name="recipe">The network's size.</param>
    /// <exception cref="RecipeException">A value is out of range, the data has no masks, or its images can't be halved so often.</exception>
    public SegmentationTask(LoadedData data, SegmentationRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(recipe);
        recipe.Validate();
        if (!data.HasMasks)
        {
            throw new RecipeException($"the task {TaskName} needs the class of each pixel, and {data.Train.Name} was opened without masks; open it with {nameof(DataOptions.Masks)}.");
        }

        var (height, width, step) = (data.Train.Shape[1], data.Train.Shape[2], 1 << recipe.Depth);
        if (height % step != 0 || width % step != 0)
        {
            var most = Math.Min(BitOperations.TrailingZeroCount(height), BitOperations.TrailingZeroCount(width));
            throw RecipeException.Of(nameof(recipe.Depth), string.Create(CultureInfo.InvariantCulture,
                $"{recipe.Depth} halves images of {height}x{width} until their sides are no whole numbers; take {(most > 0 ? $"{most}, or " : "")}images whose sides are multiples of {step}, such as {(height + step - 1) / step * step}."));
        }

        (var train, _sizes, Notes) = recipe.Trained(data.Train);
        (_recipe, _data) = (recipe, data with { Train = train });
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

    /// <summary>The class that each training sample mainly shows.</summary>
    public override ReadOnlyMemory<int> Groups => _data.Train.LabelsMemory;

    /// <summary>The share of pixels that are right, and the mean over them of the probability that the network gave to its choice.</summary>
    public override IReadOnlyList<string> Signals { get; } = [PixelAccuracySignal, SignalNames.Confidence];

    /// <inheritdoc/>
    public override IReadOnlyList<Metric> Metrics { get; } =
    [
        new(Miou, HigherIsBetter: true, Decides: true) { IsShare = true },
        new(PixelAccuracy, HigherIsBetter: true) { IsShare = true },
        new(TestLoss, HigherIsBetter: false),
        new(WorstClass, HigherIsBetter: true) { IsShare = true },
    ];

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, string>> Identity => [new("test_data", _data.Test.Fingerprint)];

    /// <inheritdoc/>
    public override nn.Module CreateModel(Device device)
    {
        using var scope = NewDisposeScope();
        return new UNet(_data.Train.Channels - 1, _data.Train.Classes, _recipe.Width, _recipe.Depth).to(device);
    }

    /// <inheritdoc/>
    public override ISampleReader OpenTrain(Device device, MemoryLayout layout) => Open(_data.Train, _recipe.Augmentation, device, layout);

    /// <inheritdoc/>
    public override ISampleReader OpenTest(Device device, MemoryLayout layout) => Open(_data.Test, Augmentation.None, device, layout);

    /// <inheritdoc/>
    public override SampleOutput Measure(Tensor output, Batch batch, SampleRequest request)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(request);
        using var scope = NewDisposeScope();
        var masks = batch[Batch.Target];
        var known = masks.ne(LoadedData.IgnoredPixel);

        // A sample without any pixel that has a class has nothing to be learned from, and a loss of 0.
        var pixels = known.sum([1L, 2L]).clamp_min(1).to(ScalarType.Float32);
        var losses = nn.functional.cross_entropy(output, masks, ignore_index: LoadedData.IgnoredPixel, reduction: nn.Reduction.None).sum([1L, 2L]) / pixels;
        var signals = new Dictionary<string, Tensor>();
        using (no_grad())
        {
            if (request.Wants(SignalNames.Confidence))
            {
                signals.Add(SignalNames.Confidence, (output.detach().softmax(1).amax([1L]) * known).sum([1L, 2L]) / pixels);
            }

            var (accuracy, overlap) = (request.Wants(PixelAccuracySignal), request.Wants(OverlapColumn));
            if (accuracy || overlap)
            {
                var found = output.argmax(1);
                if (accuracy)
                {
                    signals.Add(PixelAccuracySignal, found.eq(masks).sum([1L, 2L]).to(ScalarType.Float32) / pixels);
                }

                if (overlap)
                {
                    signals.Add(OverlapColumn, Overlap.Of(found, masks, known, _data.Train.Classes));
                }
            }
        }

        foreach (var signal in signals.Values)
        {
            signal.MoveToOuterDisposeScope();
        }

        return new SampleOutput(losses.MoveToOuterDisposeScope()) { Signals = signals };
    }

    /// <inheritdoc/>
    public override Evaluation? Evaluate(Evaluator evaluator)
    {
        ArgumentNullException.ThrowIfNull(evaluator);
        if (evaluator.Test(OverlapColumn) is not { } columns)
        {
            return null;
        }

        var overlap = new Overlap(columns[OverlapColumn], _data.Train.Classes);
        return new Evaluation(new Dictionary<string, double>
        {
            [Miou] = overlap.Mean,
            [PixelAccuracy] = overlap.PixelAccuracy,
            [TestLoss] = columns.MeanLoss,
            [WorstClass] = overlap.Worst,
        });
    }

    private MaskReader Open(SampleSet set, Augmentation augmentation, Device device, MemoryLayout layout) => new(new DeviceData(set, _data.Train, augmentation, device, layout, masks: true), layout);
}
