using System.Globalization;
using Spectre.Console;
using Winnow.Training.Comparing;

namespace Winnow.Cli.Views;

/// <summary>A comparison as a table: an arm a row.</summary>
internal static class ComparisonTable
{
    public static void Write(Terminal terminal, ComparisonResult result)
    {
        if (result.Arms.Count > 0)
        {
            var seeds = result.Arms[0].Seeds;
            var table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape(Text(
                $"{result.Data}, {result.Model} ({result.Parameters:N0} parameters), {result.Epochs} epochs, {(seeds.Count == 1 ? "1 seed" : $"{seeds.Count} seeds")}")));
            table.AddColumn("arm");
            foreach (var heading in new[] { "samples\nsaved", "steps\nsaved", "wall-clock\nsaved", "wall-clock\nseconds", "test accuracy\n%", "less full\npoints", "less shortened\npoints", "plan +\nobserve" })
            {
                table.AddColumn(new TableColumn(heading).RightAligned());
            }

            foreach (var arm in result.Arms)
            {
                table.AddRow(new[]
                {
                    Label(arm),
                    Share(arm.Saved.Samples),
                    Share(arm.Saved.Steps),
                    arm.Saved.Wall is { } wall ? Share(wall) : "–",
                    Text($"{arm.WallSeconds.Average():N1}"),
                    Accuracy(arm.Accuracy),
                    Points(arm.DeltaFull),
                    Points(arm.DeltaShortened),
                    Text($"{arm.OverheadShare:P2}"),
                }.Select(Markup.Escape).ToArray());
            }

            terminal.Out.Write(table);
        }

        foreach (var note in result.Notes)
        {
            terminal.WriteLine(note);
        }

        if (result.Interrupted)
        {
            terminal.WriteLine("Interrupted: the table holds the seeds that every arm finished.");
        }

        terminal.WriteLine($"Run folder: {result.Run}");
    }

    private static string Label(ArmResult arm) => arm switch
    {
        { ShortenedTo: { } pruned } => $"full, shortened to\n{pruned}",
        { Role: "control" } => $"{arm.Method} (control)",
        _ => arm.Method.Replace(":", ":\n", StringComparison.Ordinal),
    };

    private static string Accuracy(Spread accuracy) =>
        accuracy.Std is { } std ? Text($"{accuracy.Mean * 100:F2} ± {std * 100:F2}") : Text($"{accuracy.Mean * 100:F2}");

    private static string Points(Difference? difference) => difference switch
    {
        null => "–",
        { Low: { } low, High: { } high } => Text($"{difference.Mean * 100:+0.00;-0.00}\n[{low * 100:+0.00;-0.00}, {high * 100:+0.00;-0.00}]"),
        _ => Text($"{difference.Mean * 100:+0.00;-0.00}"),
    };

    private static string Share(double share) => Text($"{share:P1}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
