using System.Globalization;
using Winnow.Records.Comparisons;

namespace Winnow.Cli.Views;

/// <summary>A comparison of smaller networks as a table that fits 80 columns: a network in two or three lines, its name on a line of its own.</summary>
internal static class NetworkTable
{
    private const int Width = 78;

    public static void Write(Terminal terminal, NetworkComparisonResult result, string? report)
    {
        if (result.Arms.Count > 0)
        {
            var (seeds, judgement) = (result.Arms[0].Seeds.Count, result.Arms[0].Judgement);
            terminal.WriteLine(Text($"{result.Data}, {result.Model}, {Count(result.Epochs, "epoch")}, {(seeds == 1 ? "1 seed" : $"{seeds} seeds")}; cut networks: {Count(result.Recover, "epoch")} more{(result.Method == "full" ? "" : $" by {result.Method}")}"));
            terminal.WriteLine("");
            terminal.WriteLine($"{"macs",8}{"parameters",12}{"ms to",8}{"training",10}{"cut",9}{"test",17}{"to",14}");
            terminal.WriteLine($"{"left",8}{"left",12}{"dense",8}{"macs",10}{judgement.Sign.Trim(),9}{judgement.Words + judgement.Sign,17}{"scratch-b",14}");
            terminal.WriteLine(new string('─', Width));
            var dense = result.Arms.First(static arm => arm.Kind == "dense");
            foreach (var arm in result.Arms)
            {
                Row(terminal, arm, dense, judgement);
            }

            terminal.WriteLine(new string('─', Width));
            terminal.WriteLine(Text($"ms: a batch of {dense.LargestBatch?.Batch ?? 0} on one thread, by turns with the whole network. Training macs are those of all training, of cut networks with the whole one's and the choice of channels, over the whole one's; scratch-b has as many as the cut network whose widths it has. {judgement.Heading} is mean ± standard deviation; {judgement.Explanation}, [95 % interval]."));
        }

        foreach (var note in result.Notes)
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

    private static void Row(Terminal terminal, NetworkArmResult arm, NetworkArmResult dense, Judgement judgement)
    {
        terminal.WriteLine(NetworkText.Of(arm));
        var cut = arm.Cut is { } alone ? judgement.IsShare ? Text($"{alone.Mean * 100:F2}") : "" : "–";
        var cells = Text($"{arm.Macs.Average() / dense.Macs.Average(),8:P1}{arm.Parameters.Average() / dense.Parameters.Average(),12:P1}{arm.LargestBatch?.ToDense ?? 1,8:P0}{arm.TrainingMacs.Average() / dense.TrainingMacs.Average(),10:P0}");
        terminal.WriteLine($"{cells}{cut,9}{(arm.Judged is { } judged ? judgement.Mean(judged) : ""),17}{(arm.DeltaScratchB is { } delta ? judgement.Signed(delta.Mean) : "–"),14}");
        if (arm.DeltaScratchB is { Low: { } low, High: { } high })
        {
            terminal.WriteLine($"[{judgement.Signed(low)},{judgement.Signed(high)}]".PadLeft(Width));
        }
    }

    private static string Count(int count, string what) => Text($"{count} {what}{(count == 1 ? "" : "s")}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
