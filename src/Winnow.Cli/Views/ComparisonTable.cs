using System.Globalization;
using Spectre.Console;
using Winnow.Records.Comparisons;

namespace Winnow.Cli.Views;

/// <summary>
/// A comparison as a table: an arm a row where there are 100 columns; below that an arm in two or three lines, its name on a line of its own because a spec can be
/// long, which fits 80. What not every comparison has to tell stands in tables of its own below.
/// </summary>
internal static class ComparisonTable
{
    private const int Wide = 100, Widest = 80;

    // What is left for the arms' names at the least; longer ones go on in the next line.
    private const int NameWidth = 14;

    private static Column[] MainColumns(Judgement judgement) =>
    [
        new("saved", "samples", 7, static arm => Text($"{arm.Saved.Samples:P1}")),
        new("saved", "steps", 7, static arm => Text($"{arm.Saved.Steps:P1}")),
        new("saved", "wall", 8, static arm => arm.Saved.Wall is { } wall ? Text($"{wall:P1}") : "–"),
        new("wall", "seconds", 8, static arm => Text($"{arm.WallSeconds.Average():N1}")),
        new("test", judgement.Words + judgement.Sign, Math.Max(13, judgement.Words.Length + 3), arm => arm.Judged is { } judged ? judgement.Mean(judged) : ""),
        Points(judgement, "full", static arm => arm.DeltaFull),
        Points(judgement, "shortened", static arm => arm.DeltaShortened),
        new("plan +", "observe", 8, static arm => Text($"{arm.OverheadShare:P2}")),
    ];

    private static Column[] Rivals(Judgement judgement) =>
    [
        Points(judgement, "equal compute", static arm => arm.DeltaEqualCompute),
        Points(judgement, "shortened×lr", static arm => arm.DeltaShortenedLr),
        Points(judgement, "random", static arm => arm.DeltaRandom),
        Points(judgement, "rs2", static arm => arm.DeltaRs2),
        Points(judgement, "no weights", static arm => arm.DeltaWithoutWeights),
        Points(judgement, "no annealing", static arm => arm.DeltaWithoutAnnealing),
    ];

    public static void Write(Terminal terminal, ComparisonResult result, string? report)
    {
        if (result.Arms.Count > 0)
        {
            var seeds = result.Arms[0].Seeds.Count;
            terminal.WriteLine(Text($"{result.Data}, {result.Model} ({result.Parameters:N0} parameters), {(result.Epochs == 1 ? "1 epoch" : $"{result.Epochs} epochs")}, {(seeds == 1 ? "1 seed" : $"{seeds} seeds")}"));
            var judgement = result.Arms[0].Judgement;
            WriteBlock(terminal, result.Arms, MainColumns(judgement));
            terminal.WriteLine(seeds == 1
                ? $"Savings are against full; {judgement.Explanation}."
                : $"Savings are against full; {judgement.Words} is mean ± standard deviation; {judgement.Explanation}, [95 % interval].");
            WriteMore(terminal, result.Arms, judgement);
        }

        foreach (var note in result.Notes.Concat(result.Claims.Select(static claim => claim.Statement)))
        {
            terminal.WriteLine(note);
        }

        if (result.Interrupted)
        {
            terminal.WriteLine($"Interrupted: only seeds that every arm finished count. winnow compare --resume {result.Run} goes on from there.");
        }

        terminal.WriteLine($"Run folder: {result.Run}");
        if (report is not null)
        {
            terminal.WriteLine($"Report: {report}");
        }
    }

    private static void WriteMore(Terminal terminal, IReadOnlyList<ArmResult> arms, Judgement judgement)
    {
        if (WriteBlock(terminal, arms, Used(arms, Rivals(judgement))))
        {
            terminal.WriteLine((judgement.IsShare ? "Points" : "Differences") + " to the other controls (equal compute: full data for as much of it; ×lr: learning rate raised by N/k), and to the method without a part of it.");
        }

        var costs = Used(arms, Costs(arms));
        if (WriteBlock(terminal, arms, costs))
        {
            string[] legends =
            [
                .. costs.Any(static column => column.Second == "compute") ? ["Compute is forwards + 2 · backwards."] : Array.Empty<string>(),
                .. costs.Any(static column => column.Second == "asked") ? ["Asked and reached are shares of all visits."] : Array.Empty<string>(),
                .. costs.Any(static column => column.Second == "kept") ? ["Class kept is the share of visits of the class pruned most and of the one pruned least."] : Array.Empty<string>(),
            ];
            terminal.WriteLine(legends.Length > 0 ? string.Join(' ', legends) : "Points are those of the worst class to full data's worst class.");
        }

        if (WriteBlock(terminal, arms, [.. arms[0].TimeToAccuracy.Select((time, k) => TimeTo(judgement, time.Target, k))]))
        {
            terminal.WriteLine("Time is seconds of training without evaluation and visits until that " + judgement.Words + " was reached at an epoch's end, median over seeds.");
        }
    }

    // What was computed is of interest only where it isn't what was visited.
    private static Column[] Costs(IReadOnlyList<ArmResult> arms) =>
    [
        .. arms.Any(static arm => arm.Saved.Compute is { } compute && Math.Abs(compute - arm.Saved.Samples) > 0.0005)
            ? [new("saved", "compute", 9, static arm => arm.Saved.Compute is { } compute ? Text($"{compute:P1}") : "")]
            : Array.Empty<Column>(),
        new("save", "asked", 8, static arm => arm.AskedSave is { } asked ? Text($"{asked:P1}") : ""),
        new("save", "reached", 8, static arm => arm.Reached is { } reached ? Text($"{reached.Average():P1}") : ""),
        new("worst class", "accuracy %", 14, static arm => arm.WorstClassAccuracy is { } worst ? Judgement.Accuracy.Mean(worst) : ""),
        Points(Judgement.Accuracy, "full, worst", static arm => arm.DeltaFullWorstClass),
        new("class", "kept", 10, static arm => arm.ClassKeep.Count == 0 || arm.ClassKeep.All(static keep => keep is null) ? "" : Text($"{arm.ClassKeep.Min() * 100:0}–{arm.ClassKeep.Max():P0}")),
    ];

    private static Column TimeTo(Judgement judgement, double target, int index) => new("time to", judgement.IsShare ? Text($"{target * 100:0.##} %") : judgement.Value(target), 20, arm => arm.TimeToAccuracy[index] switch
    {
        { Seconds: { } seconds, Samples: { } samples } => Text($"{seconds:N1} s, {samples:N0}"),
        { ReachedSeeds: 0 } => "never",
        var time => Text($"{time.ReachedSeeds} of {arm.Seeds.Count} seeds"),
    });

    private static Column[] Used(IReadOnlyList<ArmResult> arms, Column[] columns) =>
        [.. columns.Where(column => arms.Any(arm => column.Cell(arm) is not ("" or "–")))];

    /// <summary>Writes the arms that have something to show in these columns; false when there are no columns.</summary>
    private static bool WriteBlock(Terminal terminal, IReadOnlyList<ArmResult> arms, Column[] columns)
    {
        if (columns.Length == 0)
        {
            return false;
        }

        ArmResult[] shown = [.. arms.Where(arm => columns.Any(column => column.Cell(arm) is not ("" or "–")))];
        var width = terminal.Out.Profile.Width;
        if (width >= Wide && width >= NameWidth + columns.Sum(static column => column.Width))
        {
            WriteRows(terminal, shown, columns);
        }
        else
        {
            WriteStack(terminal, shown, columns);
        }

        return true;
    }

    /// <summary>An arm a row.</summary>
    private static void WriteRows(Terminal terminal, ArmResult[] arms, Column[] columns)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn(new TableColumn("arm").PadLeft(0).PadRight(0));
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(Markup.Escape($"{column.First}\n{column.Second}")).RightAligned().NoWrap().PadLeft(0).PadRight(0));
        }

        foreach (var arm in arms)
        {
            table.AddRow([Markup.Escape(ArmText.Of(arm)), .. columns.Select(column => Markup.Escape(column.Below?.Invoke(arm) is { Length: > 0 } below ? $"{column.Cell(arm)}\n{below}" : column.Cell(arm)))]);
        }

        terminal.Out.Write(table);
    }

    /// <summary>An arm in two or three lines.</summary>
    private static void WriteStack(Terminal terminal, ArmResult[] arms, Column[] columns)
    {
        var rule = new string('─', Math.Min(Widest, columns.Sum(static column => column.Width)));
        terminal.WriteLine("");
        terminal.WriteLine(Line(columns, static column => column.First));
        terminal.WriteLine(Line(columns, static column => column.Second));
        terminal.WriteLine(rule);
        foreach (var arm in arms)
        {
            terminal.WriteLine(ArmText.Of(arm));
            terminal.WriteLine(Line(columns, column => column.Cell(arm)));
            if (Line(columns, column => column.Below?.Invoke(arm) ?? "") is { Length: > 0 } intervals)
            {
                terminal.WriteLine(intervals);
            }
        }

        terminal.WriteLine(rule);
    }

    private static string Line(Column[] columns, Func<Column, string> cell) => string.Concat(columns.Select(column => cell(column).PadLeft(column.Width))).TrimEnd();

    private static Column Points(Judgement judgement, string to, Func<ArmResult, Difference?> difference) => new(
        judgement.IsShare ? "points to" : "less",
        to,
        judgement.IsShare ? 14 : 19,
        arm => difference(arm) is { } delta ? judgement.Signed(delta.Mean) : "–",
        arm => difference(arm) is { Low: { } low, High: { } high } ? $"[{judgement.Signed(low)},{judgement.Signed(high)}]" : "");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>A column: two lines of heading, and for an arm a cell and what stands below it.</summary>
    private sealed record Column(string First, string Second, int Width, Func<ArmResult, string> Cell, Func<ArmResult, string>? Below = null);
}
