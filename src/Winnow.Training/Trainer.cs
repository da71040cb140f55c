using Winnow.Catalog;
using Winnow.Networks;
using Winnow.Networks.Masks;
using Winnow.Networks.Shrinking;
using Winnow.Numerics;
using Winnow.Policies;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Torch.Distributed;
using Winnow.Torch.Optimizers;
using Winnow.Training.Checkpoints;
using Winnow.Training.Runs;
using Winnow.Training.Tasks;
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
/// A run must stay on one thread, since libtorch keeps its worker team and its modes for each thread. Two runs at once in one process begin with the weights of their
/// seeds; but where a network drops at random, each disturbs the other's draws, since libtorch's generator is the process's: give each a process.
/// </summary>
public sealed class Trainer
{
    /// <summary>Checks that task, settings and device go together.</summary>
    /// <param name="task">What is trained.</param>
    /// <param name="settings">How.</param>
    /// <param name="device">Where.</param>
    /// <param name="options">An optimiser, a schedule or a clock of one's own; null for those that the settings name.</param>
    /// <exception cref="RecipeException">A value is out of range, or the network can't be trained.</exception>
    public Trainer(TrainingTask task, TrainingSettings settings, Device device, TrainerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(device);
        settings.Validate();
        TorchRuntime.PrepareThread();
        (Task, Settings, Device, Options) = (task, settings, device, options ?? new());
        _ = task.Deciding;
        CheckSizes(task);
        using var scope = NewDisposeScope();
        using var model = CreateModel(seed: 0);
        if (settings.Slimming is { } slimming && ScalePenalty.Of(model.Module).Count == 0)
        {
            throw RecipeException.Of(nameof(settings.Slimming), FormattableString.Invariant($"{slimming} penalises the scales of batch norms, and {task.ModelName} has none; leave it out, or take a network with batch norms."));
        }

        Parameters = model.ParameterCount;
        Normalises = model.State.Any(static entry => entry.Name.EndsWith("running_mean", StringComparison.Ordinal));
        Notes = [.. task.Notes, .. ConvolutionNote(TorchRuntime.Gaps, settings.Layout, model), .. task.Examine(model, device)];
        Runs.RunSparsity.Create(settings, model, FullSteps, seed: 0, start: null)?.Dispose();
        Prunable = model.Module is jit.ScriptModule ? [] : [.. PrunableWeights.OfLayers(model.Module).Select(static weight => weight.Name)];
        if (model.Parameters.Count == 0)
        {
            throw new RecipeException($"{task.ModelName} has nothing to train: register its layers, by RegisterComponents() in its constructor.");
        }

        if (model.Module is not jit.ScriptModule && model.Module.modules().Any(static part => part is TorchSharp.Modules.Embedding && !part.parameters().Any()))
        {
            throw new RecipeException($"{task.ModelName} has an Embedding that lost its weight to a dispose scope, so that it would be neither trained nor saved: make it outside of any NewDisposeScope().");
        }
    }

    /// <summary>A trainer of one's own module on one's own data: see <see cref="DatasetTask"/>.</summary>
    /// <param name="module">Makes a network with freshly drawn weights; called for every run.</param>
    /// <param name="train">What is trained on.</param>
    /// <param name="test">What is tested on.</param>
    /// <param name="loss">A number a sample, such as <c>(output, target) => mse_loss(output, target, Reduction.None).mean([1])</c>; null for cross-entropy over classes, judged by accuracy.</param>
    /// <param name="settings">How it is trained; the defaults when null.</param>
    /// <param name="device">Where; the processor when null.</param>
    /// <exception cref="RecipeException">A setting is out of range, or the network has nothing to train.</exception>
    public static Trainer For(
        Func<nn.Module<Tensor, Tensor>> module, utils.data.Dataset train, utils.data.Dataset test, SampleLoss? loss = null, TrainingSettings? settings = null, Device? device = null)
    {
        TorchRuntime.Load();
        return new(loss is null ? DatasetTask.Classify(module, train, test) : new DatasetTask(module, train, test, loss), settings ?? new(), device ?? CPU);
    }

    /// <summary>What is trained.</summary>
    public TrainingTask Task { get; }

    /// <summary>How it is trained.</summary>
    public TrainingSettings Settings { get; }

    /// <summary>Where is computed.</summary>
    public Device Device { get; }

    /// <summary>What the user should know of data and model before anything is trained, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; } = [];

    /// <summary>Whether the model has batch normalisation with running statistics.</summary>
    public bool Normalises { get; }

    /// <summary>Trainable parameters of the model.</summary>
    public long Parameters { get; }

    /// <summary>The weights that can be dropped one by one, by name: those of linear layers and convolutions; none of a network from a TorchScript file.</summary>
    public IReadOnlyList<string> Prunable { get; } = [];

    /// <summary>Steps of one epoch over all samples.</summary>
    public int StepsPerFullEpoch => (int)(((long)Task.Dataset.Train + Settings.BatchSize - 1) / Settings.BatchSize);

    /// <summary>Sample visits of a run over full epochs.</summary>
    public long FullVisits => (long)Settings.Epochs * Task.Dataset.Train;

    /// <summary>Steps of a run over full epochs.</summary>
    public long FullSteps => (long)Settings.Epochs * StepsPerFullEpoch;

    internal TrainerOptions Options { get; }

    internal TimeProvider Time => Options.Time;

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

    /// <summary>The weights that a run of a seed begins with, where its request doesn't say others.</summary>
    /// <param name="seed">The run's seed.</param>
    public IReadOnlyList<WeightArray> FirstWeights(ulong seed)
    {
        TorchRuntime.PrepareThread();
        using var scope = NewDisposeScope();
        using var network = CreateModel(WeightsSeed(seed));
        return network.Weights();
    }

    /// <summary>What first weights are drawn with in a run of a seed.</summary>
    internal static ulong WeightsSeed(ulong seed) => Rng.Derive(seed, 0, "weights").SeedAt(0);

    /// <summary>Epochs that a request's run has: the recipe's, or those that its steps reach into.</summary>
    internal int Epochs(TrainingRequest request) =>
        request.Steps is { } steps ? (int)((steps + StepsPerFullEpoch - 1) / StepsPerFullEpoch) : Settings.Epochs;

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

        if (request.Unpenalised is not null && Settings.Slimming is null)
        {
            throw new RecipeException($"channels are left out of a penalty that there is none of; set {nameof(Settings.Slimming)}, or leave {nameof(request.Unpenalised)} out.");
        }

        if (request.Steps is { } shortened && Settings.SparsityMethod is { } sparsity)
        {
            try
            {
                _ = sparsity.Schedule.At(0, shortened, Settings.Density ?? 1);
            }
            catch (NetworkPruningException error)
            {
                throw new RecipeException(error.Message);
            }
        }

        if (request.KeepAt is { } kept && (kept < 0 || kept >= (request.Steps ?? FullSteps)))
        {
            throw new RecipeException($"there are no weights before step {kept}: a run of {request.Steps ?? FullSteps} steps has steps 0 to {(request.Steps ?? FullSteps) - 1}.");
        }

        if (request.ScheduleFrom is not (>= 0 and < 1))
        {
            throw new RecipeException(FormattableString.Invariant($"a run can't begin at {request.ScheduleFrom} of the learning rate's schedule; begin it in [0, 1)."));
        }

        if (request.Until is { } until && (until < 1 || until > Epochs(request)))
        {
            throw new RecipeException($"a run can't end after {until} of its {Epochs(request)} epochs; end it after at least 1 and at most all.");
        }

        _ = ScoreRecorder.ScoresOf(request, Task, Epochs(request), count: 0);
        request.Teacher?.Check(Task);
        if (request.Features)
        {
            SampleFeatures.Check(Task);
        }

        var policy = request.Policy ?? PolicyCatalog.Parse(request.Method);
        if (SignalNeeds.Of(policy.Needs).Except(SignalNeeds.OfVisits(Task)).ToArray() is { Length: > 0 } missing)
        {
            throw new RecipeException($"the method {request.Method} needs {string.Join(" and ", missing)} of each sample, which {Task.Name} doesn't tell; take a method that goes by the loss alone, such as infobatch.");
        }

        return (policy, new Pruner(Task.Dataset.Train, policy, PrunerOptions(request)));
    }

    internal PrunerOptions PrunerOptions(TrainingRequest request) => new() { Epochs = Epochs(request), Seed = request.Seed, Labels = Task.Groups, Threads = TorchRuntime.Threads };

    /// <summary>A new model, with the initial weights of a seed where they are drawn.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="start">What it begins with instead; null for the task's own.</param>
    internal Network CreateModel(ulong seed, StartingNetwork? start = null) =>
        Network.Create(() => start is null ? Task.CreateModel(Device) : start.Put(Task.CreateModel(Device), Task.ModelName), Settings.Layout, Task.ModelName, seed);

    internal IOptimizer CreateOptimizer(Network model) => Options.Optimizer is { } create ? create(model.Parameters) : CreateOptimizer(Settings, model);

    /// <summary>What to know where this machine's convolutions failed their self-test: channels-last ones weren't among those that did.</summary>
    internal static IEnumerable<string> ConvolutionNote(IReadOnlyList<Gap> gaps, MemoryLayout layout, Network model) =>
        layout == MemoryLayout.Contiguous && gaps.FirstOrDefault(static gap => gap is { Name: "convolutions", State: GapState.Unavailable }) is { } gap
            && model.State.Any(static entry => entry.Tensor.dim() == 4 && entry.Tensor.size(0) % 16 != 0)
            ? [$"The convolutions {gap.Detail}. This model is computed in contiguous order and has such channels: don't trust what it learns."]
            : [];

    private static void CheckSizes(TrainingTask task)
    {
        var sizes = task.Sizes.Span;
        if (!sizes.IsEmpty && sizes.Length != task.Dataset.Train)
        {
            throw new RecipeException($"{task.Name} tells the sizes of {sizes.Length} samples and has {task.Dataset.Train} training samples; tell one a sample, or none.");
        }

        for (var id = 0; id < sizes.Length; id++)
        {
            if (sizes[id] is not (> 0 and < float.PositiveInfinity))
            {
                throw new RecipeException(FormattableString.Invariant($"{task.Name} tells the size {sizes[id]} of sample {id}; sizes are finite and above 0: leave out samples of which nothing is predicted."));
            }
        }
    }

    internal static IOptimizer CreateOptimizer(TrainingSettings settings, Network model) => settings.Optimizer == "adamw"
        ? new FusedAdamW(model.Parameters, new AdamWOptions { WeightDecay = settings.WeightDecay })
        : new FusedSgd(model.Parameters, new SgdOptions { Momentum = settings.Momentum, Nesterov = settings.Momentum > 0, WeightDecay = settings.WeightDecay });
}
