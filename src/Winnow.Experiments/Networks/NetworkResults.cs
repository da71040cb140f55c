using MathNet.Numerics.Statistics;
using Winnow.Networks.Shrinking;
using Winnow.Records.Comparisons;
using Winnow.Training;

namespace Winnow.Experiments.Networks;

/// <summary>Sums up a comparison of smaller networks over the seeds that every arm has finished.</summary>
internal sealed class NetworkResults(
    NetworkPlan plan, ulong[] seeds, PairedRuns runs, IReadOnlyDictionary<(string Arm, ulong Seed), NetworkCut> cuts, IReadOnlyDictionary<double, NearestWidth> widths, NetworkSize whole, Trainer dense)
{
    public IReadOnlyList<NetworkArmResult> All() => [.. plan.Arms.Select(Result)];

    private NetworkArmResult Result(NetworkArm arm)
    {
        var own = runs.Of(arm.Name, seeds);
        var pruned = arm.Kind == NetworkArmKind.Pruned;
        var sizes = Array.ConvertAll(seeds, seed => SizeOf(arm, seed));
        var before = pruned ? runs.Of(NetworkArms.Source(arm), seeds) : null;
        var visited = own.Select((run, s) => run.Visited + (before?[s].Visited ?? 0)).ToArray();
        return new NetworkArmResult
        {
            Name = arm.Name,
            Kind = Word(arm.Kind),
            By = arm.By,
            KeepMacs = arm.Keep,
            MatchedTo = arm.MatchedTo,
            Width = arm.Kind == NetworkArmKind.Width ? widths[arm.Keep!.Value].Width : null,
            Seeds = seeds,
            Parameters = Array.ConvertAll(sizes, static size => size.Parameters),
            Macs = Array.ConvertAll(sizes, static size => size.Macs),
            Bytes = Array.ConvertAll(sizes, static size => size.Bytes),
            Milliseconds = Milliseconds(arm),
            Widths = pruned ? Widths(arm) : [],
            Cut = pruned ? Statistics.SpreadOf([.. CutsOf(arm.Name).Select(static cut => cut.Accuracy)]) : null,
            Metrics = Statistics.MetricsOf(own),
            Epochs = [.. visited.Select(visits => visits / (double)dense.Task.Dataset.Train)],
            TrainingMacs = [.. seeds.Select((seed, s) => pruned ? TrainingBudget.Of(before![s], own[s], cuts[(arm.Name, seed)]).Macs : sizes[s].Macs * (double)own[s].Compute)],
            AverageParameters = [.. own.Select((run, s) => before is null ? sizes[s].Parameters : ((sizes[s].Parameters * (double)run.Steps) + (whole.Parameters * (double)before[s].Steps)) / (run.Steps + before[s].Steps))],
            Visited = visited,
            WallSeconds = [.. own.Select(static run => run.Seconds.Total)],
            DeltaDense = arm.Kind == NetworkArmKind.Dense ? null : Delta(plan.Arms.FirstOrDefault(static other => other.Kind == NetworkArmKind.Dense)),
            DeltaScratchB = pruned ? Delta(plan.Arms.FirstOrDefault(other => other.Kind == NetworkArmKind.ScratchB && other.MatchedTo == arm.Name)) : null,
            DeltaScratchE = pruned ? Delta(plan.Arms.FirstOrDefault(other => other.Kind == NetworkArmKind.ScratchE && other.MatchedTo == arm.Name)) : null,
            DeltaWidth = pruned ? Delta(plan.Arms.FirstOrDefault(other => other.Kind == NetworkArmKind.Width && other.Keep == arm.Keep)) : null,
            DeltaRandom = pruned && arm.By != NetworkArms.Random ? Delta(plan.Arms.FirstOrDefault(other => other.Kind == NetworkArmKind.Pruned && other.By == NetworkArms.Random && other.Keep == arm.Keep)) : null,
            WeightsSha256 = [.. own.Select(static run => run.WeightsSha256())],
        };

        Difference? Delta(NetworkArm? other) => other is null ? null
            : Statistics.PairedDifference([.. own.Select(static run => run.Judged!.Value)], [.. runs.Of(other.Name, seeds).Select(static run => run.Judged!.Value)]);
    }

    private NetworkCut[] CutsOf(string pruned) => Array.ConvertAll(seeds, seed => cuts[(pruned, seed)]);

    private NetworkSize SizeOf(NetworkArm arm, ulong seed) => arm.Kind switch
    {
        NetworkArmKind.Pruned => cuts[(arm.Name, seed)].Outcome.After,
        NetworkArmKind.ScratchE or NetworkArmKind.ScratchB => cuts[(arm.MatchedTo!, seed)].Outcome.After,
        NetworkArmKind.Width => widths[arm.Keep!.Value].Size,
        _ => whole,
    };

    /// <summary>Medians over the seeds. A whole network's are those of all cuts that it was measured beside; one of a smaller width is measured once, when it is found.</summary>
    private NetworkSpeed[] Milliseconds(NetworkArm arm) => arm.Kind switch
    {
        NetworkArmKind.Pruned => Medians(CutsOf(arm.Name), static speed => speed.Small),
        NetworkArmKind.ScratchE or NetworkArmKind.ScratchB => Medians(CutsOf(arm.MatchedTo!), static speed => speed.Small),
        NetworkArmKind.Width => [.. widths[arm.Keep!.Value].Speeds.Select(static speed => new NetworkSpeed(speed.Batch, speed.Threads, speed.Small, speed.Small / speed.Whole))],
        _ => Medians([.. plan.Arms.Where(static other => other.Kind == NetworkArmKind.Pruned).SelectMany(other => CutsOf(other.Name))], static speed => speed.Whole),
    };

    private static NetworkSpeed[] Medians(NetworkCut[] measured, Func<ForwardSpeed, double> of) => measured.Length == 0 ? [] :
        [.. measured[0].Speeds.Select((speed, k) => new NetworkSpeed(speed.Batch, speed.Threads, measured.Select(cut => of(cut.Speeds[k])).Median(), measured.Select(cut => of(cut.Speeds[k]) / cut.Speeds[k].Whole).Median()))];

    private NetworkWidth[] Widths(NetworkArm arm)
    {
        var own = CutsOf(arm.Name);
        return [.. own[0].Widths.Select((width, g) => new NetworkWidth(width.Name, width.Before, [.. own.Select(cut => cut.Widths[g].After)]))];
    }

    private static string Word(NetworkArmKind kind) => kind switch
    {
        NetworkArmKind.Dense => "dense",
        NetworkArmKind.Penalised => "penalised",
        NetworkArmKind.Pruned => "pruned",
        NetworkArmKind.ScratchE => "scratch-e",
        NetworkArmKind.ScratchB => "scratch-b",
        _ => "width",
    };
}
