using TorchSharp;
using Winnow.Checkpoints;
using Winnow.Plans;
using Winnow.Policies;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Torch.Distributed;
using Winnow.Training.Checkpoints;
using Winnow.Training.Schedules;
using Winnow.Training.Tasks;
using static TorchSharp.torch;

namespace Winnow.Training.Runs;

/// <summary>Takes one run from its beginning, or where it was left, to its end, epoch by epoch.</summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly RunParts _run;
    private readonly IReadOnlyList<TrainerCallback> _callbacks;
    private readonly ILearningRateSchedule _schedule;
    private readonly BatchStep _step;
    private readonly EpochSignals _signals;
    private readonly RunSnapshot _snapshot;
    private ResumedEpoch? _resumed;
    private bool _saved;
    private IReadOnlyList<double> _byGroup = [];

    public TrainingRun(Trainer trainer, TrainingRequest request, IReadOnlyList<TrainerCallback> callbacks, RunCheckpoints? checkpoints, ProcessGroup? ranks, CancellationToken stop)
    {
        _run = new RunParts(trainer, request, callbacks, checkpoints, ranks, stop);
        (_callbacks, _step, _signals, _snapshot) = (callbacks, new BatchStep(_run), new EpochSignals(_run), new RunSnapshot(_run));
        _schedule = trainer.Options.Schedule ?? ScheduleCatalog.Parse(_run.Settings.Schedule);
    }

    public TrainingOutcome Execute()
    {
        Begin();
        for (var epoch = _run.History.Count; epoch < _run.Ends && !_saved; epoch++)
        {
            RunEpoch(epoch);
        }

        var last = _run.History.Count == _run.Ends ? _run.History[^1] : null;
        var features = last is not null && _run.Request.Features ? Features() : null;
        last = _run.Request.Features && features is null ? null : last;
        var outcome = new TrainingOutcome
        {
            Method = _run.Request.Policy is null ? PolicyCatalog.Canonical(_run.Request.Method) : _run.Request.Method,
            Seed = _run.Request.Seed,
            Epochs = _run.History.Count,
            Visited = _run.Counters.Visited,
            Steps = _run.Counters.Steps,
            Forwards = _run.Counters.Forwards + (_run.Request.Spent?.Forwards ?? 0),
            Backwards = _run.Counters.Backwards + (_run.Request.Spent?.Backwards ?? 0),
            AskedSave = _run.Policy.Save,
            FullVisits = _run.Trainer.FullVisits,
            FullSteps = _run.Trainer.FullSteps,
            Metrics = last?.Metrics ?? Metrics.None,
            Accuracy = last?.Accuracy,
            TestLoss = last?.TestLoss,
            ClassAccuracy = last is null ? [] : JsonNumbers.Of(_byGroup),
            ClassKeep = JsonNumbers.Of(_run.Counters.ClassKeep(_run.Settings.Epochs)),
            Interrupted = last is null,
            Seconds = _run.Request.Spent is { } spent ? _run.Clock.Read().With(Phase.Select, spent.Seconds) : _run.Clock.Read(),
            Scores = last is null ? [] : _run.Scores?.Values() ?? [],
            Network = _run.Sparsity.Totals(),
            Masks = _run.Sparsity.Kept,
            KeptWeights = _run.Kept.Weights,
            Features = features,
            History = _run.History,
            Weights = _run.Model.Weights(),
        };
        Tell(callback => callback.OnRunEnd(outcome));
        return outcome;
    }

    public void Dispose() => _run.Dispose();

    /// <summary>Starts anew, or where the newest checkpoint was written.</summary>
    private void Begin()
    {
        using var lap = _run.Clock.Enter(Phase.Prepare);
        if (_run.Ranks.HandOut(_run.Checkpoints?.Resume(_snapshot.Identity(), Load), stream => Load(CheckpointReader.Open(stream))))
        {
            Tell(callback => callback.OnRunResumed(_run.Request, _run.Epochs, _run.History, _resumed is null ? null : _run.Pruner.Current));
        }
        else
        {
            Tell(callback => callback.OnRunStart(_run.Request, _run.Epochs));
        }
    }

    private void RunEpoch(int epoch)
    {
        using var scope = NewDisposeScope();
        using var work = BeginEpoch(epoch, scope, out var done, out var resumed);
        if (!resumed)
        {
            // In a resumed epoch that was done before the checkpoint was written.
            Tell(callback => callback.OnEpochPlanned(work.Plan, _run.Pruner.Samples));
        }

        int batches;
        using (_run.Clock.Enter(Phase.Train))
        {
            batches = TrainOn(work, ref done);
            if (epoch + 1 == _run.Epochs && !_run.Ranks.Stopping)
            {
                _run.Sparsity.Finish();
            }
        }

        if (_run.Ranks.Stopping)
        {
            SaveBeforeEnd(work, done);
            _run.Ranks.ShareStatistics();
            return;
        }

        using (_run.Clock.Enter(Phase.Train))
        {
            _run.Ranks.ShareStatistics();
        }

        SampleColumns signals;
        using (_run.Clock.Enter(Phase.Observe))
        {
            signals = work.Share.Merge(work.Signals.Fetch(work.Share.Start(batches)), batches);

            // A run that was interrupted while it refreshed had observed them.
            if (!_run.Pruner.IsObserved(work.Plan.All.Slice(0, signals.Count)))
            {
                _signals.Observe(work.Plan, signals);
            }

            _run.Scores?.Observe(work.Plan, signals);
        }

        Tell(callback => callback.OnEpochObserved(work.Plan, signals));
        var report = _signals.Report(work.Plan, signals.Losses, batches);
        work.Refreshed ??= _signals.Refresh(work.Plan);
        if (work.Refreshed is null || !_signals.Score(epoch))
        {
            SaveBeforeEnd(work, batches);
            return;
        }

        if (epoch + 1 < _run.Ends)
        {
            // Beside the evaluation, which needs nothing of the pruner; RunEpoch takes the plan.
            _run.Pruner.PlanAhead(epoch + 1);
        }

        if (Evaluate() is not { } metrics)
        {
            SaveBeforeEnd(work, batches);
            return;
        }

        report = report with
        {
            Refreshed = work.Refreshed.Value,
            Density = _run.Sparsity.Density,
            Forwards = _run.Counters.Forwards - _run.History.Sum(static earlier => earlier.Forwards),
            Backwards = _run.Counters.Backwards - _run.History.Sum(static earlier => earlier.Backwards),
            Metrics = metrics,
            Accuracy = metrics.Value(Metrics.Accuracy),
            TestLoss = metrics.Value(Metrics.TestLoss),
            Seconds = _run.Clock.Read().Since(_run.EpochBegan),
        };
        _run.History.Add(report);
        Tell(callback => callback.OnEpochEnd(report));
        if (_run.History.Count < _run.Ends && _run.Ranks.Stopping)
        {
            SaveBeforeEnd(null, 0);
        }
        else if (_run.History.Count < _run.Ends && _run.Checkpoints?.DueAfterEpochs(_run.History.Count) == true)
        {
            Save(null, 0);
        }
    }

    /// <summary>Plans an epoch and makes ready what it works with, the part that was done before a run went on included.</summary>
    private EpochWork BeginEpoch(int epoch, DisposeScope scope, out int done, out bool resumed)
    {
        using var lap = _run.Clock.Enter(Phase.Plan);
        resumed = _resumed is not null;
        _run.EpochBegan = resumed ? _run.EpochBegan : _run.Clock.Read();
        var plan = _run.Pruner.Plan(epoch);
        _run.Ranks.Agree(plan);
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
        _run.Model.Train();
        var plan = work.Plan;
        var batches = plan.Steps(_run.Settings.BatchSize);
        if (_run.Request.Steps is { } limit)
        {
            batches = (int)Math.Min(batches, limit - (_run.Counters.Steps - done));
        }

        while (done < batches && !_run.Ranks.Stopping)
        {
            var b = done++;
            var batch = plan.Batch(b, _run.Settings.BatchSize);
            var progress = _run.Request.Steps is { } total ? (double)_run.Counters.Steps / total : plan.Progress(b, batches);
            _run.Rate = _run.Settings.PeakLearningRate * _run.Request.LearningRateScale * _run.Pruner.LearningRateScale * _schedule.At(_run.Request.ScheduleFrom + ((1 - _run.Request.ScheduleFrom) * progress));
            _run.Kept.Before();
            _step.Take(work, batch, b, progress, last: plan.Epoch + 1 == _run.Epochs && done == batches);
            var report = new StepReport { Epoch = plan.Epoch, Epochs = _run.Epochs, Visited = batch.Start + batch.Count, Planned = plan.Count, Progress = progress };
            foreach (var callback in _callbacks)
            {
                callback.OnStep(report);
            }

            if (_run.Ranks.Saving && !_run.Ranks.Stopping)
            {
                Save(work, done);
            }
        }

        return batches;
    }

    /// <summary>What the network is judged by; null when the run was stopped meanwhile.</summary>
    private Metrics? Evaluate()
    {
        using var lap = _run.Clock.Enter(Phase.Evaluate);
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        _run.Model.Eval();
        _run.Evaluator.IsLast = _run.History.Count + 1 == _run.Ends;
        if (_run.Task.Evaluate(_run.Evaluator) is not { } evaluation)
        {
            return null;
        }

        _byGroup = evaluation.ByGroup;
        return _run.Task.Of(evaluation);
    }

    /// <summary>What this rank's share of the plan takes on the device, in visiting order, and room for what comes of it.</summary>
    private EpochWork Upload(EpochPlan plan, DisposeScope scope)
    {
        var share = new RankBatches(plan, _run.Settings.BatchSize, _run.Ranks);
        return new EpochWork(
            plan,
            share,
            _run.Train.Read(share.Ids, new SampleDraws(_run.Request.Seed, plan.Epoch)),
            TensorData.FromSpan<float>(share.LossWeights(_run.Settings.Normalization, _run.Task.Sizes.Span)).to(_run.Trainer.Device),
            new PassSignals(share.Ids.Length, _run.Observed.Signals, _run.Trainer.Device, scope));
    }

    /// <summary>Saves because it is time to. All ranks come here in the middle of an epoch; between two, one that writes may do it alone.</summary>
    private void Save(EpochWork? work, int batches)
    {
        using var lap = _run.Clock.Enter(Phase.Checkpoint);
        if (_snapshot.Take(work, batches) is { } state)
        {
            _run.Checkpoints!.Write(state, _run.Counters.Steps);
        }
    }

    /// <summary>Saves because the run was stopped, and ends it: the only place where that is decided, so that none ends unsaved.</summary>
    private void SaveBeforeEnd(EpochWork? work, int batches)
    {
        using var lap = _run.Clock.Enter(Phase.Checkpoint);
        _saved = true;
        if (_snapshot.Take(work, batches) is { } state)
        {
            _run.Checkpoints!.WriteNow(state, _run.Counters.Steps);
        }
    }

    private SampleFeatures? Features()
    {
        using var lap = _run.Clock.Enter(Phase.Refresh);
        var features = SampleFeatures.Of(_run.Task, _run.Model, _run.Evaluator);
        _run.Counters.Look(features is null ? 0 : _run.Task.Dataset.Train);
        return features;
    }

    private void Load(CheckpointReader state) => _resumed = _snapshot.Restore(state);

    private void Tell(Action<TrainerCallback> moment)
    {
        foreach (var callback in _callbacks)
        {
            moment(callback);
        }
    }
}
