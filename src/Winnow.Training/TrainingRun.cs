using TorchSharp;
using Winnow.Checkpoints;
using Winnow.Numerics;
using Winnow.Plans;
using Winnow.Policies;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Torch.Distributed;
using Winnow.Torch.Optimizers;
using Winnow.Training.Checkpoints;
using Winnow.Training.Schedules;
using Winnow.Training.Tasks;
using static TorchSharp.torch;

namespace Winnow.Training;

/// <summary>The state of one run.</summary>
internal sealed partial class TrainingRun : IDisposable
{
    private readonly Trainer _trainer;
    private readonly TrainingTask _task;
    private readonly TrainingSettings _settings;
    private readonly TrainingRequest _request;
    private readonly IReadOnlyList<TrainerCallback> _callbacks;
    private readonly CancellationToken _stop;
    private readonly PhaseClock _clock;
    private readonly List<EpochReport> _history = [];
    private readonly ILearningRateSchedule _schedule;
    private readonly ISampleReader _train;
    private readonly ISampleReader _test;
    private readonly Network _model;
    private readonly NetworkPass _pass;
    private readonly IOptimizer _optimizer;
    private readonly IPruningPolicy _policy;
    private readonly RunCheckpoints? _checkpoints;
    private readonly Evaluator _evaluator;
    private readonly RunCounters _counters;
    private readonly DistributedRun _ranks;
    private readonly SampleRequest _observed;
    private readonly SampleRequest _refreshed;
    private readonly ScoreRecorder? _scores;
    private readonly int _epochs;
    private readonly int _ends;
    private Pruner _pruner;
    private double _rate;
    private PhaseSeconds _epochBegan = new();
    private Resumed? _resumed;
    private bool _saved;
    private IReadOnlyList<double> _byGroup = [];

    public TrainingRun(Trainer trainer, TrainingRequest request, IReadOnlyList<TrainerCallback> callbacks, RunCheckpoints? checkpoints, ProcessGroup? ranks, CancellationToken stop)
    {
        (_trainer, _task, _settings, _request, _callbacks, _checkpoints, _stop) = (trainer, trainer.Task, trainer.Settings, request, callbacks, checkpoints, stop);
        _clock = new PhaseClock(trainer.Time);
        using var lap = _clock.Enter(Phase.Prepare);
        (_policy, _pruner) = trainer.Prepare(request);
        _epochs = trainer.Epochs(request);
        _ends = request.Until ?? _epochs;
        _scores = ScoreRecorder.Of(request, _task, _epochs);
        _schedule = trainer.Options.Schedule ?? ScheduleCatalog.Parse(_settings.Schedule);
        var seed = Rng.Derive(request.Seed, 0, "weights");
        _model = trainer.CreateModel(((ulong)seed.UInt32At(0) << 32) | seed.UInt32At(1));
        _optimizer = trainer.CreateOptimizer(_model);
        _train = _task.OpenTrain(trainer.Device, _settings.Layout);
        _test = _task.OpenTest(trainer.Device, _settings.Layout);
        _ranks = new DistributedRun(ranks, _model, stop);
        _refreshed = new SampleRequest(Training: true, SignalNeeds.Of(_pruner.Needs));
        _observed = _refreshed with { Signals = new HashSet<string>(_task.Signals.Where(name => _ranks.Any(_refreshed.Wants(name) || _scores?.VisitSignals.Contains(name) == true || callbacks.Any(callback => callback.NeedsSignals.Contains(name)))), StringComparer.Ordinal) };
        _pass = new NetworkPass(_task, _model, _settings.Precision, trainer.Device);
        _evaluator = new Evaluator(_task, _model, _pass, _ranks, _settings, trainer.Device, _train, _test) { StopAlone = ranks is null ? stop : CancellationToken.None };
        _counters = new RunCounters(_task.Groups, _task.Groups.IsEmpty ? 0 : _task.Dataset.Classes);
    }

    public TrainingOutcome Execute()
    {
        Begin();
        for (var epoch = _history.Count; epoch < _ends && !_saved; epoch++)
        {
            RunEpoch(epoch);
        }

        var last = _history.Count == _ends ? _history[^1] : null;
        var outcome = new TrainingOutcome
        {
            Method = _request.Policy is null ? PolicyCatalog.Canonical(_request.Method) : _request.Method,
            Seed = _request.Seed,
            Epochs = _history.Count,
            Visited = _counters.Visited,
            Steps = _counters.Steps,
            Forwards = _counters.Forwards,
            Backwards = _counters.Backwards,
            AskedSave = _policy.Save,
            FullVisits = _trainer.FullVisits,
            FullSteps = _trainer.FullSteps,
            Metrics = last?.Metrics ?? Metrics.None,
            Accuracy = last?.Accuracy,
            TestLoss = last?.TestLoss,
            ClassAccuracy = last is null ? [] : JsonNumbers.Of(_byGroup),
            ClassKeep = JsonNumbers.Of(_counters.ClassKeep(_settings.Epochs)),
            Interrupted = last is null,
            Seconds = _clock.Read(),
            Scores = last is null ? [] : _scores?.Values() ?? [],
            History = _history,
            Weights = _model.Weights(),
        };
        Tell(callback => callback.OnRunEnd(outcome));
        return outcome;
    }

    public void Dispose()
    {
        _ranks.Dispose();
        _train.Dispose();
        _test.Dispose();
        _optimizer.Dispose();
        _model.Dispose();
    }

    /// <summary>Starts anew, or where the newest checkpoint was written.</summary>
    private void Begin()
    {
        using var lap = _clock.Enter(Phase.Prepare);
        if (_ranks.HandOut(_checkpoints?.Resume(Identity(), Load), stream => Load(CheckpointReader.Open(stream))))
        {
            Tell(callback => callback.OnRunResumed(_request, _epochs, _history, _resumed is null ? null : _pruner.Current));
        }
        else
        {
            Tell(callback => callback.OnRunStart(_request, _epochs));
        }
    }

    private void RunEpoch(int epoch)
    {
        using var scope = NewDisposeScope();
        using var work = BeginEpoch(epoch, scope, out var done, out var resumed);
        if (!resumed)
        {
            // In a resumed epoch that was done before the checkpoint was written.
            Tell(callback => callback.OnEpochPlanned(work.Plan, _pruner.Samples));
        }

        int batches;
        using (_clock.Enter(Phase.Train))
        {
            batches = TrainOn(work, ref done);
        }

        if (_ranks.Stopping)
        {
            SaveBeforeEnd(work, done);
            _ranks.ShareStatistics();
            return;
        }

        using (_clock.Enter(Phase.Train))
        {
            _ranks.ShareStatistics();
        }

        SampleColumns signals;
        using (_clock.Enter(Phase.Observe))
        {
            signals = work.Share.Merge(work.Signals.Fetch(work.Share.Start(batches)), batches);

            // A run that was interrupted while it refreshed had observed them.
            if (!_pruner.IsObserved(work.Plan.All.Slice(0, signals.Count)))
            {
                Observe(work.Plan, signals);
            }

            _scores?.Observe(work.Plan, signals);
        }

        Tell(callback => callback.OnEpochObserved(work.Plan, signals));
        var report = Report(work.Plan, signals.Losses, batches);
        work.Refreshed ??= Refresh(work.Plan);
        if (work.Refreshed is null || !Score(epoch))
        {
            SaveBeforeEnd(work, batches);
            return;
        }

        if (epoch + 1 < _ends)
        {
            // Beside the evaluation, which needs nothing of the pruner; RunEpoch takes the plan.
            _pruner.PlanAhead(epoch + 1);
        }

        if (Evaluate() is not { } metrics)
        {
            SaveBeforeEnd(work, batches);
            return;
        }

        report = report with
        {
            Refreshed = work.Refreshed.Value,
            Forwards = _counters.Forwards - _history.Sum(static earlier => earlier.Forwards),
            Backwards = _counters.Backwards - _history.Sum(static earlier => earlier.Backwards),
            Metrics = metrics,
            Accuracy = metrics.Value(Metrics.Accuracy),
            TestLoss = metrics.Value(Metrics.TestLoss),
            Seconds = _clock.Read().Since(_epochBegan),
        };
        _history.Add(report);
        Tell(callback => callback.OnEpochEnd(report));
        if (_history.Count < _ends && _ranks.Stopping)
        {
            SaveBeforeEnd(null, 0);
        }
        else if (_history.Count < _ends && _checkpoints?.DueAfterEpochs(_history.Count) == true)
        {
            Save(null, 0);
        }
    }

    /// <summary>Plans an epoch and makes ready what it works with, the part that was done before a run went on included.</summary>
    private EpochWork BeginEpoch(int epoch, DisposeScope scope, out int done, out bool resumed)
    {
        using var lap = _clock.Enter(Phase.Plan);
        resumed = _resumed is not null;
        _epochBegan = resumed ? _epochBegan : _clock.Read();
        var plan = _pruner.Plan(epoch);
        _ranks.Agree(plan);
        var work = Upload(plan, scope);
        done = 0;
        if (_resumed is { } earlier)
        {
            work.Signals.Load(work.Share.Split(earlier.Signals, earlier.Batches));
            (work.Refreshed, done, _resumed) = (earlier.Refreshed, earlier.Batches, null);
        }

        return work;
    }

    /// <summary>Trains on the plan's batches, up to the step limit if there is one, and returns how many there are.</summary>
    /// <param name="work">The epoch.</param>
    /// <param name="done">Batches done, before and after.</param>
    private int TrainOn(EpochWork work, ref int done)
    {
        _model.Train();
        var plan = work.Plan;
        var batches = plan.Steps(_settings.BatchSize);
        if (_request.Steps is { } limit)
        {
            batches = (int)Math.Min(batches, limit - (_counters.Steps - done));
        }

        while (done < batches && !_ranks.Stopping)
        {
            var b = done++;
            var batch = plan.Batch(b, _settings.BatchSize);
            var progress = _request.Steps is { } total ? (double)_counters.Steps / total : plan.Progress(b, batches);
            _rate = _settings.PeakLearningRate * _request.LearningRateScale * _pruner.LearningRateScale * _schedule.At(progress);
            Step(work, batch, b, progress);
            var report = new StepReport { Epoch = plan.Epoch, Epochs = _epochs, Visited = batch.Start + batch.Count, Planned = plan.Count, Progress = progress };
            foreach (var callback in _callbacks)
            {
                callback.OnStep(report);
            }

            if (_ranks.Saving && !_ranks.Stopping)
            {
                Save(work, done);
            }
        }

        return batches;
    }

    /// <summary>Hands the pruner what it needs of all samples visited; the batch means come from the losses, batch by batch.</summary>
    private void Observe(EpochPlan plan, SampleColumns signals)
    {
        var judged = signals.With(SignalNames.Loss, _task.Scores(plan.Order[..signals.Count], new SampleDraws(_request.Seed, plan.Epoch), signals.Losses));
        var told = SignalNeeds.Told(_pruner.Needs, judged);
        if (_pruner.Needs.Contains(Samples.Signal.BatchLoss))
        {
            var means = new float[signals.Count];
            plan.BatchMeans(judged.Losses, _settings.BatchSize, means);
            told = told.With(Samples.Signal.BatchLoss, means);
        }

        _pruner.Observe(plan.All.Slice(0, signals.Count), told);
    }

    /// <summary>
    /// Where the method asks for it, sends the samples that sat out through the model; returns how many, or null when the run was stopped
    /// meanwhile. After the last epoch nobody would read what came of it, and it is left out.
    /// </summary>
    private int? Refresh(EpochPlan plan)
    {
        if (!_pruner.RefreshesDropped || plan.Epoch == _ends - 1 || plan.Count == plan.Total)
        {
            return 0;
        }

        using var lap = _clock.Enter(Phase.Refresh);
        var ids = new int[plan.Total - plan.Count];
        var found = 0;
        for (var id = 0; id < plan.Total; id++)
        {
            if (plan.Weights[id] == 0)
            {
                ids[found++] = id;
            }
        }

        // The loss of training, label smoothing included: what the method compares must be of one kind.
        if (_evaluator.Run(_train, ids, _refreshed) is not { } signals)
        {
            return null;
        }

        _counters.Refresh(ids.Length);
        var judged = signals.With(SignalNames.Loss, _task.Scores(ids, draws: null, signals.Losses));
        _pruner.ObserveDropped(SignalNeeds.Told(_pruner.Needs, judged) with { Ids = Array.ConvertAll(ids, static id => (long)id) });
        return ids.Length;
    }

    private EpochReport Report(EpochPlan plan, float[] values, int batches)
    {
        double raw = 0, weighted = 0, weightSum = 0;
        var finite = 0;
        for (var k = 0; k < values.Length; k++)
        {
            if (float.IsFinite(values[k]))
            {
                var weight = plan.Weights[plan.Order[k]];
                raw += values[k];
                weighted += weight * (double)values[k];
                weightSum += weight;
                finite++;
            }
        }

        var tail = values.AsSpan(Math.Max(0, values.Length - _settings.BatchSize));
        if (!tail.ContainsAnyInRange(float.MinValue, float.MaxValue))
        {
            throw new TrainingFailedException(FormattableString.Invariant(
                $"the loss became non-finite in epoch {plan.Epoch + 1} of {_epochs} ({values.Length - finite:N0} of {values.Length:N0} samples, the last batch entirely); a lower learning rate (now {_settings.PeakLearningRate}){(_settings.Precision == Precision.Bf16 ? " or a precision of fp32" : "")} usually helps."));
        }

        return new EpochReport
        {
            Epoch = plan.Epoch,
            Epochs = _epochs,
            Visited = values.Length,
            Total = plan.Total,
            Steps = batches,
            SavedSoFar = 1 - ((double)_counters.Visited / ((plan.Epoch + 1L) * plan.Total)),
            AskedSave = _policy.Save,
            LearningRate = _rate,
            VisitedLoss = finite > 0 ? raw / finite : null,
            WeightedLoss = weightSum > 0 ? weighted / weightSum : null,
            NonFinite = values.Length - finite,
            Seconds = new PhaseSeconds(),
        };
    }

    /// <summary>What the network is judged by; null when the run was stopped meanwhile.</summary>
    private Metrics? Evaluate()
    {
        using var lap = _clock.Enter(Phase.Evaluate);
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        _model.Eval();
        _evaluator.IsLast = _history.Count + 1 == _ends;
        if (_task.Evaluate(_evaluator) is not { } evaluation)
        {
            return null;
        }

        _byGroup = evaluation.ByGroup;
        return _task.Of(evaluation);
    }

    /// <summary>What this rank's share of the plan takes on the device, in visiting order, and room for what comes of it.</summary>
    private EpochWork Upload(EpochPlan plan, DisposeScope scope)
    {
        var share = new RankBatches(plan, _settings.BatchSize, _ranks);
        return new EpochWork(
            plan,
            share,
            _train.Read(share.Ids, new SampleDraws(_request.Seed, plan.Epoch)),
            TensorData.FromSpan<float>(share.LossWeights(_settings.Normalization, _task.Sizes.Span)).to(_trainer.Device),
            new PassSignals(share.Ids.Length, _observed.Signals, _trainer.Device, scope));
    }

    private void Tell(Action<TrainerCallback> moment)
    {
        foreach (var callback in _callbacks)
        {
            moment(callback);
        }
    }
}
