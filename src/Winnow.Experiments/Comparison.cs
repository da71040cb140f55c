using MathNet.Numerics.Statistics;
using Winnow.Experiments.Subsets;
using Winnow.Policies;
using Winnow.Records;
using Winnow.Records.Comparisons;
using Winnow.Selection;
using Winnow.Training;
using Winnow.Training.Checkpoints;

namespace Winnow.Experiments;

/// <summary>One run of a comparison: an arm at a seed, and its place among all.</summary>
public sealed record ArmRun(ComparisonArm Arm, ulong Seed, int Index, int Total);

/// <summary>Runs every arm over every seed, paired and in alternating order, and sums up.</summary>
/// <param name="trainer">Data, recipe and device of every arm.</param>
/// <param name="arms">What to run.</param>
/// <param name="seeds">Runs each arm once for each.</param>
/// <param name="targets">Test accuracies in (0, 1) whose time is to be told; null for none.</param>
public sealed class Comparison(Trainer trainer, IReadOnlyList<ComparisonArm> arms, IReadOnlyList<ulong> seeds, IReadOnlyList<double>? targets = null)
{
    private readonly PairedRuns _runs = new(trainer, seeds.Count > 0 ? seeds[0] : 0);

    /// <summary>Gives the callbacks of a training that an arm's choice of samples needs, 0-based, just before it starts; null for none.</summary>
    public Func<ArmRun, int, IReadOnlyList<TrainerCallback>>? Choosing { get; init; }

    /// <summary>Runs that will be made.</summary>
    public int Runs => arms.Count * seeds.Count;

    /// <summary>True once a run was interrupted or failed.</summary>
    public bool Interrupted => _runs.Interrupted;

    /// <summary>Makes the runs, after a few steps that don't count. A cancelled comparison ends after the run under way is interrupted.</summary>
    /// <param name="callbacks">Gives the callbacks of a run, just before it starts.</param>
    /// <param name="finished">Called after each run that came to its end.</param>
    /// <param name="stop">Ends the comparison.</param>
    /// <exception cref="TrainingFailedException">A run failed; the message names its arm and seed, and the results so far stay.</exception>
    /// <exception cref="SelectionException">An arm can't choose what it asks for; the message names arm and seed, and the results so far stay.</exception>
    public void Run(Func<ArmRun, IReadOnlyList<TrainerCallback>> callbacks, Action<ArmRun, TrainingOutcome> finished, CancellationToken stop = default) => Run(callbacks, finished, null, null, stop);

    /// <summary>The same, saving the state of the run under way, or going on from there.</summary>
    /// <param name="callbacks">Gives the callbacks of a run, just before it starts.</param>
    /// <param name="finished">Called after each run that came to its end.</param>
    /// <param name="earlier">Gives the outcome of a run that came to its end before the comparison was resumed, which isn't made again; null for the others.</param>
    /// <param name="checkpoints">Gives the checkpoints of a run, just before it starts or goes on; null for none.</param>
    /// <param name="stop">Ends the comparison.</param>
    /// <exception cref="TrainingFailedException">A run failed; the message names its arm and seed, and the results so far stay.</exception>
    /// <exception cref="SelectionException">An arm can't choose what it asks for; the message names arm and seed, and the results so far stay.</exception>
    public void Run(Func<ArmRun, IReadOnlyList<TrainerCallback>> callbacks, Action<ArmRun, TrainingOutcome> finished, Func<ArmRun, TrainingOutcome?>? earlier,
        Func<ArmRun, RunCheckpoints>? checkpoints, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(callbacks);
        ArgumentNullException.ThrowIfNull(finished);
        var index = 0;
        for (var s = 0; s < seeds.Count; s++)
        {
            var (seed, subsets) = (seeds[s], new SubsetChooser(trainer, seeds[s]));
            foreach (var arm in ComparisonPlan.Order(arms, s))
            {
                var run = new ArmRun(arm, seed, index++, Runs);
                if (!_runs.Make(arm.Name, seed, () => earlier?.Invoke(run), () => Train(run), outcome => finished(run, outcome), stop))
                {
                    return;
                }

                TrainingOutcome? Train(ArmRun run)
                {
                    var choice = arm.Selection is { } selection ? subsets.Choose(SubsetSpec.Parse(selection), training => Choosing?.Invoke(run, training) ?? [], stop) : null;
                    if (arm.Selection is not null && choice is null)
                    {
                        return null;
                    }

                    var request = Matching.Request(arm, seed, arm.MatchedTo is { } method ? _runs[method, seed] : null, trainer.FullSteps);
                    request = choice is null ? request : request with { Policy = choice.Policy, Spent = choice.Spent, Teacher = choice.Teacher };
                    return trainer.Run(request, callbacks(run), checkpoints?.Invoke(run), stop: stop);
                }
            }
        }
    }

    /// <summary>A result for each arm over the seeds that every arm has finished; empty when there is no such seed.</summary>
    public IReadOnlyList<ArmResult> Results()
    {
        var complete = _runs.Complete([.. arms.Select(static arm => arm.Name)], seeds);
        return complete.Length == 0 ? [] : [.. arms.Select(arm => Result(arm, complete))];
    }

    private ArmResult Result(ComparisonArm arm, ulong[] complete)
    {
        var own = Outcomes(arm.Name, complete);
        var full = arms.FirstOrDefault(static other => other.Kind == ArmKind.Full) is { } control ? Outcomes(control.Name, complete) : null;
        var isFull = arm.Kind == ArmKind.Full;
        var judged = Judged(own);
        var worst = WorstClass(own);
        var asked = arm.Kind is ArmKind.Method or ArmKind.WithoutWeights or ArmKind.WithoutAnnealing ? PolicyCatalog.Parse(arm.Method).Save : null;
        return new ArmResult
        {
            Name = arm.Name,
            Method = arm.Selection ?? arm.Method,
            Role = arm.Role == ArmRole.Method ? "method" : "control",
            Control = Word(arm.Kind),
            MatchedTo = arm.MatchedTo,
            SharedSave = arm.SharedSave,
            ShortenedTo = arm.ShortenedTo,
            Seeds = complete,
            Metrics = Statistics.MetricsOf(own),
            Accuracy = own.All(static run => run.Accuracy is not null) ? Statistics.SpreadOf([.. own.Select(static run => run.Accuracy!.Value)]) : null,
            WorstClassAccuracy = worst,
            ClassKeep = ClassKeep(own),
            Saved = new Saved
            {
                Samples = own.Select(static run => run.Saved.Samples).Mean(),
                Steps = own.Select(static run => run.Saved.Steps).Mean(),
                Compute = own.Select(static run => run.Saved.Compute!.Value).Mean(),
                Wall = full is null ? null : SavedTime(own, full, static run => run.Seconds.Total),
                WallTraining = full is null ? null : SavedTime(own, full, static run => run.Seconds.Total - run.Seconds[Phase.Evaluate]),
            },
            AskedSave = asked,
            Reached = asked is null ? null : [.. own.Select(static run => run.Saved.Samples)],
            WallSeconds = [.. own.Select(static run => run.Seconds.Total)],
            EvaluateSeconds = [.. own.Select(static run => run.Seconds[Phase.Evaluate])],
            Visited = [.. own.Select(static run => run.Visited)],
            Steps = [.. own.Select(static run => run.Steps)],
            OverheadShare = own.Sum(static run => run.Seconds[Phase.Select] + run.Seconds[Phase.Plan] + run.Seconds[Phase.Observe] + run.Seconds[Phase.Refresh]) / own.Sum(static run => run.Seconds.Total),
            DeltaFull = full is null || isFull ? null : Statistics.PairedDifference(judged, Judged(full)),
            DeltaFullWorstClass = full is null || isFull || worst is null || WorstClass(full) is not { } reference ? null : Statistics.PairedDifference(worst.Values, reference.Values),
            DeltaShortened = Delta(ArmKind.Shortened),
            DeltaEqualCompute = Delta(ArmKind.EqualCompute),
            DeltaShortenedLr = Delta(ArmKind.ShortenedLr),
            DeltaRandom = Delta(ArmKind.Random),
            DeltaRs2 = Delta(ArmKind.Rs2),
            DeltaWithoutWeights = Delta(ArmKind.WithoutWeights),
            DeltaWithoutAnnealing = Delta(ArmKind.WithoutAnnealing),
            TimeToAccuracy = [.. (targets ?? []).Select(target => Statistics.TimeTo(target, own))],
            WeightsSha256 = [.. own.Select(static run => run.WeightsSha256())],
        };

        // Of the arms matched to this one, the one of that kind.
        Difference? Delta(ArmKind kind) => arms.FirstOrDefault(other => other.Kind == kind && other.IsFor(arm)) is { } matched
            ? Statistics.PairedDifference(judged, Judged(Outcomes(matched.Name, complete)))
            : null;
    }

    private TrainingOutcome[] Outcomes(string arm, ulong[] complete) => _runs.Of(arm, complete);

    private static double[] Judged(TrainingOutcome[] runs) => [.. runs.Select(static run => run.Judged!.Value)];

    // Where the classes weren't counted there is none; a class without test samples has no accuracy.
    private static Spread? WorstClass(TrainingOutcome[] runs) => runs.All(static run => run.ClassAccuracy.Any(static accuracy => accuracy is not null))
        ? Statistics.SpreadOf([.. runs.Select(static run => run.ClassAccuracy.Min()!.Value)])
        : null;

    private static double?[] ClassKeep(TrainingOutcome[] runs) =>
        [.. Enumerable.Range(0, runs.Min(static run => run.ClassKeep.Count)).Select(c => runs.All(run => run.ClassKeep[c] is not null) ? runs.Average(run => run.ClassKeep[c]) : null)];

    private static double SavedTime(TrainingOutcome[] own, TrainingOutcome[] full, Func<TrainingOutcome, double> seconds) =>
        own.Zip(full, (run, reference) => 1 - (seconds(run) / seconds(reference))).Median();

    private static string? Word(ArmKind kind) => kind switch
    {
        ArmKind.Full => "full",
        ArmKind.Shortened => "shortened",
        ArmKind.EqualCompute => "equal-compute",
        ArmKind.ShortenedLr => "shortened-lr",
        ArmKind.Random => "random",
        ArmKind.Rs2 => "rs2",
        ArmKind.WithoutWeights => "no-weights",
        ArmKind.WithoutAnnealing => "no-annealing",
        _ => null,
    };
}
