using Winnow.Data;
using Winnow.Networks;
using Winnow.Networks.Shrinking;
using Winnow.Networks.Tracing;
using Winnow.Policies;
using Winnow.Records.Comparisons;
using Winnow.Training;
using Winnow.Training.Tasks.Classification;
using Device = TorchSharp.torch.Device;

namespace Winnow.Experiments.Networks;

/// <summary>One run of a comparison of smaller networks: an arm at a seed, and its place among all.</summary>
public sealed record NetworkRun(NetworkArm Arm, ulong Seed, int Index, int Total);

/// <summary>
/// Trains a whole network for each seed, cuts it by each score to each share of its multiplications, trains what is left on, and holds that against the same widths trained from scratch
/// and against a dense network of that size, for as much compute (Liu et al., "Rethinking the value of network pruning", ICLR 2019, section 3). The whole network of a seed is shared
/// by all that is cut from it, and its training is counted as theirs.
/// </summary>
public sealed class NetworkComparison
{
    private readonly NetworkPlan _plan;
    private readonly IReadOnlyList<ulong> _seeds;
    private readonly PairedRuns _runs;
    private readonly Dictionary<(string Arm, ulong Seed), NetworkCut> _cuts = [];
    private readonly Dictionary<double, NearestWidth> _widths = [];
    private readonly Dictionary<NetworkArmKind, Trainer> _trainers = [];
    private readonly Dictionary<string, IReadOnlyList<WeightArray>> _whole = [];
    private NetworkHooks _hooks = new();

    /// <summary>Checks that all that is asked for can be had, as far as that can be told before a network is trained.</summary>
    /// <param name="recipe">How whole networks are trained; a model of the catalogue with drawn weights.</param>
    /// <param name="data">What is trained and tested on.</param>
    /// <param name="device">Where is trained. Networks are cut and measured on the processor.</param>
    /// <param name="plan">What is compared.</param>
    /// <param name="seeds">Runs each arm once for each; at least one.</param>
    /// <param name="time">The clock; the system's by default.</param>
    /// <exception cref="RecipeException">The recipe can't be compared so, or a value is out of its range.</exception>
    /// <exception cref="NetworkPruningException">The network can't be traced, or a share can't be met; the message says which can.</exception>
    /// <exception cref="Winnow.Catalog.MethodSpecException">The data method's spec is wrong.</exception>
    /// <exception cref="UnreachableSaveException">The data method can't save what it is asked to in the epochs of recovery.</exception>
    public NetworkComparison(TrainingRecipe recipe, LoadedData data, Device device, NetworkPlan plan, IReadOnlyList<ulong> seeds, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(seeds);
        ArgumentOutOfRangeException.ThrowIfZero(seeds.Count, nameof(seeds));
        if (recipe.Slimming is { } everywhere)
        {
            throw RecipeException.Of(nameof(recipe.Slimming), FormattableString.Invariant($"{everywhere} would penalise every network of a comparison; it is said in the plan, for those that are cut by scales."));
        }

        if (recipe.SparsityMethod is { } dropping)
        {
            throw RecipeException.Of(nameof(recipe.Sparsify), $"{dropping} would drop single weights of every network of a comparison, which sizes and multiplications don't count; leave it out.");
        }

        if (recipe.InitialWeights is not null)
        {
            throw RecipeException.Of(nameof(recipe.InitialWeights), "begin a comparison of smaller networks with drawn weights: one that was trained before has cost what nothing here would count. Leave them out.");
        }

        (_plan, _seeds) = (plan, seeds);
        Dense = recipe.CreateTrainer(data, device, time);
        _runs = new(Dense, seeds[0]);
        var task = (ClassificationTask)Dense.Task;
        using (var network = TrainedClassifier.Untrained(task, 0))
        {
            var trace = NetworkTrace.Of(network.Module, network.Inputs(1));
            foreach (var keep in plan.Arms.Where(static arm => arm.Kind == NetworkArmKind.Pruned).Select(static arm => arm.Keep!.Value).Distinct())
            {
                // What can be left doesn't depend on what channels are worth.
                _ = ChannelBudget.Macs(trace, UnitScores.Magnitude(trace), keep, NetworkCut.Options(plan));
            }

            Size = NetworkShrinker.Size(trace);
        }

        var recover = recipe with { Epochs = plan.Recover, LearningRate = recipe.PeakLearningRate * plan.RecoverRate };
        _trainers[NetworkArmKind.Pruned] = new(task, recover, device, new TrainerOptions { Time = time ?? TimeProvider.System });
        _trainers[NetworkArmKind.Pruned].Check(new TrainingRequest { Method = plan.Method });
        if (plan.Arms.Any(static arm => arm.Kind == NetworkArmKind.Penalised))
        {
            var strength = plan.Penalty ?? throw RecipeException.Of(nameof(recipe.Slimming), "a network is to be cut by the scales of its batch norms, and no strength of a penalty on them is given; e.g. 1e-4.");
            _trainers[NetworkArmKind.Penalised] = new(task, recipe with { Slimming = strength }, device, new TrainerOptions { Time = time ?? TimeProvider.System });
        }

        var sizes = new Dictionary<int, NetworkSize>();
        foreach (var arm in plan.Arms.Where(static arm => arm.Kind == NetworkArmKind.Width))
        {
            _widths[arm.Keep!.Value] = NearestWidth.Of(recipe, data, device, arm.Keep.Value * Size.Macs, sizes, time);
        }
    }

    /// <summary>Trains whole networks.</summary>
    public Trainer Dense { get; }

    /// <summary>How large the whole network is.</summary>
    public NetworkSize Size { get; }

    /// <summary>Runs that will be made.</summary>
    public int Runs => _plan.Arms.Count * _seeds.Count;

    /// <summary>True once a run was interrupted or failed.</summary>
    public bool Interrupted => _runs.Interrupted;

    /// <summary>The share of a whole network's training that a run takes about; for estimates before anything is trained.</summary>
    public double Effort(NetworkArm arm)
    {
        ArgumentNullException.ThrowIfNull(arm);
        var keep = arm.Keep ?? 1;
        return arm.Kind switch
        {
            NetworkArmKind.Pruned => keep * _plan.Recover / Dense.Settings.Epochs,
            NetworkArmKind.ScratchE => keep,
            NetworkArmKind.ScratchB or NetworkArmKind.Width => 1 + (keep * _plan.Recover / Dense.Settings.Epochs),
            _ => 1,
        };
    }

    /// <summary>Makes the runs, after a few steps that don't count. A cancelled comparison ends after the run under way is interrupted.</summary>
    /// <param name="hooks">Looks on, and says where runs are saved and go on.</param>
    /// <param name="stop">Ends the comparison.</param>
    /// <exception cref="TrainingFailedException">A run failed; the message names its arm and seed, and the results so far stay.</exception>
    /// <exception cref="NetworkPruningException">A trained network can't be cut; the message names arm and seed, and the results so far stay.</exception>
    public void Run(NetworkHooks hooks, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(hooks);
        _hooks = hooks;
        var index = 0;
        for (var s = 0; s < _seeds.Count; s++)
        {
            var seed = _seeds[s];
            _whole.Clear();
            foreach (var arm in NetworkArms.Order(_plan.Arms, s))
            {
                var run = new NetworkRun(arm, seed, index++, Runs);
                if (!_runs.Make(arm.Name, seed, () => Known(run, stop), () => Train(run, stop), outcome => Ended(run, outcome), stop))
                {
                    return;
                }
            }
        }
    }

    /// <summary>A result for each arm over the seeds that every arm has finished; empty when there is no such seed.</summary>
    public IReadOnlyList<NetworkArmResult> Results()
    {
        var complete = _runs.Complete([.. _plan.Arms.Select(static arm => arm.Name)], _seeds);
        return complete.Length == 0 ? [] : new NetworkResults(_plan, complete, _runs, _cuts, _widths, Size, Dense).All();
    }

    private ClassificationTask Task => (ClassificationTask)Dense.Task;

    private Trainer TrainerOf(NetworkArm arm) => arm.Kind == NetworkArmKind.Width ? _widths[arm.Keep!.Value].Trainer : _trainers.GetValueOrDefault(arm.Kind, Dense);

    private TrainingOutcome? Known(NetworkRun run, CancellationToken stop)
    {
        if (_hooks.Earlier(run) is not { } earlier)
        {
            return null;
        }

        if (run.Arm.Kind is NetworkArmKind.Dense or NetworkArmKind.Penalised)
        {
            _whole[run.Arm.Name] = earlier.Weights;
        }
        else if (run.Arm.Kind == NetworkArmKind.Pruned)
        {
            // The cut follows from the whole network's weights and is made again: scratch arms need its widths.
            _ = Cut(run, stop);
        }

        return earlier.Run.Outcome(TrainerOf(run.Arm), run.Arm.Kind == NetworkArmKind.Pruned ? PolicyCatalog.Canonical(_plan.Method) : "full");
    }

    private TrainingOutcome Train(NetworkRun run, CancellationToken stop) =>
        TrainerOf(run.Arm).Run(Request(run, stop), _hooks.Callbacks(run), _hooks.Checkpoints(run), stop: stop);

    private TrainingRequest Request(NetworkRun run, CancellationToken stop)
    {
        var (arm, seed) = (run.Arm, run.Seed);
        var plain = new TrainingRequest { Method = "full", Seed = seed };
        switch (arm.Kind)
        {
            case NetworkArmKind.Pruned:
                return plain with { Method = _plan.Method, Start = new(Cut(run, stop)) };
            case NetworkArmKind.ScratchE:
                return plain with { Start = new(_cuts[(arm.MatchedTo!, seed)].DrawnAnew(Task, seed)) };
            case NetworkArmKind.ScratchB:
                var pruned = _cuts[(arm.MatchedTo!, seed)];
                return plain with { Start = new(pruned.DrawnAnew(Task, seed)), Steps = Budget(arm.MatchedTo!, seed).Steps(pruned.Outcome.After.Macs, Dense) };
            case NetworkArmKind.Width:
                var costliest = _plan.Arms.Where(other => other.Kind == NetworkArmKind.Pruned && other.Keep == arm.Keep).Select(other => Budget(other.Name, seed)).MaxBy(static budget => budget.Macs)!;
                return plain with { Steps = costliest.Steps(_widths[arm.Keep!.Value].Size.Macs, Dense) };
            default:
                return plain;
        }
    }

    /// <summary>Cuts the whole network of a run's seed, keeps what is to be known of the cut, and gives what is left.</summary>
    private IReadOnlyList<WeightArray> Cut(NetworkRun run, CancellationToken stop)
    {
        _hooks.Told(FormattableString.Invariant($"seed {run.Seed}, {run.Arm.Name}: finding out what channels are worth, cutting, measuring"));
        (var cut, var weights) = NetworkCut.Of(Task, _whole[NetworkArms.Source(run.Arm)], run.Arm, _plan, run.Seed, stop);
        _cuts[(run.Arm.Name, run.Seed)] = cut;
        return weights;
    }

    private TrainingBudget Budget(string pruned, ulong seed) =>
        TrainingBudget.Of(_runs[NetworkArms.Source(_plan.Arms.First(arm => arm.Name == pruned)), seed], _runs[pruned, seed], _cuts[(pruned, seed)]);

    private void Ended(NetworkRun run, TrainingOutcome outcome)
    {
        if (run.Arm.Kind is NetworkArmKind.Dense or NetworkArmKind.Penalised)
        {
            _whole[run.Arm.Name] = outcome.Weights;
        }

        _hooks.Finished(run, outcome);
    }
}
