using Winnow.Plans;
using Winnow.Records;
using Winnow.Training.Tasks;

namespace Winnow.Training.Runs;

/// <summary>What the model said of an epoch's samples, handed to the pruner and summed up for the report.</summary>
/// <param name="run">The run.</param>
internal sealed class EpochSignals(RunParts run)
{
    /// <summary>Hands the pruner what it needs of all samples visited; the batch means come from the losses, batch by batch.</summary>
    public void Observe(EpochPlan plan, SampleColumns signals)
    {
        var judged = signals.With(SignalNames.Loss, run.Task.Scores(plan.Order[..signals.Count], new SampleDraws(run.Request.Seed, plan.Epoch), signals.Losses));
        var told = SignalNeeds.Told(run.Pruner.Needs, judged);
        if (run.Pruner.Needs.Contains(Samples.Signal.BatchLoss))
        {
            var means = new float[signals.Count];
            plan.BatchMeans(judged.Losses, run.Settings.BatchSize, means);
            told = told.With(Samples.Signal.BatchLoss, means);
        }

        run.Pruner.Observe(plan.All.Slice(0, signals.Count), told);
    }

    /// <summary>
    /// Where the method asks for it, sends the samples that sat out through the model; returns how many, or null when the run was stopped
    /// meanwhile. After the last epoch nobody would read what came of it, and it is left out.
    /// </summary>
    public int? Refresh(EpochPlan plan)
    {
        if (!run.Pruner.RefreshesDropped || plan.Epoch == run.Ends - 1 || plan.Count == plan.Total)
        {
            return 0;
        }

        using var lap = run.Clock.Enter(Phase.Refresh);
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
        if (run.Evaluator.Run(run.Train, ids, run.Refreshed) is not { } signals)
        {
            return null;
        }

        run.Counters.Refresh(ids.Length);
        var judged = signals.With(SignalNames.Loss, run.Task.Scores(ids, draws: null, signals.Losses));
        run.Pruner.ObserveDropped(SignalNeeds.Told(run.Pruner.Needs, judged) with { Ids = Array.ConvertAll(ids, static id => (long)id) });
        return ids.Length;
    }

    /// <summary>Sends all samples through the model where a score asks for it; false when the run was stopped meanwhile.</summary>
    public bool Score(int epoch)
    {
        if (run.Scores is null)
        {
            return true;
        }

        using var lap = run.Clock.Enter(Phase.Refresh);
        var sent = run.Scores.Pass(epoch, run.Evaluator);
        run.Counters.Look(sent?.Forwards ?? 0, sent?.Backwards ?? 0);
        return sent is not null;
    }

    /// <summary>What is told of an epoch before it is evaluated.</summary>
    /// <exception cref="TrainingFailedException">The losses of the last batch are all non-finite.</exception>
    public EpochReport Report(EpochPlan plan, float[] values, int batches)
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

        var tail = values.AsSpan(Math.Max(0, values.Length - run.Settings.BatchSize));
        if (!tail.ContainsAnyInRange(float.MinValue, float.MaxValue))
        {
            throw new TrainingFailedException(FormattableString.Invariant(
                $"the loss became non-finite in epoch {plan.Epoch + 1} of {run.Epochs} ({values.Length - finite:N0} of {values.Length:N0} samples, the last batch entirely); a lower learning rate (now {run.Settings.PeakLearningRate}){(run.Settings.Precision == Precision.Bf16 ? " or a precision of fp32" : "")} usually helps."));
        }

        return new EpochReport
        {
            Epoch = plan.Epoch,
            Epochs = run.Epochs,
            Visited = values.Length,
            Total = plan.Total,
            Steps = batches,
            SavedSoFar = 1 - ((double)run.Counters.Visited / ((plan.Epoch + 1L) * plan.Total)),
            AskedSave = run.Policy.Save,
            LearningRate = run.Rate,
            VisitedLoss = finite > 0 ? raw / finite : null,
            WeightedLoss = weightSum > 0 ? weighted / weightSum : null,
            NonFinite = values.Length - finite,
            Seconds = new PhaseSeconds(),
        };
    }
}
