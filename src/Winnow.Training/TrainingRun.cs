using Winnow.Numerics;
using Winnow.Plans;
using Winnow.Policies;
using Winnow.Torch;
using Winnow.Torch.Modules;
using Winnow.Torch.Optimizers;
using Winnow.Training.Schedules;

namespace Winnow.Training;

/// <summary>The state of one run.</summary>
internal sealed class TrainingRun
{
    private readonly Trainer _trainer;
    private readonly TrainingRecipe _recipe;
    private readonly TrainingRequest _request;
    private readonly IReadOnlyList<TrainerHook> _hooks;
    private readonly CancellationToken _stop;
    private readonly PhaseClock _clock;
    private readonly List<EpochReport> _history = [];
    private readonly ILearningRateSchedule _schedule;
    private readonly DeviceData _train;
    private readonly DeviceData _test;
    private readonly Module _model;
    private readonly IOptimizer _optimizer;
    private readonly Pruner _pruner;
    private readonly int _epochs;
    private long _visited;
    private long _steps;
    private double _rate;

    public TrainingRun(Trainer trainer, TrainingRequest request, IReadOnlyList<TrainerHook> hooks, CancellationToken stop)
    {
        (_trainer, _recipe, _request, _hooks, _stop) = (trainer, trainer.Recipe, request, hooks, stop);
        _clock = new PhaseClock(trainer.Time);
        using var lap = _clock.Enter(Phase.Prepare);
        var (train, test) = (trainer.Data.Train, trainer.Data.Test);
        _epochs = request.Steps is { } steps ? (int)((steps + trainer.StepsPerFullEpoch - 1) / trainer.StepsPerFullEpoch) : _recipe.Epochs;
        _pruner = new Pruner(train.Count, request.Policy ?? PolicyCatalog.Parse(request.Method), new PrunerOptions { Epochs = _epochs, Seed = request.Seed, Labels = train.LabelsMemory });
        _schedule = ScheduleCatalog.Parse(_recipe.Schedule);
        var seed = Rng.Derive(request.Seed, 0, "weights");
        TorchRuntime.ManualSeed(((ulong)seed.UInt32At(0) << 32) | seed.UInt32At(1));
        _model = trainer.CreateModel();
        _optimizer = _recipe.Optimizer == "adamw"
            ? new AdamW(_model.Parameters, new AdamWOptions { WeightDecay = _recipe.WeightDecay })
            : new Sgd(_model.Parameters, new SgdOptions { Momentum = _recipe.Momentum, Nesterov = _recipe.Momentum > 0, WeightDecay = _recipe.WeightDecay });
        _train = new DeviceData(train, train, _recipe.Augmentation, trainer.Device);
        _test = new DeviceData(test, train, Augmentation.None, trainer.Device);
    }

    public TrainingOutcome Execute()
    {
        using var model = _model;
        using var optimizer = _optimizer;
        Tell(hook => hook.OnRunStart(_request, _epochs));
        for (var epoch = 0; epoch < _epochs && !_stop.IsCancellationRequested; epoch++)
        {
            RunEpoch(epoch);
        }

        var last = _history.Count == _epochs ? _history[^1] : null;
        var outcome = new TrainingOutcome
        {
            Method = PolicyCatalog.Canonical(_request.Method),
            Seed = _request.Seed,
            Epochs = _history.Count,
            Visited = _visited,
            Steps = _steps,
            FullVisits = (long)_recipe.Epochs * _trainer.Data.Train.Count,
            FullSteps = (long)_recipe.Epochs * _trainer.StepsPerFullEpoch,
            Accuracy = last?.Accuracy,
            TestLoss = last?.TestLoss,
            Interrupted = last is null,
            Seconds = _clock.Read(),
            History = _history,
            Weights = [.. _model.NamedState().Select(static entry =>
                new WeightArray(entry.Name, entry.Tensor.Shape, entry.Tensor.To(ScalarType.Float32).ToArray<float>()))],
        };
        Tell(hook => hook.OnRunEnd(outcome));
        return outcome;
    }

    private void RunEpoch(int epoch)
    {
        using var scope = new TensorScope();
        var before = _clock.Read();
        EpochPlan plan;
        Tensor ids, weights, losses;
        EpochDraws draws;
        using (_clock.Enter(Phase.Plan))
        {
            plan = _pruner.Plan(epoch);
            Tell(hook => hook.OnEpochPlanned(plan));
            (ids, weights) = Upload(plan);
            draws = _train.Draw(_request.Seed, epoch, plan.Order);
            losses = Ops.Empty([plan.Count], ScalarType.Float32, _trainer.Device);
        }

        int batches;
        using (_clock.Enter(Phase.Train))
        {
            batches = TrainOn(plan, ids, weights, draws, losses);
        }

        if (_stop.IsCancellationRequested)
        {
            return;
        }

        var final = plan.Batch(batches - 1, _recipe.BatchSize);
        var visited = final.Start + final.Count;
        float[] values;
        using (_clock.Enter(Phase.Observe))
        {
            values = losses.Narrow(0, 0, visited).ToArray<float>();
            _pruner.Observe(plan.All.Slice(0, visited), values);
        }

        Finish(plan, values, batches, before);
    }

    /// <summary>Trains on the plan's batches, up to the step limit if there is one, and returns how many there were.</summary>
    private int TrainOn(EpochPlan plan, Tensor ids, Tensor weights, EpochDraws draws, Tensor losses)
    {
        _model.Train();
        var batches = plan.Steps(_recipe.BatchSize);
        if (_request.Steps is { } limit)
        {
            batches = (int)Math.Min(batches, limit - _steps);
        }

        for (var b = 0; b < batches && !_stop.IsCancellationRequested; b++)
        {
            var batch = plan.Batch(b, _recipe.BatchSize);
            var progress = _request.Steps is { } total ? (double)_steps / total : plan.Progress(b, batches);
            _rate = _recipe.PeakLearningRate * _request.LearningRateScale * _pruner.LearningRateScale * _schedule.At(progress);
            Step(batch, ids, weights, draws, losses);
            _steps++;
            _visited += batch.Count;
            var report = new StepReport { Epoch = plan.Epoch, Epochs = _epochs, Visited = batch.Start + batch.Count, Planned = plan.Count, Progress = progress };
            foreach (var hook in _hooks)
            {
                hook.OnStep(report);
            }
        }

        return batches;
    }

    private void Step(in PlannedBatch batch, Tensor ids, Tensor weights, EpochDraws draws, Tensor losses)
    {
        using var step = new TensorScope();
        var here = ids.Narrow(0, batch.Start, batch.Count);
        var labels = _train.Labels(here);
        Tensor logits;
        using (new TensorScope())
        {
            // Intermediates are let go at the end of this scope; autograd keeps the ones it needs.
            var x = _train.Batch(here, draws, batch.Start, batch.Count);
            using (Cast())
            {
                logits = _model.Forward(x);
            }

            step.Adopt(logits);
        }

        var perSample = Ops.CrossEntropy(logits.To(ScalarType.Float32), labels, Reduction.None, _recipe.LabelSmoothing);
        losses.Narrow(0, batch.Start, batch.Count).CopyFrom(perSample.Detach());
        var weighted = Ops.Sum(Ops.Mul(perSample, weights.Narrow(0, batch.Start, batch.Count)));
        Ops.Div(weighted, LossDenominator.Of(_recipe.Normalization, batch)).Backward();
        _optimizer.Step(_rate);
        _optimizer.ZeroGrad();
    }

    private void Finish(EpochPlan plan, float[] values, int batches, PhaseSeconds before)
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

        var tail = values.AsSpan(Math.Max(0, values.Length - _recipe.BatchSize));
        if (!tail.ContainsAnyInRange(float.MinValue, float.MaxValue))
        {
            throw new TrainingFailedException(FormattableString.Invariant(
                $"the loss became non-finite in epoch {plan.Epoch + 1} of {_epochs} ({values.Length - finite:N0} of {values.Length:N0} samples, the last batch entirely); a lower --learning-rate (now {_recipe.PeakLearningRate}){(_recipe.Precision == Precision.Bf16 ? " or --precision fp32" : "")} usually helps."));
        }

        double accuracy, loss;
        using (_clock.Enter(Phase.Evaluate))
        {
            (accuracy, loss) = Evaluate();
        }

        var report = new EpochReport
        {
            Epoch = plan.Epoch,
            Epochs = _epochs,
            Visited = values.Length,
            Total = plan.Total,
            Steps = batches,
            LearningRate = _rate,
            VisitedLoss = finite > 0 ? raw / finite : null,
            WeightedLoss = weightSum > 0 ? weighted / weightSum : null,
            NonFinite = values.Length - finite,
            Accuracy = accuracy,
            TestLoss = double.IsFinite(loss) ? loss : null,
            Seconds = PhaseClock.Between(before, _clock.Read()),
        };
        _history.Add(report);
        Tell(hook => hook.OnEpochEnd(report));
    }

    private (double Accuracy, double Loss) Evaluate()
    {
        const int Batch = 500;
        using var scope = new TensorScope();
        using var inference = NoGrad.Enter();
        _model.Eval();
        var device = _trainer.Device;
        var count = _trainer.Data.Test.Count;
        var correct = Ops.Zeros([], ScalarType.Int64, device);
        var loss = Ops.Zeros([], ScalarType.Float64, device);
        var all = Ops.Arange(0, count, 1, ScalarType.Int64, device);
        for (var start = 0; start < count; start += Batch)
        {
            using var step = new TensorScope();
            var ids = all.Narrow(0, start, Math.Min(Batch, count - start));
            var labels = _test.Labels(ids);
            Tensor logits;
            using (Cast())
            {
                logits = _model.Forward(_test.Batch(ids)).To(ScalarType.Float32);
            }

            Ops.AddInPlace(correct, Ops.Sum(Ops.Equal(Ops.Argmax(logits, 1), labels)));
            Ops.AddInPlace(loss, Ops.Sum(Ops.CrossEntropy(logits, labels, Reduction.None, 0)));
        }

        return ((double)correct.ToArray<long>()[0] / count, loss.ToArray<double>()[0] / count);
    }

    private Autocast Cast() => Autocast.Enter(_trainer.Device, _recipe.Precision == Precision.Bf16 ? ScalarType.BFloat16 : ScalarType.Float32);

    /// <summary>The plan's ids and weights on the device, in visiting order.</summary>
    private (Tensor Ids, Tensor Weights) Upload(EpochPlan plan)
    {
        var ids = new long[plan.Count];
        var weights = new float[plan.Count];
        plan.All.CopyIds(ids);
        plan.All.CopyWeights(weights);
        return (Tensor.FromSpan<long>(ids, [ids.Length]).To(_trainer.Device), Tensor.FromSpan<float>(weights, [weights.Length]).To(_trainer.Device));
    }

    private void Tell(Action<TrainerHook> moment)
    {
        foreach (var hook in _hooks)
        {
            moment(hook);
        }
    }
}
