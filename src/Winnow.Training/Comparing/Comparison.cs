using MathNet.Numerics.Statistics;
using Winnow.Training.Records;

namespace Winnow.Training.Comparing;

/// <summary>One run of a comparison: an arm at a seed, and its place among all.</summary>
public sealed record ArmRun(ComparisonArm Arm, ulong Seed, int Index, int Total);

/// <summary>Runs every arm over every seed, paired and in alternating order, and sums up.</summary>
public sealed class Comparison(Trainer trainer, IReadOnlyList<ComparisonArm> arms, IReadOnlyList<ulong> seeds)
{
    private readonly Dictionary<(string Arm, ulong Seed), TrainingOutcome> _outcomes = [];

    /// <summary>Runs that will be made.</summary>
    public int Runs => arms.Count * seeds.Count;

    /// <summary>True once a run was interrupted or failed.</summary>
    public bool Interrupted { get; private set; }

    // What a process sets up once (compiled methods, libtorch's kernels, its heap) must not be charged to the first arm.
    private const int WarmUpSteps = 40;

    /// <summary>Makes the runs, after a few steps that don't count. A cancelled comparison ends after the run under way is interrupted.</summary>
    /// <param name="hooks">Gives the hooks of a run, just before it starts.</param>
    /// <param name="finished">Called after each run that came to its end.</param>
    /// <param name="stop">Ends the comparison.</param>
    /// <exception cref="TrainingFailedException">A run failed; the message names its arm and seed, and the results so far stay.</exception>
    public void Run(Func<ArmRun, IReadOnlyList<TrainerHook>> hooks, Action<ArmRun, TrainingOutcome> finished, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(hooks);
        ArgumentNullException.ThrowIfNull(finished);
        WarmUp(stop);
        var index = 0;
        for (var s = 0; s < seeds.Count; s++)
        {
            foreach (var arm in ComparisonPlan.Order(arms, s))
            {
                if (stop.IsCancellationRequested)
                {
                    Interrupted = true;
                    return;
                }

                var run = new ArmRun(arm, seeds[s], index++, Runs);
                var steps = arm.ShortenedTo is { } pruned ? _outcomes[(pruned, seeds[s])].Steps : (long?)null;
                TrainingOutcome outcome;
                try
                {
                    outcome = trainer.Run(new TrainingRequest { Method = arm.Method, Seed = seeds[s], Steps = steps }, hooks(run), stop);
                }
                catch (TrainingFailedException error)
                {
                    Interrupted = true;
                    throw new TrainingFailedException($"{arm.Name}, seed {seeds[s]}: {error.Message}", error);
                }

                if (outcome.Interrupted)
                {
                    Interrupted = true;
                    return;
                }

                // The weights have been handed to `finished`; only the numbers stay.
                finished(run, outcome);
                _outcomes[(arm.Name, seeds[s])] = outcome with { Weights = [], WeightsDigest = outcome.WeightsSha256() };
            }
        }
    }

    private void WarmUp(CancellationToken stop)
    {
        try
        {
            _ = trainer.Run(new TrainingRequest { Method = "full", Seed = seeds[0], Steps = Math.Min(WarmUpSteps, trainer.StepsPerFullEpoch) }, [], stop);
        }
        catch (TrainingFailedException)
        {
            // The first arm will fail likewise, and says which it is.
        }
    }

    /// <summary>A result for each arm over the seeds that every arm has finished; empty when there is no such seed.</summary>
    public IReadOnlyList<ArmResult> Results()
    {
        var complete = seeds.Where(seed => arms.All(arm => _outcomes.ContainsKey((arm.Name, seed)))).ToArray();
        return complete.Length == 0 ? [] : [.. arms.Select(arm => Result(arm, complete))];
    }

    private ArmResult Result(ComparisonArm arm, ulong[] complete)
    {
        var own = Outcomes(arm.Name, complete);
        var full = arms.FirstOrDefault(static other => other.Method == "full" && other.ShortenedTo is null) is { } control ? Outcomes(control.Name, complete) : null;
        var shortened = arms.FirstOrDefault(other => other.ShortenedTo == arm.Name) is { } matched ? Outcomes(matched.Name, complete) : null;
        var isFull = arm.Method == "full" && arm.ShortenedTo is null;
        var accuracy = Spread.Of([.. own.Select(static run => run.Accuracy!.Value)]);
        return new ArmResult
        {
            Name = arm.Name,
            Method = arm.Method,
            Role = arm.Role == ArmRole.Method ? "method" : "control",
            ShortenedTo = arm.ShortenedTo,
            Seeds = complete,
            Accuracy = accuracy,
            Saved = new Saved
            {
                Samples = own.Select(static run => 1 - ((double)run.Visited / run.FullVisits)).Mean(),
                Steps = own.Select(static run => 1 - ((double)run.Steps / run.FullSteps)).Mean(),
                Wall = full is null ? null : SavedTime(own, full, static run => run.Seconds.Total),
                WallTraining = full is null ? null : SavedTime(own, full, static run => run.Seconds.Total - run.Seconds.Evaluate),
            },
            WallSeconds = [.. own.Select(static run => run.Seconds.Total)],
            EvaluateSeconds = [.. own.Select(static run => run.Seconds.Evaluate)],
            Visited = [.. own.Select(static run => run.Visited)],
            Steps = [.. own.Select(static run => run.Steps)],
            OverheadShare = own.Sum(static run => run.Seconds.Plan + run.Seconds.Observe) / own.Sum(static run => run.Seconds.Total),
            DeltaFull = full is null || isFull ? null : Difference.Paired(accuracy.Values, [.. full.Select(static run => run.Accuracy!.Value)]),
            DeltaShortened = shortened is null ? null : Difference.Paired(accuracy.Values, [.. shortened.Select(static run => run.Accuracy!.Value)]),
            WeightsSha256 = [.. own.Select(static run => run.WeightsDigest!)],
        };
    }

    private TrainingOutcome[] Outcomes(string arm, ulong[] complete) => [.. complete.Select(seed => _outcomes[(arm, seed)])];

    private static double SavedTime(TrainingOutcome[] own, TrainingOutcome[] full, Func<TrainingOutcome, double> seconds) =>
        own.Zip(full, (run, reference) => 1 - (seconds(run) / seconds(reference))).Median();
}
