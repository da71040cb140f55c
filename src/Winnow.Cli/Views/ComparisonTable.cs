using System.Globalization;
using Winnow.Training.Comparing;

namespace Winnow.Cli.Views;

/// <summary>
/// A comparison as a table: an arm in two or three lines, its name on a line of its own because a spec can be long. Fits 80 columns.
/// </summary>
internal static class ComparisonTable
{
    private static readonly (string First, string Second, int Width)[] s_columns =
    [
        ("saved", "samples", 7),
        ("saved", "steps", 7),
        ("saved", "wall", 8),
        ("wall", "seconds", 8),
        ("test", "accuracy %", 13),
        ("points to", "full", 14),
        ("points to", "shortened", 14),
        ("plan +", "observe", 8),
    ];

    public static void Write(Terminal terminal, ComparisonResult result)
    {
        if (result.Arms.Count > 0)
        {
            var seeds = result.Arms[0].Seeds.Count;
            terminal.WriteLine(Text($"{result.Data}, {result.Model} ({result.Parameters:N0} parameters), {result.Epochs} epochs, {(seeds == 1 ? "1 seed" : $"{seeds} seeds")}"));
            terminal.WriteLine("");
            terminal.WriteLine(Line(s_columns.Select(static column => column.First)));
            terminal.WriteLine(Line(s_columns.Select(static column => column.Second)));
            var rule = new string('─', s_columns.Sum(static column => column.Width));
            terminal.WriteLine(rule);
            foreach (var arm in result.Arms)
            {
                WriteArm(terminal, arm);
            }

            terminal.WriteLine(rule);
            terminal.WriteLine(seeds == 1
                ? "Savings are against full; points are percentage points of accuracy."
                : "Savings are against full; accuracy is mean ± standard deviation; points are percentage points of accuracy, [95 % interval].");
        }

        foreach (var note in result.Notes)
        {
            terminal.WriteLine(note);
        }

        if (result.Interrupted)
        {
            terminal.WriteLine("Interrupted: only seeds that every arm finished count.");
        }

        terminal.WriteLine($"Run folder: {result.Run}");
    }

    private static void WriteArm(Terminal terminal, ArmResult arm)
    {
        terminal.WriteLine(arm switch
        {
            { ShortenedTo: { } pruned } => $"full, shortened to the steps of {pruned} (control)",
            { Role: "control" } => $"{arm.Method} (control)",
            _ => arm.Method,
        });
        terminal.WriteLine(Line(
        [
            Text($"{arm.Saved.Samples:P1}"),
            Text($"{arm.Saved.Steps:P1}"),
            arm.Saved.Wall is { } wall ? Text($"{wall:P1}") : "–",
            Text($"{arm.WallSeconds.Average():N1}"),
            arm.Accuracy.Std is { } std ? Text($"{arm.Accuracy.Mean * 100:F2} ± {std * 100:F2}") : Text($"{arm.Accuracy.Mean * 100:F2}"),
            arm.DeltaFull is { } full ? Points(full.Mean) : "–",
            arm.DeltaShortened is { } shortened ? Points(shortened.Mean) : "–",
            Text($"{arm.OverheadShare:P2}"),
        ]));
        if (arm.DeltaFull?.Low is not null || arm.DeltaShortened?.Low is not null)
        {
            terminal.WriteLine(Line(["", "", "", "", "", Interval(arm.DeltaFull), Interval(arm.DeltaShortened), ""]).TrimEnd());
        }
    }

    private static string Line(IEnumerable<string> cells) =>
        string.Concat(cells.Zip(s_columns, static (cell, column) => cell.PadLeft(column.Width)));

    private static string Interval(Difference? difference) =>
        difference is { Low: { } low, High: { } high } ? $"[{Points(low)},{Points(high)}]" : "";

    private static string Points(double share) => (share * 100).ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
