using System.CommandLine;
using Winnow.Data;
using Winnow.Networks.Sparsity;
using Winnow.Plans;
using Winnow.Records;
using Winnow.Torch.Distributed;
using Winnow.Training;
using Winnow.Training.Models;
using Winnow.Training.Tasks;
using Winnow.Training.Tasks.Denoising;
using Winnow.Training.Tasks.Generation;
using Winnow.Training.Tasks.Reconstruction;
using Winnow.Training.Tasks.Segmentation;

namespace Winnow.Cli.Options;

/// <summary>The options of a training recipe, which <c>train</c> and <c>compare</c> share.</summary>
internal sealed class RecipeOptions
{
    public static readonly Argument<string?> Data = new("data")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = "a data set's name (fashion-mnist, mnist, cifar10, cifar100) or a folder with IDX, CIFAR binary or npy files (x.npy, y.npy), or of pictures: a sub-folder a class, or images/ and masks/",
    };

    /// <summary>May be said anew for a run that goes on, since it changes nothing of what comes of it.</summary>
    public static readonly Option<Streaming?> Stream = Value.Choice<Streaming>("--stream", "whether samples stay in their files and are read while they are used: of numbered npy files, and of pictures once they are decoded; the result is the same to the bit [default: auto, where they would take more than a quarter of the memory]", ("auto", Streaming.Auto), ("on", Streaming.On), ("off", Streaming.Off));

    private readonly Option<string?> _task = new("--task") { Description = $"what is trained: {string.Join("; ", TaskCatalog.All.Select(static task => $"{task.Name} ({task.Summary})"))} [default: {TaskCatalog.All[0].Name}]", HelpName = "name" };
    private readonly Option<int?> _patchSize = Value.Number<int>("--patch-size", "reconstruct: side of a patch in pixels [default: 4]", RecipeRanges.PatchSize, "4");
    private readonly Option<double?> _mask = Value.Number<double>("--mask", "reconstruct: share of the patches that is hidden [default: 0.75]", RecipeRanges.Mask, "0.75");
    private readonly Option<int?> _depth = Value.Number<int>("--depth", "reconstruct, generate: blocks of the transformer [default: 4]; segment: how often images are halved [default: 3]; denoise: residual blocks at each resolution [default: 1]", RecipeRanges.Depth, "4");
    private readonly Option<int?> _images = Value.Number<int>("--images", "denoise: images that are made at the end of a run to be held against the test set [default: 1000]", RecipeRanges.Images, "1000");
    private readonly Option<int?> _samplingSteps = Value.Number<int>("--sampling-steps", "denoise: how often the network is asked for each of them [default: 20]", RecipeRanges.TimeSteps, "20");
    private readonly Option<double?> _guidance = Value.Number<double>("--guidance", "denoise: how much further they are gone in the direction of their class; anything but 0 asks twice a step [default: 0]", RecipeRanges.Guidance, "1");
    private readonly Option<bool> _rawLoss = new("--raw-loss") { Description = "denoise: methods judge samples by their losses as they are, and not relative to those at about the same time step" };
    private readonly Option<int?> _vocabulary = Value.Number<int>("--vocabulary", "generate: tokens of the tokenizer that is trained on the texts [default: 4096]", RecipeRanges.Vocabulary, "4096");
    private readonly Option<int?> _context = Value.Number<int>("--context", "generate: tokens of a text that the network sees at once [default: 256]", RecipeRanges.Context, "256");
    private readonly Option<string?> _overlong = new("--overlong") { Description = "generate: what is done with longer texts: truncate, split or refuse [default: split for plain texts, truncate for prompts with answers]", HelpName = "what" };
    private readonly Option<string?> _model = new("--model") { Description = "mlp, resnet9, resnet-small, resnet18 or vit, or a TorchScript file such as net.pt, whose network gives a number a class [default: resnet9 for images, mlp for vectors]", HelpName = "name|file" };
    private readonly Option<string?> _weights = new("--weights") { Description = "begin with the weights in this file (.safetensors or .npz) in place of drawn ones; names, shapes and types have to be the model's. For generate a folder with config.json, tokenizer.json and model.safetensors, as its runs leave", HelpName = "file|folder" };
    private readonly Option<int?> _width = Value.Number<int>("--width", "channels of the first stage; of a transformer, numbers a patch or token [default: the model's or the task's]", RecipeRanges.Width, "16");
    private readonly Option<int?> _epochs = Value.Number<int>("--epochs", "passes over the data [default: 8]", RecipeRanges.Epochs, "8");
    private readonly Option<int?> _batchSize = Value.Number<int>("--batch-size", "samples a step [default: 128; segment, generate: 32]", RecipeRanges.BatchSize, "128");
    private readonly Option<int?> _microBatchSize = Value.Number<int>("--micro-batch-size", "send a step's samples through the model in parts of at most so many, for less memory [default: all at once]", RecipeRanges.BatchSize, "32");
    private readonly Option<string?> _optimizer = new("--optimizer") { Description = "sgd (Nesterov) or adamw [default: sgd for classify, else adamw]", HelpName = "name" };
    private readonly Option<double?> _learningRate = Value.Number<double>("--learning-rate", "peak learning rate [default: for classify 0.2 with sgd and 0.002 with adamw, else the task's]", RecipeRanges.LearningRate, "0.2", aliases: "--lr");
    private readonly Option<double?> _momentum = Value.Number<double>("--momentum", "momentum of sgd [default: 0.9]", RecipeRanges.Momentum, "0.9");
    private readonly Option<double?> _weightDecay = Value.Number<double>("--weight-decay", "weight decay [default: 5e-4 for classify, else the task's]", RecipeRanges.WeightDecay, "5e-4");
    private readonly Option<double?> _clipNorm = Value.Number<double>("--clip-norm", "scale a step's gradients down to at most this norm [default: as they are]", RecipeRanges.ClipNorm, "1");
    private readonly Option<double?> _slimming = Value.Number<double>("--slimming", "strength of a penalty on the scales of batch norms, which readies a network for shrink --by slimming [default: none]", RecipeRanges.Slimming, "1e-4");
    private readonly Option<double?> _slimmingKeep = Value.Share("--slimming-keep", "with --slimming and --weights: penalise only the channels that shrink --by slimming --keep-macs SHARE would take out of the network as it begins [default: all]");
    private readonly Option<double?> _density = Value.Share("--density", "drop weights of linear layers and convolutions while it trains, until this share of them is left, such as 10%; by itself that makes a network neither faster nor smaller in memory [default: none are dropped]");
    private readonly Option<string?> _sparsify = new("--sparsify") { Description = $"how: a preset ({string.Join(", ", SparsityPresets.All.Select(static preset => preset.Name))}), a weight score, a budget and a density schedule, each at most once, such as gmp+global or magnitude+erk+cubic:until=0.5; winnow methods lists them [default: gmp]", HelpName = "spec" };
    private readonly Option<string?> _schedule = new("--schedule") { Description = "linear, cosine or onecycle, over the run's progress; parameters as in linear:warmup=0.25 [default: linear for classify and segment, else cosine with a warm-up]", HelpName = "spec" };
    private readonly Option<double?> _labelSmoothing = Value.Number<double>("--label-smoothing", "share of the target spread over all classes [default: 0]", RecipeRanges.LabelSmoothing, "0.1");
    private readonly Option<string?> _augment = new("--augment") { Description = "none, or a list of flip, crop=PIXELS, cutout=PIXELS [default: flip for fashion-mnist, flip,crop=4 for cifar, else none]", HelpName = "list" };
    private readonly Option<LossNormalization?> _normalize = Value.Choice<LossNormalization>("--normalize", "divide a batch's weighted losses by the sum of weights or by the batch count [default: weights]", ("weights", LossNormalization.Weights), ("batch", LossNormalization.Batch));
    private readonly Option<double?> _labelNoise = Value.Number<double>("--label-noise", "share of the training labels replaced by another class, for experiments with wrong labels [default: 0]", RecipeRanges.LabelNoise, "0.2");
    private readonly Option<ulong?> _labelNoiseSeed = Value.Number<ulong>("--label-noise-seed", "which labels those are; the same for every seed of the runs [default: 0]", Value.Seeds, "0");
    private readonly Option<double?> _imbalance = Value.Number<double>("--imbalance", "how many times fewer of its samples the rarest class keeps than the most frequent, for experiments with a long tail [default: 1]", RecipeRanges.Imbalance, "50");
    // The data says how many there are.
    private readonly Option<long?> _limit = Value.Number<long>("--limit", "use only the first n training samples, for a trial; of pictures n in all, every class in its share; of texts n, evenly spread", new(long.MinValue, long.MaxValue), "2000");

    private readonly Option<string?> _subset = new("--subset") { Description = "train only on the samples that this file keeps, as winnow select writes it; chosen from the samples that would be trained on without it", HelpName = "file.npz" };
    private readonly Option<int?> _imageSize = Value.Number<int>("--image-size", "pictures: side in pixels of the square that each is scaled to [default: 64]", new(8, 1024), "64");
    private readonly Option<string?> _backgrounds = new("--backgrounds") { Description = "segment: pictures that cut-out ones are laid over, whose opacity is the mask", HelpName = "folder" };
    private readonly Option<bool> _skipCorrupt = new("--skip-corrupt") { Description = "pictures: leave out those that can't be used, which otherwise are refused" };

    /// <summary>Adds the data argument and every option to a command.</summary>
    public void AddTo(Command command)
    {
        command.Arguments.Add(Data);
        foreach (var option in new Option[]
        {
            _task, _model, _weights, _width, _depth, _patchSize, _mask, _images, _samplingSteps, _guidance, _rawLoss, _vocabulary, _context, _overlong, _epochs, _batchSize, _microBatchSize, _optimizer, _learningRate, _momentum, _weightDecay,
            _clipNorm, _slimming, _slimmingKeep, _density, _sparsify, _schedule, _labelSmoothing, _augment, _normalize, _labelNoise, _labelNoiseSeed, _imbalance, _limit, _subset, _imageSize,
            _skipCorrupt, Stream, _backgrounds,
        })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Adds the data argument and the options that decide what is trained on, for a command that trains nothing.</summary>
    public void AddDataTo(Command command)
    {
        command.Arguments.Add(Data);
        foreach (var option in OfData)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The options that decide what is trained on.</summary>
    public Option[] OfData => [_labelNoise, _labelNoiseSeed, _imbalance, _limit, _imageSize, _skipCorrupt, Stream];

    /// <summary>What a classifier would be trained on.</summary>
    public (SampleSet Clean, SampleSet Train) TrainSet(ParseResult parsed, Action<DecodingProgress>? progress)
    {
        var data = Open(parsed, new TrainingRecipe(), progress) as LoadedData ?? throw new UsageException($"{parsed.GetValue(Data)} holds no images or vectors; name data that do.");
        return TrainSet(parsed, data);
    }

    /// <summary>What a classifier would be trained on of data that were opened, with the true labels and with those that it would be trained on.</summary>
    public (SampleSet Clean, SampleSet Train) TrainSet(ParseResult parsed, LoadedData data)
    {
        var recipe = Labelled(parsed, new TrainingRecipe());
        recipe.Validate();
        return recipe.TrainSet(data);
    }

    /// <summary>What a run is begun with, by which it finds its data and recipe again when it goes on.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="kind">The verb.</param>
    /// <param name="data">What was opened.</param>
    /// <param name="recipe">As it is trained by.</param>
    /// <param name="trainer">On these.</param>
    /// <param name="seeds">Of all runs.</param>
    /// <param name="saving">How often checkpoints are written, and how many are kept.</param>
    /// <param name="probe">What was measured before; null for nothing.</param>
    /// <param name="place">Which of several processes this is; null for one alone.</param>
    public RunPlan Plan(ParseResult parsed, string kind, TaskData data, TaskRecipe recipe, Trainer trainer, IReadOnlyList<ulong> seeds, (string Every, int Kept) saving, ProbeResult? probe, RankEnvironment? place = null) => new()
    {
        Kind = kind,
        Data = parsed.GetValue(Data) is { } path && Path.Exists(path) ? Path.GetFullPath(path) : parsed.GetValue(Data)!,
        Limit = (int?)parsed.GetValue(_limit),
        ImageSize = (data as LoadedData)?.ImageSize,
        SkipCorrupt = parsed.GetValue(_skipCorrupt),
        Masks = data is LoadedData { HasMasks: true },
        Backgrounds = Backgrounds(parsed),
        Dataset = trainer.Task.Dataset,
        Recipe = recipe.ToRecord(),
        Seeds = seeds,
        Notes = trainer.Notes,
        CheckpointEvery = saving.Every,
        Checkpoints = saving.Kept,
        Probe = probe,
        Environment = RunDescription.Environment(trainer.Device, place),
    };

    /// <summary>The strength of the penalty on batch norms' scales; null where none is given.</summary>
    public double? Slimming(ParseResult parsed) => parsed.GetValue(_slimming);

    /// <summary>Whether the user has said how much is trained.</summary>
    public bool SaysSize(ParseResult parsed) => parsed.GetValue(_epochs) is not null || parsed.GetValue(_limit) is not null;

    /// <summary>The full path of the pictures that others are laid over; null for none.</summary>
    private string? Backgrounds(ParseResult parsed) => parsed.GetValue(_backgrounds) is not { } folder ? null
        : folder.Length > 0 ? Path.GetFullPath(folder) : throw new UsageException($"{_backgrounds.Name} is empty; name a folder of pictures, or leave it out.");

    /// <summary>Opens the data set that was named.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="preset">Knows the kind of data that its task is trained on.</param>
    /// <param name="progress">Is told how far pictures are decoded; null for nobody.</param>
    public TaskData Open(ParseResult parsed, TaskRecipe preset, Action<DecodingProgress>? progress)
    {
        var options = new DataOptions { ImageSize = parsed.GetValue(_imageSize), SkipCorrupt = parsed.GetValue(_skipCorrupt), Backgrounds = Backgrounds(parsed), Streaming = parsed.GetValue(Stream) ?? Streaming.Auto, Progress = progress };
        var data = preset.Open(parsed.GetValue(Data)!, options);
        if (parsed.GetValue(_limit) is not { } limit)
        {
            return data;
        }

        if (limit < 1 || limit > data.TrainCount)
        {
            throw new UsageException($"--limit {limit} is not in [1, {data.TrainCount}], the training samples of {parsed.GetValue(Data)}.");
        }

        var cut = data.Limited((int)limit);
        var lost = data is LoadedData whole && cut is LoadedData part ? ClassNotes.OfCut(whole.Train, part.Train) : null;
        return cut with { Note = string.Join(" ", new[] { data.Note, lost }.OfType<string>()) is { Length: > 0 } note ? note : null };
    }

    /// <summary>The recipe that the command asks for without its options: that of the task.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="classify">Classification's.</param>
    public TaskRecipe Preset(ParseResult parsed, TrainingRecipe classify) => parsed.GetValue(_task) is not { } name || name == classify.Task ? classify
        : TaskCatalog.All.FirstOrDefault(task => task.Name == name)?.Default
            ?? throw new UsageException($"--task {name} is unknown; use one of {string.Join(", ", TaskCatalog.All.Select(static task => task.Name))}.");

    /// <summary>The recipe: what was given, then the preset, then what suits the data.</summary>
    public TaskRecipe Build(ParseResult parsed, TaskData data, TaskRecipe preset)
    {
        var loop = preset with
        {
            Selection = parsed.GetValue(_subset) switch
            {
                null => preset.Selection,
                "" => throw new UsageException($"{_subset.Name} is empty; name a file that winnow select wrote, or leave it out."),
                { } file => FileIdentity.Of(file),
            },
            Epochs = parsed.GetValue(_epochs) ?? preset.Epochs,
            BatchSize = parsed.GetValue(_batchSize) ?? preset.BatchSize,
            MicroBatchSize = parsed.GetValue(_microBatchSize) ?? preset.MicroBatchSize,
            ClipNorm = parsed.GetValue(_clipNorm) ?? preset.ClipNorm,
            Density = parsed.GetValue(_density) ?? preset.Density,
            Sparsify = parsed.GetValue(_sparsify) ?? preset.Sparsify,
            Optimizer = parsed.GetValue(_optimizer) ?? preset.Optimizer,
            LearningRate = parsed.GetValue(_learningRate) ?? (parsed.GetValue(_optimizer) is { } other && other != preset.Optimizer ? null : preset.LearningRate),
            Momentum = parsed.GetValue(_momentum) ?? preset.Momentum,
            WeightDecay = parsed.GetValue(_weightDecay) ?? preset.WeightDecay,
            Slimming = parsed.GetValue(_slimming) ?? preset.Slimming,
            Schedule = parsed.GetValue(_schedule) ?? preset.Schedule,
            Augmentation = Augmentation.Parse(parsed.GetValue(_augment) ?? SuitableAugmentation(data, preset)),
            Normalization = parsed.GetValue(_normalize) ?? preset.Normalization,
        };
        var recipe = loop switch
        {
            TrainingRecipe classify => Classify(parsed, data, Only(parsed, classify, [_depth, _patchSize, _mask, .. Denoising, .. Generating])),
            ReconstructionRecipe reconstruct => Only(parsed, reconstruct, [.. Classifying, .. Denoising, .. Generating]) with
            {
                Width = parsed.GetValue(_width) ?? reconstruct.Width,
                Depth = parsed.GetValue(_depth) ?? reconstruct.Depth,
                PatchSize = parsed.GetValue(_patchSize) ?? reconstruct.PatchSize,
                Mask = parsed.GetValue(_mask) ?? reconstruct.Mask,
            },
            SegmentationRecipe segment => Only(parsed, segment, [.. Classifying, .. Denoising, .. Generating, _patchSize, _mask]) with
            {
                Width = parsed.GetValue(_width) ?? segment.Width,
                Depth = parsed.GetValue(_depth) ?? segment.Depth,
            },
            DenoisingRecipe denoise => Only(parsed, denoise, [.. Classifying, .. Generating, _patchSize, _mask]) with
            {
                Width = parsed.GetValue(_width) ?? denoise.Width,
                Depth = parsed.GetValue(_depth) ?? denoise.Depth,
                Images = parsed.GetValue(_images) ?? denoise.Images,
                SamplingSteps = parsed.GetValue(_samplingSteps) ?? denoise.SamplingSteps,
                Guidance = parsed.GetValue(_guidance) ?? denoise.Guidance,
                RelativeLoss = denoise.RelativeLoss && !parsed.GetValue(_rawLoss),
            },
            GenerationRecipe generate => Only(parsed, generate, [.. Classifying.Except([_weights]), .. Denoising, _patchSize, _mask, _augment, _subset]) with
            {
                InitialWeights = parsed.GetValue(_weights) switch
                {
                    null => null,
                    "" => throw new UsageException("--weights is empty; name the folder of a language model, or leave it out."),
                    { } folder => GenerationRecipe.ModelIn(folder),
                },
                Width = parsed.GetValue(_width) ?? generate.Width,
                Depth = parsed.GetValue(_depth) ?? generate.Depth,
                Vocabulary = parsed.GetValue(_vocabulary) ?? generate.Vocabulary,
                Context = parsed.GetValue(_context) ?? generate.Context,
                Overlong = parsed.GetValue(_overlong) ?? generate.Overlong,
            },
            _ => loop,
        };
        recipe.Validate();
        return recipe;
    }

    private Option[] Classifying => [_model, _weights, _slimmingKeep, _labelSmoothing, _labelNoise, _labelNoiseSeed, _imbalance];

    private Option[] Denoising => [_images, _samplingSteps, _guidance, _rawLoss];

    private Option[] Generating => [_vocabulary, _context, _overlong];

    private TrainingRecipe Classify(ParseResult parsed, TaskData data, TrainingRecipe preset)
    {
        var model = parsed.GetValue(_model);
        var file = model is not null && IsFile(model) ? FileIdentity.Of(model) : null;
        return Labelled(parsed, preset) with
        {
            Model = file is not null ? Path.GetFileName(file.Path) : model ?? (data is LoadedData { Train.IsImage: false } ? "mlp" : preset.Model),
            ModelFile = file,
            InitialWeights = parsed.GetValue(_weights) switch
            {
                null => null,
                "" => throw new UsageException("--weights is empty; name a .safetensors or .npz file, or leave it out."),
                { } weights => FileIdentity.Of(weights),
            },
            Width = parsed.GetValue(_width) ?? preset.Width,
            SlimmingKeep = parsed.GetValue(_slimmingKeep) ?? preset.SlimmingKeep,
            LabelSmoothing = parsed.GetValue(_labelSmoothing) ?? preset.LabelSmoothing,
        };
    }

    /// <summary>A recipe with the options that decide which samples with which labels there are.</summary>
    private TrainingRecipe Labelled(ParseResult parsed, TrainingRecipe preset) => preset with
    {
        LabelNoise = parsed.GetValue(_labelNoise) ?? preset.LabelNoise,
        LabelNoiseSeed = parsed.GetValue(_labelNoiseSeed) ?? preset.LabelNoiseSeed,
        Imbalance = parsed.GetValue(_imbalance) ?? preset.Imbalance,
    };

    /// <summary>Refuses a subset file where it would be ignored.</summary>
    public void RefuseSubset(ParseResult parsed, string why)
    {
        if (parsed.GetValue(_subset) is not null)
        {
            throw new UsageException($"{_subset.Name} means nothing here, where {why}; leave it out.");
        }
    }

    /// <summary>The recipe, where none of the options is given that mean nothing to its task.</summary>
    private static T Only<T>(ParseResult parsed, T recipe, params Option[] others)
        where T : TaskRecipe => others.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } option
            ? throw new UsageException($"{option.Name} means nothing to the task {recipe.Task}; leave it out.")
            : recipe;

    // What is written like a file is one; a typing error in a model's name is answered with the names.
    private static bool IsFile(string model) =>
        model.AsSpan().IndexOfAny('.', Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar) >= 0 || (model.Length > 0 && !ModelCatalog.All.Any(info => info.Name == model) && Path.Exists(model));

    // Mirroring clothes or photographs keeps their class; mirroring digits doesn't, and an unknown data set isn't guessed at. A network that learns to make images would make mirrored ones, too.
    private static string SuitableAugmentation(TaskData data, TaskRecipe recipe) => recipe is DenoisingRecipe || data is not LoadedData ? "none" : data.Name switch
    {
        "fashion-mnist" => "flip",
        "cifar10" or "cifar100" => "flip,crop=4",
        _ => "none",
    };
}
