using System.CommandLine;
using Winnow.Data;
using Winnow.Plans;
using Winnow.Training;

namespace Winnow.Cli.Options;

/// <summary>The options of a training recipe, which <c>train</c> and <c>compare</c> share.</summary>
internal sealed class RecipeOptions
{
    public static readonly Argument<string> Data = new("data")
    {
        Description = "a data set's name (fashion-mnist, mnist, cifar10, cifar100) or a folder with IDX, CIFAR binary or npy files (x.npy, y.npy)",
    };

    private readonly Option<string?> _model = new("--model") { Description = "mlp, resnet9, resnet-small or resnet18 [default: resnet9 for images, mlp for vectors]", HelpName = "name" };
    private readonly Option<int?> _width = new("--width") { Description = "channels of the first stage [default: the model's]", HelpName = "n" };
    private readonly Option<int?> _epochs = new("--epochs") { Description = "passes over the data [default: 8]", HelpName = "n" };
    private readonly Option<int?> _batchSize = new("--batch-size") { Description = "samples a step [default: 128]", HelpName = "n" };
    private readonly Option<string?> _optimizer = new("--optimizer") { Description = "sgd (Nesterov) or adamw [default: sgd]", HelpName = "name" };
    private readonly Option<double?> _learningRate = new("--learning-rate", "--lr") { Description = "peak learning rate [default: 0.2 for sgd, 0.002 for adamw]", HelpName = "x" };
    private readonly Option<double?> _momentum = new("--momentum") { Description = "momentum of sgd [default: 0.9]", HelpName = "x" };
    private readonly Option<double?> _weightDecay = new("--weight-decay") { Description = "weight decay [default: 5e-4]", HelpName = "x" };
    private readonly Option<string?> _schedule = new("--schedule") { Description = "linear, cosine or onecycle, over the run's progress; parameters as in linear:warmup=0.25 [default: linear]", HelpName = "spec" };
    private readonly Option<double?> _labelSmoothing = new("--label-smoothing") { Description = "share of the target spread over all classes [default: 0]", HelpName = "x" };
    private readonly Option<Precision?> _precision = new("--precision") { Description = "bf16 or fp32 for the heavy operators [default: bf16]", HelpName = "bf16|fp32" };
    private readonly Option<string?> _augment = new("--augment") { Description = "none, or a list of flip, crop=PIXELS, cutout=PIXELS [default: flip for fashion-mnist, flip,crop=4 for cifar, else none]", HelpName = "list" };
    private readonly Option<LossNormalization?> _normalize = new("--normalize") { Description = "divide a batch's weighted losses by the sum of weights or by the batch count [default: weights]", HelpName = "weights|batch" };
    private readonly Option<int?> _limit = new("--limit") { Description = "use only the first n training samples, for a trial", HelpName = "n" };

    /// <summary>Adds the data argument and every option to a command.</summary>
    public void AddTo(Command command)
    {
        command.Arguments.Add(Data);
        foreach (var option in new Option[]
        {
            _model, _width, _epochs, _batchSize, _optimizer, _learningRate, _momentum, _weightDecay,
            _schedule, _labelSmoothing, _precision, _augment, _normalize, _limit,
        })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Opens the data set that was named.</summary>
    public LoadedData Open(ParseResult parsed)
    {
        var data = DataSources.Open(parsed.GetValue(Data)!);
        if (parsed.GetValue(_limit) is not { } limit)
        {
            return data;
        }

        return limit >= 1 && limit <= data.Train.Count
            ? data with { Train = data.Train.Take(limit) }
            : throw new UsageException($"--limit {limit} is not in [1, {data.Train.Count}], the training samples of {parsed.GetValue(Data)}.");
    }

    /// <summary>The recipe: what was given, then the preset, then what suits the data.</summary>
    public TrainingRecipe Build(ParseResult parsed, LoadedData data, TrainingRecipe preset)
    {
        var images = data.Train.IsImage;
        var recipe = preset with
        {
            Model = parsed.GetValue(_model) ?? (images ? preset.Model : "mlp"),
            Width = parsed.GetValue(_width) ?? preset.Width,
            Epochs = parsed.GetValue(_epochs) ?? preset.Epochs,
            BatchSize = parsed.GetValue(_batchSize) ?? preset.BatchSize,
            Optimizer = parsed.GetValue(_optimizer) ?? preset.Optimizer,
            LearningRate = parsed.GetValue(_learningRate) ?? preset.LearningRate,
            Momentum = parsed.GetValue(_momentum) ?? preset.Momentum,
            WeightDecay = parsed.GetValue(_weightDecay) ?? preset.WeightDecay,
            Schedule = parsed.GetValue(_schedule) ?? preset.Schedule,
            LabelSmoothing = parsed.GetValue(_labelSmoothing) ?? preset.LabelSmoothing,
            Precision = parsed.GetValue(_precision) ?? preset.Precision,
            Augmentation = Augmentation.Parse(parsed.GetValue(_augment) ?? SuitableAugmentation(data.Train)),
            Normalization = parsed.GetValue(_normalize) ?? preset.Normalization,
        };
        recipe.Validate();
        return recipe;
    }

    // Mirroring clothes or photographs keeps their class; mirroring digits doesn't, and an unknown data set isn't guessed at.
    private static string SuitableAugmentation(SampleSet set) => set.Name switch
    {
        "fashion-mnist" => "flip",
        "cifar10" or "cifar100" => "flip,crop=4",
        _ => "none",
    };
}
