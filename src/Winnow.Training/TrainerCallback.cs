using Winnow.Plans;
using Winnow.Records;
using Winnow.Samples;
using Winnow.Training.Tasks;

namespace Winnow.Training;

/// <summary>Where a run stands, told after every step; reading it costs no synchronisation with the device.</summary>
public readonly record struct StepReport
{
    /// <summary>0-based epoch.</summary>
    public required int Epoch { get; init; }

    /// <summary>Epochs of the run.</summary>
    public required int Epochs { get; init; }

    /// <summary>Samples visited so far in this epoch.</summary>
    public required int Visited { get; init; }

    /// <summary>Samples this epoch's plan visits.</summary>
    public required int Planned { get; init; }

    /// <summary>Share of the whole run that is done, in [0, 1]: what the learning rate follows.</summary>
    public required double Progress { get; init; }
}

/// <summary>
/// Looks on while a run goes; it may not touch it. The moments, in order:
/// <code>
/// OnRunStart, or OnRunResumed
///   for each epoch:  OnEpochPlanned,  OnStep after every step,  OnEpochObserved,  OnEpochEnd
/// OnRunEnd
/// </code>
/// </summary>
public abstract class TrainerCallback
{
    /// <summary>The signals beside the loss that <see cref="OnEpochObserved"/> is to be told, by name; what the task can't tell is left out. Asked once, before the run.</summary>
    public virtual IReadOnlyCollection<string> NeedsSignals => [];

    /// <summary>Before anything is computed.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="epochs">Epochs the run will have.</param>
    public virtual void OnRunStart(TrainingRequest request, int epochs)
    {
    }

    /// <summary>In place of <see cref="OnRunStart"/> when the run goes on from a checkpoint. What happened up to there isn't told again.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="epochs">Epochs the run will have.</param>
    /// <param name="history">The epochs that are done.</param>
    /// <param name="plan">The plan of the epoch in whose middle it goes on; null between two epochs.</param>
    public virtual void OnRunResumed(TrainingRequest request, int epochs, IReadOnlyList<EpochReport> history, EpochPlan? plan)
    {
    }

    /// <summary>After an epoch was planned.</summary>
    public virtual void OnEpochPlanned(EpochPlan plan)
    {
    }

    /// <summary>After an epoch was planned, with what the plan was made from; not charged to planning.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="samples">What is remembered of the samples, to be read and not written.</param>
    public virtual void OnEpochPlanned(EpochPlan plan, SampleTable samples) => OnEpochPlanned(plan);

    /// <summary>After a step was queued.</summary>
    public virtual void OnStep(in StepReport step)
    {
    }

    /// <summary>
    /// After an epoch's losses came from the device and before anything else is made of them. Told again, with the same numbers, where a run goes
    /// on from a checkpoint of before; the part of an epoch that was done before the checkpoint is in it.
    /// </summary>
    /// <param name="plan">What the epoch visited: sample <c>plan.Order[k]</c> has the k-th of the numbers.</param>
    /// <param name="signals">The raw loss of each visit, label smoothing included, and what else is needed, as the model said it in training of the varied input. Fewer than planned where a run by steps ends within the epoch.</param>
    public virtual void OnEpochObserved(EpochPlan plan, SampleColumns signals)
    {
    }

    /// <summary>After the full gradient of a sample was computed (<see cref="SignalNames.FullGradient"/>), the one pass that can take long: a backward pass a sample.</summary>
    /// <param name="done">Samples of this process's part of the pass that are done, at least 1.</param>
    /// <param name="total">Samples of that part.</param>
    public virtual void OnGradient(int done, int total)
    {
    }

    /// <summary>After an epoch was observed and evaluated.</summary>
    public virtual void OnEpochEnd(EpochReport epoch)
    {
    }

    /// <summary>After the last epoch, or after an interruption.</summary>
    public virtual void OnRunEnd(TrainingOutcome outcome)
    {
    }
}
