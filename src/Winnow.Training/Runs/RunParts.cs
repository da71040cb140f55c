using Winnow.Networks.Shrinking;
using Winnow.Policies;
using Winnow.Records;
using Winnow.Torch.Distributed;
using Winnow.Torch.Optimizers;
using Winnow.Training.Checkpoints;
using Winnow.Training.Tasks;

namespace Winnow.Training.Runs;

/// <summary>What one run works with, and how far it is.</summary>
internal sealed class RunParts : IDisposable
{
    private readonly ISampleReader _test;

    public RunParts(Trainer trainer, TrainingRequest request, IReadOnlyList<TrainerCallback> callbacks, RunCheckpoints? checkpoints, ProcessGroup? ranks, CancellationToken stop)
    {
        (Trainer, Task, Settings, Request, Checkpoints) = (trainer, trainer.Task, trainer.Settings, request, checkpoints);
        Clock = new PhaseClock(trainer.Time);
        using var lap = Clock.Enter(Phase.Prepare);
        (Policy, Pruner) = trainer.Prepare(request);
        Epochs = trainer.Epochs(request);
        Ends = request.Until ?? Epochs;
        Scores = ScoreRecorder.Of(request, Task, Epochs);
        Model = trainer.CreateModel(Trainer.WeightsSeed(request.Seed), request.Start);
        Optimizer = trainer.CreateOptimizer(Model);
        Penalty = Settings.Slimming is { } strength ? new(Model.Module, strength, request.Unpenalised ?? Task.Unpenalised(Model.Module)) : null;
        var samples = Task.OpenTrain(trainer.Device, Settings.Layout);
        Train = request.Teacher is { } teacher ? new TaughtReader(samples, teacher.Rows(Task.Dataset.Train, trainer.Device)) : samples;
        _test = Task.OpenTest(trainer.Device, Settings.Layout);
        Ranks = new DistributedRun(ranks, Model, stop);
        Refreshed = new SampleRequest(Training: true, SignalNeeds.Of(Pruner.Needs));
        Observed = Refreshed with { Signals = new HashSet<string>(SignalNeeds.OfVisits(Task).Where(name => Ranks.Any(Refreshed.Wants(name) || Scores?.VisitSignals.Contains(name) == true || callbacks.Any(callback => callback.NeedsSignals.Contains(name)))), StringComparer.Ordinal) };
        Pass = new NetworkPass(Task, Model, Settings.Precision, trainer.Device, request.Teacher);
        Evaluator = new Evaluator(Task, Model, Pass, Ranks, Settings, trainer.Device, Train, _test) { StopAlone = ranks is null ? stop : CancellationToken.None, OnGradient = Tell };
        if (Scores?.TakesGradients == true)
        {
            SampleGradients.Check(Task, Model, Train);
        }

        Sparsity = new RunSparsity(this);
        Kept = new RunKept(this);
        Counters = new RunCounters(Task.Groups, Task.Groups.IsEmpty ? 0 : Task.Dataset.Classes);

        void Tell(int done, int total)
        {
            foreach (var callback in callbacks)
            {
                callback.OnGradient(done, total);
            }
        }
    }

    public Trainer Trainer { get; }

    public TrainingTask Task { get; }

    public TrainingSettings Settings { get; }

    public TrainingRequest Request { get; }

    /// <summary>Where the state is saved; null where it isn't, or on a rank that writes nothing.</summary>
    public RunCheckpoints? Checkpoints { get; }

    public PhaseClock Clock { get; }

    public IPruningPolicy Policy { get; }

    /// <summary>Of a run that goes on it is replaced by the one that was saved.</summary>
    public Pruner Pruner { get; set; }

    /// <summary>Epochs of the schedule.</summary>
    public int Epochs { get; }

    /// <summary>After how many of them the run ends.</summary>
    public int Ends { get; }

    /// <summary>What makes the scores that were asked for; null where none were.</summary>
    public ScoreRecorder? Scores { get; }

    public Network Model { get; }

    public IOptimizer Optimizer { get; }

    /// <summary>What is added to gradients beside the loss's; null for nothing.</summary>
    public ScalePenalty? Penalty { get; }

    public ISampleReader Train { get; }

    public DistributedRun Ranks { get; }

    public NetworkPass Pass { get; }

    public Evaluator Evaluator { get; }

    /// <summary>The weights that are dropped meanwhile.</summary>
    public RunSparsity Sparsity { get; }

    /// <summary>The weights of before one of the steps.</summary>
    public RunKept Kept { get; }

    public RunCounters Counters { get; }

    /// <summary>What a training pass is asked for: by the method and by those who look on, on whichever rank.</summary>
    public SampleRequest Observed { get; }

    /// <summary>What a pass over samples that sat out is asked for: by the method alone.</summary>
    public SampleRequest Refreshed { get; }

    /// <summary>The epochs that are done.</summary>
    public List<EpochReport> History { get; } = [];

    /// <summary>The learning rate of the last step.</summary>
    public double Rate { get; set; }

    /// <summary>What the clock showed when the epoch began.</summary>
    public PhaseSeconds EpochBegan { get; set; } = new();

    public void Dispose()
    {
        Sparsity.Dispose();
        Ranks.Dispose();
        Train.Dispose();
        _test.Dispose();
        Penalty?.Dispose();
        Optimizer.Dispose();
        Model.Dispose();
    }
}
