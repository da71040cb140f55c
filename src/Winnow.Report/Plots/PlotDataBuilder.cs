using Winnow.Records;
using Winnow.Records.Comparisons;
using Winnow.Records.Inspection;
using Winnow.Report.Reading;
using Winnow.Report.Text;

namespace Winnow.Report.Plots;

/// <summary>Turns arms and their runs into what the page draws.</summary>
internal static class PlotDataBuilder
{
    /// <summary>Each phase's seconds, then those that no phase was charged with.</summary>
    private static IEnumerable<Func<PhaseSeconds, double>> Parts => PhaseSeconds.Phases.Select(static phase => (Func<PhaseSeconds, double>)(seconds => seconds[phase])).Append(static seconds => seconds.Other);

    public static PlotData Of(IReadOnlyList<ReportArm> arms, IReadOnlyList<string>? classNames)
    {
        var plotted = arms.Select(arm => Arm(arm) with { Network = arm.Network is { } network && DenseBeside(arm, arms) is { } dense ? Network(network, dense) : null }).ToArray();
        var classes = plotted.Length == 0 ? 0 : plotted.Max(static arm => Math.Max(arm.ClassKeep.Count, arm.ClassAccuracy.Count));
        var runs = arms.SelectMany(static (arm, index) => arm.Runs.Where(static run => run.History.Count > 0).Select(run => Run(run, index))).ToArray();
        return new PlotData(
            plotted,
            runs,
            [.. PhaseSeconds.Phases.Select(PhaseSeconds.NameOf), "other"],
            [.. Enumerable.Range(0, classes).Select(c => SampleExport.NameOrNumber(c, classNames))],
            runs.Any(static run => run.Counts.Any(static counts => counts is not null))
                ? [.. Enumerable.Range(0, StoredLosses.Bins).Select(static bin => Numbers.Rounded(StoredLosses.LowerEdge(bin))!.Value)]
                : [],
            JudgementOf(arms));
    }

    /// <summary>The metric by which the runs are judged; accuracy where none of them says.</summary>
    public static Judgement JudgementOf(IReadOnlyList<ReportArm> arms) =>
        arms.SelectMany(static arm => arm.Runs).SelectMany(static run => run.History).Select(static epoch => epoch.Report.Metrics).FirstOrDefault(static metrics => metrics.Deciding is not null) is { } metrics
            ? Judgement.Of(metrics)
            : Judgement.Accuracy;

    private static PlotArm Arm(ReportArm arm)
    {
        var ended = arm.Runs.Select(static run => run.End).OfType<RunEnded>().ToArray();
        var seconds = ended.Select(static end => end.Seconds).ToArray();
        return new PlotArm
        {
            Name = arm.Label,
            About = arm.About,
            Kind = arm.Kind,
            Asked = arm.Result?.AskedSave ?? ended.FirstOrDefault()?.AskedSave,
            Saved = Numbers.Rounded(arm.Result?.Saved.Samples),
            ToFull = Rounded(arm.Result?.DeltaFull),
            ToShortened = Rounded(arm.Result?.DeltaShortened),
            Overhead = Numbers.Rounded(arm.Result?.OverheadShare ?? (seconds.Length == 0 ? null : seconds.Average(static all => all.OverheadShare))),
            ClassKeep = ByClass(ended, static end => end.ClassKeep),
            ClassAccuracy = ByClass(ended, static end => end.ClassAccuracy),
            Seconds = [.. Parts.Select(part => seconds.Length == 0 ? 0 : Numbers.Rounded(seconds.Average(part)) ?? 0)],
        };
    }

    // The whole network of the same comparison: those of others may be of other models.
    private static NetworkArmResult? DenseBeside(ReportArm arm, IReadOnlyList<ReportArm> arms) =>
        arms.FirstOrDefault(other => other.Folder == arm.Folder && other.Network is { Kind: "dense" })?.Network;

    // Milliseconds of the dense network times what each took by turns with it: those of different times don't compare on a machine that does other things, too.
    private static PlotNetwork? Network(NetworkArmResult arm, NetworkArmResult dense)
    {
        var speed = arm.LargestBatch;
        return arm.Judged is not { } judged ? null
            : new(arm.Kind, Numbers.Rounded(arm.Macs.Average() / dense.Macs.Average()), Numbers.Rounded(speed?.ToDense * dense.LargestBatch?.Median), speed?.Batch ?? 0, Numbers.Rounded(judged.Mean), Numbers.Rounded(judged.Values.Min()), Numbers.Rounded(judged.Values.Max()));
    }

    private static PlotRun Run(RecordedRun run, int arm)
    {
        var reports = run.History.Select(static epoch => epoch.Report).ToArray();
        var losses = run.History.Select(static epoch => epoch.Plan?.Losses).ToArray();
        return new PlotRun
        {
            Arm = arm,
            Seed = Numbers.Invariant($"{run.Seed}"),
            Epoch = [.. reports.Select(static epoch => epoch.Epoch + 1)],
            Judged = Column(static epoch => epoch.Metrics.Judged(epoch.Accuracy)),
            Time = Sums(static epoch => epoch.Seconds.Total - epoch.Seconds[Phase.Evaluate]),
            Samples = [.. Sums(static epoch => epoch.Visited).Select(static sum => (long)sum!.Value)],
            // A run that didn't count what it computed sent each visit forward and backward once.
            Compute = Sums(static epoch => (epoch.Forwards == 0 ? 3.0 * epoch.Visited : epoch.Forwards + (2.0 * epoch.Backwards)) / (3.0 * epoch.Total)),
            Saved = SavedSoFar(reports),
            Kept = Column(static epoch => (double)epoch.Visited / epoch.Total),
            Rate = Column(static epoch => epoch.LearningRate),
            VisitedLoss = Column(static epoch => epoch.VisitedLoss),
            WeightedLoss = Column(static epoch => epoch.WeightedLoss),
            StoredLoss = [.. losses.Select(static known => Numbers.Rounded(known?.Mean))],
            TestLoss = Column(static epoch => epoch.TestLoss),
            Density = Column(static epoch => epoch.Density),
            Seconds = [.. Parts.Select(part => Column(epoch => part(epoch.Seconds)))],
            Counts = [.. losses.Select(static known => known?.Counts)],
            Visited = [.. losses.Select(static known => known?.Kept)],
        };

        double?[] Column(Func<EpochReport, double?> of) => [.. reports.Select(epoch => Numbers.Rounded(of(epoch)))];

        double?[] Sums(Func<EpochReport, double> of)
        {
            double sum = 0;
            return [.. reports.Select(epoch => Precise(sum += of(epoch)))];
        }
    }

    // From the visits rather than from the report's own field, which earlier versions didn't write.
    private static double?[] SavedSoFar(EpochReport[] reports)
    {
        double visited = 0, full = 0;
        return [.. reports.Select(epoch => Numbers.Rounded(1 - ((visited += epoch.Visited) / (full += epoch.Total))))];
    }

    // Sums of visits are whole numbers that people compare.
    private static double? Precise(double sum) => sum == Math.Floor(sum) ? sum : Numbers.Rounded(sum);

    private static double?[] ByClass(RunEnded[] ended, Func<RunEnded, IReadOnlyList<double?>> of)
    {
        var counted = ended.Select(of).Where(static values => values.Count > 0).ToArray();
        return counted.Length == 0 ? [] : [.. Enumerable.Range(0, counted.Min(static values => values.Count)).Select(c => Numbers.Rounded(counted.Average(values => values[c])))];
    }

    private static Difference? Rounded(Difference? difference) => difference is null ? null : new Difference
    {
        Mean = Numbers.Rounded(difference.Mean) ?? 0,
        Low = Numbers.Rounded(difference.Low),
        High = Numbers.Rounded(difference.High),
    };
}
