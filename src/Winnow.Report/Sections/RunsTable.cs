using Winnow.Records.Comparisons;
using Winnow.Report.Plots;
using Winnow.Report.Reading;
using Winnow.Report.Text;

namespace Winnow.Report.Sections;

/// <summary>Every run, a row each.</summary>
internal static class RunsTable
{
    private static (string Head, Func<ReportArm, RecordedRun, Cell> Cell)[] Columns(Judgement judgement) =>
    [
        ("arm", static (arm, _) => arm.Label),
        ("seed", static (_, run) => new(Numbers.Invariant($"{run.Seed}"), run.Seed)),
        ("epochs", static (_, run) => Cell.Count(run.History.Count)),
        ("state", static (_, run) => run.End switch { null => "not ended", { Interrupted: true } => "interrupted", _ => "ended" }),
        ($"test {judgement.Words}", (_, run) => run.Judged is { } value ? new(judgement.Value(value), value) : new("")),
        ("worst class", static (_, run) => run.End?.ClassAccuracy.Min() is { } worst ? new(Numbers.Invariant($"{worst:P2}"), worst) : new("")),
        ("visits", static (_, run) => Cell.Count(run.End?.Visited)),
        ("saved", static (_, run) => run.History.Count == 0 ? new("") : Cell.Percent(1 - (run.History.Sum(static epoch => (double)epoch.Report.Visited) / ((double)run.History[0].Report.Total * Math.Max(run.Epochs, run.History.Count))))),
        ("asked", static (_, run) => Cell.Percent(run.End?.AskedSave)),
        ("steps", static (_, run) => Cell.Count(run.End?.Steps)),
        ("seconds", static (_, run) => Cell.Number(run.End?.Seconds.Total)),
        ("plan + observe", static (_, run) => run.End is { } end ? new(Numbers.Invariant($"{end.Seconds.OverheadShare:P2}"), end.Seconds.OverheadShare) : new("")),
        ("weights (SHA-256)", static (_, run) => run.End is { WeightsSha256: { Length: >= 12 } hash } ? hash[..12] : ""),
    ];

    public static Markup Of(IReadOnlyList<ReportArm> arms)
    {
        var columns = Columns(PlotDataBuilder.JudgementOf(arms));
        return Table.Of(
            "runs",
            [.. columns.Select(static column => column.Head)],
            [.. arms.SelectMany(arm => arm.Runs.Select(run => (IReadOnlyList<Cell>)[.. columns.Select(column => column.Cell(arm, run))]))]);
    }
}
