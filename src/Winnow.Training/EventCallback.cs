using System.Globalization;
using Winnow.Plans;
using Winnow.Records;
using Winnow.Samples;

namespace Winnow.Training;

/// <summary>Writes what happens in one run into the events, under the name of its arm.</summary>
/// <param name="log">The events.</param>
/// <param name="arm">The arm of a comparison, or the method of a single run.</param>
internal sealed class EventCallback(EventLog log, string arm) : TrainerCallback
{
    private ulong _seed;

    public override void OnRunStart(TrainingRequest request, int epochs)
    {
        _seed = request.Seed;
        log.Write(new RunStarted { At = log.Now, Arm = arm, Seed = _seed, Method = request.Method, Epochs = epochs, Steps = request.Steps });
    }

    public override void OnRunResumed(TrainingRequest request, int epochs, IReadOnlyList<EpochReport> history, EpochPlan? plan) => _seed = request.Seed;

    public override void OnEpochPlanned(EpochPlan plan, SampleTable samples) => log.Write(new EpochPlanned
    {
        At = log.Now,
        Arm = arm,
        Seed = _seed,
        Epoch = plan.Epoch,
        Planned = plan.Count,
        Total = plan.Total,
        WeightSum = plan.WeightSum,
        PlanHash = plan.Hash.ToString("x16", CultureInfo.InvariantCulture),
        Losses = StoredLosses.Of(samples, plan),
    });

    public override void OnEpochEnd(EpochReport epoch) => log.Write(new EpochEnded { At = log.Now, Arm = arm, Seed = _seed, Report = epoch });

    public override void OnRunEnd(TrainingOutcome outcome) => log.Write(new RunEnded(outcome, log.Now, arm, _seed, outcome.WeightsSha256()));
}
