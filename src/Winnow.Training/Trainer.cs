using Winnow.Catalog;
using Winnow.Data;
using Winnow.Policies;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Torch.Distributed;
using Winnow.Torch.Optimizers;
using Winnow.Training.Checkpoints;
using Winnow.Training.Models;
using Winnow.Training.Models.Scripts;
using static TorchSharp.torch;

namespace Winnow.Training;

/// <summary>
/// The training loop:
/// <code>
/// for each epoch e:
///   plan       = pruner.Plan(e)                         which samples, which weights
///   for each batch of the plan:                        methods that choose within batches do so here, after a forward pass of their own
///     losses   = loss(model(assemble(ids)))             one number a sample, left on the device
///     step     : backward(Σ w·losses / normaliser), optimiser at learning rate schedule(progress)
///   observe    : all losses of the epoch come to the host at once, with confidences, correctness and batch means where needed
///   refresh    : where the method asks for it, samples that sat out go through the model once
///   evaluate   : test set
/// </code>
/// No step waits for the device: losses are written into one tensor an epoch and fetched at its end. Only a choice within a batch has to wait.
/// A run must stay on one thread, since libtorch keeps its worker team and its modes for each thread.
/// </summary>
public sealed class Trainer
{
    private readonly ModelSource _models;

    /// <summary>Checks that recipe, data and device go together.</summary>
    /// <exception cref="RecipeException">A value is out of range, or the model doesn't fit the data.</exception>
    /// <exception cref="DataException">The data can't be given the label noise or the imbalance that the recipe asks for.</exception>
    public Trainer(LoadedData data, TrainingRecipe recipe, Device device, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(recipe);
        recipe.Validate();
        if (recipe.Subset > data.Train.Count)
        {
            throw new RecipeException(FormattableString.Invariant($"a subset of {recipe.Subset} samples is more than the {data.Train.Count} training samples of {data.Train.Name}; take at most those."));
        }

        var some = recipe.Subset is { } subset ? data.Train.WithSubset(subset) : data.Train;
        var clean = some.WithLongTail(recipe.Imbalance);
        var train = clean.WithLabelNoise(recipe.LabelNoise, recipe.LabelNoiseSeed);
        CleanLabels = recipe.LabelNoise > 0 ? clean.LabelsMemory : default;
        (Data, Recipe, Device, Time) = (data with { Train = train }, recipe, device, time ?? TimeProvider.System);
        if (recipe.Augmentation.Any && !data.Train.IsImage)
        {
            throw RecipeException.Of(
                nameof(recipe.Augmentation), $"{recipe.Augmentation} needs images, and {data.Train.Name} holds vectors of {data.Train.Shape[0]} features; use none.");
        }

        _models = ModelSource.Open(recipe);
        using var scope = NewDisposeScope();
        using var model = CreateModel(seed: 0);
        Parameters = model.ParameterCount;
        Normalises = model.State.Any(static entry => entry.Name.EndsWith("running_mean", StringComparison.Ordinal));
        Notes = [.. ClassNotes.Of(Data), .. ConvolutionNote(TorchRuntime.Gaps, recipe.Layout, model)];
        if (Script is not null)
        {
            Script.CheckThatItCanBeSaved();
            Notes = [.. Notes, .. ScriptCheck.Try(recipe, Data.Train, device, model), .. LayoutNote(), .. StateNote(Script)];
        }
    }

    /// <summary>
    /// The memory order that a recipe's model can be computed in: the recipe's own, but for the network of a TorchScript file that it doesn't suit.
    /// </summary>
    /// <exception cref="RecipeException">The network can't be trained on the data in any order.</exception>
    /// <exception cref="DataException">The file can't be read, or is none.</exception>
    public static MemoryLayout FittingLayout(LoadedData data, TrainingRecipe recipe, Device device)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(recipe);
        if (recipe.ModelFile is null)
        {
            return recipe.Layout;
        }

        recipe.Validate();
        var models = ModelSource.Open(recipe);
        using var scope = NewDisposeScope();
        using (var network = models.Create(data.Train, device, MemoryLayout.Contiguous, seed: 0))
        {
            ScriptCheck.Try(recipe with { Layout = MemoryLayout.Contiguous }, data.Train, device, network);
        }

        return recipe.Layout == MemoryLayout.ChannelsLast && ScriptLayout.Problem(models, recipe, data.Train, device) is not null ? MemoryLayout.Contiguous : recipe.Layout;
    }

    /// <summary>What the user should know of data and model before anything is trained, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; } = [];

    /// <summary>The TorchScript file that the model comes from; null where it comes from none.</summary>
    public ScriptFile? Script => _models.Script;

    /// <summary>Whether the model has batch normalisation with running statistics.</summary>
    public bool Normalises { get; }

    /// <summary>Trainable parameters of the model.</summary>
    public long Parameters { get; }

    /// <summary>Steps of one epoch over all samples.</summary>
    public int StepsPerFullEpoch => (int)(((long)Data.Train.Count + Recipe.BatchSize - 1) / Recipe.BatchSize);

    /// <summary>What is trained and tested on: the data given, with the recipe's label noise and imbalance in its training part.</summary>
    public LoadedData Data { get; }

    /// <summary>The training labels before the recipe's label noise; empty where it adds none.</summary>
    public ReadOnlyMemory<int> CleanLabels { get; }

    /// <summary>
    /// Checks a request without running it, in milliseconds: whatever <see cref="Run(TrainingRequest, IReadOnlyList{TrainerCallback}, CancellationToken)"/> would refuse before its first step, this refuses.
    /// </summary>
    /// <exception cref="MethodSpecException">The method spec is wrong.</exception>
    /// <exception cref="UnreachableSaveException">The method can't save what it is asked to in so many epochs; names what it can.</exception>
    /// <exception cref="RecipeException">Steps or the scale of the learning rate are out of range.</exception>
    public void Check(TrainingRequest request) => _ = Prepare(request);

    /// <summary>Runs the recipe once. A cancelled run returns what it has, marked as interrupted.</summary>
    /// <exception cref="MethodSpecException">The method spec is wrong.</exception>
    /// <exception cref="UnreachableSaveException">The method can't save what it is asked to in so many epochs; names what it can.</exception>
    /// <exception cref="RecipeException">Steps or the scale of the learning rate are out of range.</exception>
    /// <exception cref="TrainingFailedException">The loss became non-finite, or the ranks' plans differ.</exception>
    public TrainingOutcome Run(TrainingRequest request, IReadOnlyList<TrainerCallback> callbacks, CancellationToken stop = default) => Run(request, callbacks, null, null, stop);

    /// <summary>
    /// Runs the recipe once, saving its state as it goes, or goes on from the newest of the checkpoints there are: bit for bit as if it had
    /// never stopped. A cancelled run writes one more and returns what it has, marked as interrupted.
    /// </summary>
    /// <remarks>
    /// As one of several processes each plans the same, trains on its share of every batch of the recipe's size, and ends with the same
    /// weights and the same outcome. A rank that is asked to stop stops all, after the same step.
    /// </remarks>
    /// <param name="request">What is asked; the same on all ranks.</param>
    /// <param name="callbacks">Look on; this rank's alone, and as a rule only rank 0 has any.</param>
    /// <param name="checkpoints">Where the state is saved; null saves none. Of several ranks only rank 0 has them.</param>
    /// <param name="ranks">The processes; null for this one alone.</param>
    /// <param name="stop">Ends the run after the step under way.</param>
    /// <exception cref="Winnow.Checkpoints.CheckpointException">The newest whole checkpoint belongs to another run, or to another version of the format.</exception>
    /// <exception cref="RunFolderException">A cancelled run's checkpoint can't be written.</exception>
    /// <exception cref="RankLostException">A rank died, hangs or was cut off.</exception>
    /// <inheritdoc cref="Run(TrainingRequest, IReadOnlyList{TrainerCallback}, CancellationToken)"/>
    public TrainingOutcome Run(TrainingRequest request, IReadOnlyList<TrainerCallback> callbacks, RunCheckpoints? checkpoints, ProcessGroup? ranks = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(callbacks);
        TorchRuntime.PrepareThread();
        using var scope = NewDisposeScope();
        using var run = new TrainingRun(this, request, callbacks, checkpoints, ranks, stop);
        return run.Execute();
    }

    /// <summary>Sample visits of a run over full epochs.</summary>
    public long FullVisits => (long)Recipe.Epochs * Data.Train.Count;

    /// <summary>Steps of a run over full epochs.</summary>
    public long FullSteps => (long)Recipe.Epochs * StepsPerFullEpoch;

    /// <summary>How it is trained.</summary>
    public TrainingRecipe Recipe { get; }

    /// <summary>Where is computed.</summary>
    public Device Device { get; }

    internal TimeProvider Time { get; }

    /// <summary>Epochs that a request's run has: the recipe's, or those that its steps reach into.</summary>
    internal int Epochs(TrainingRequest request) =>
        request.Steps is { } steps ? (int)((steps + StepsPerFullEpoch - 1) / StepsPerFullEpoch) : Recipe.Epochs;

    /// <summary>The policy of a request and a pruner for its run.</summary>
    internal (IPruningPolicy Policy, Pruner Pruner) Prepare(TrainingRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Steps is < 1)
        {
            throw new RecipeException($"steps={request.Steps} is not at least 1.");
        }

        if (request.LearningRateScale is not (> 0 and < double.PositiveInfinity))
        {
            throw new RecipeException(FormattableString.Invariant($"a learning rate scaled by {request.LearningRateScale} is none; the scale is finite and above 0."));
        }

        var policy = request.Policy ?? PolicyCatalog.Parse(request.Method);
        return (policy, new Pruner(Data.Train.Count, policy, Options(request)));
    }

    internal PrunerOptions Options(TrainingRequest request) => new() { Epochs = Epochs(request), Seed = request.Seed, Labels = Data.Train.LabelsMemory, Threads = TorchRuntime.Threads };

    /// <summary>A new model, with the initial weights of a seed where they are drawn.</summary>
    internal Network CreateModel(ulong seed) => _models.Create(Data.Train, Device, Recipe.Layout, seed);

    private IEnumerable<string> LayoutNote() => Data.Train.IsImage && Recipe.Layout == MemoryLayout.Contiguous && ScriptLayout.Problem(_models, Recipe, Data.Train, Device) is { } problem
        ? [$"{Recipe.Model} is computed in contiguous order; channels-last, which often is faster, isn't possible: {problem}."]
        : [];

    /// <summary>What to know where this machine's convolutions failed their self-test: channels-last ones weren't among those that did.</summary>
    internal static IEnumerable<string> ConvolutionNote(IReadOnlyList<Gap> gaps, MemoryLayout layout, Network model) =>
        layout == MemoryLayout.Contiguous && gaps.FirstOrDefault(static gap => gap is { Name: "convolutions", State: GapState.Unavailable }) is { } gap
            && model.State.Any(static entry => entry.Tensor.dim() == 4 && entry.Tensor.size(0) % 16 != 0)
            ? [$"The convolutions {gap.Detail}. This model is computed in contiguous order and has such channels: don't trust what it learns."]
            : [];

    private IEnumerable<string> StateNote(ScriptFile script) => script.Changing.Count > 0
        ? [$"The code in {Recipe.Model} changes {string.Join(", ", script.Changing)}, which isn't saved since it is no tensor: a run that goes on, and the file that a run leaves, begin with what is in {Recipe.Model}. Make it a buffer."]
        : [];

    internal static IOptimizer CreateOptimizer(TrainingRecipe recipe, Network model) => recipe.Optimizer == "adamw"
        ? new FusedAdamW(model.Parameters, new AdamWOptions { WeightDecay = recipe.WeightDecay })
        : new FusedSgd(model.Parameters, new SgdOptions { Momentum = recipe.Momentum, Nesterov = recipe.Momentum > 0, WeightDecay = recipe.WeightDecay });
}
