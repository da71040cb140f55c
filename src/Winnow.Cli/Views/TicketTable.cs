using System.Globalization;
using Winnow.Cli.Commands;
using Winnow.Records.Comparisons;

namespace Winnow.Cli.Views;

/// <summary>What a search for tickets came to, a density and a kind a row.</summary>
internal static class TicketTable
{
    public static void Write(Terminal terminal, TicketSummary summary)
    {
        var scale = summary.IsShare ? 100 : 1;
        terminal.WriteLine(Text($"{summary.Data}, {summary.Model} ({summary.Parameters:N0} parameters); survivors rewound to step {summary.RewindStep:N0}"));
        terminal.WriteLine("");
        var metric = summary.Metric.Replace('_', ' ') + (summary.IsShare ? " %" : "");
        terminal.WriteLine(Text($"{"weights",9}  {"trained",-14}{metric,16}{"std",9}{"against dense",24}{"seeds",7}"));
        foreach (var row in summary.Rows)
        {
            var density = Text($"{100 * row.Density:0.00} %");
            terminal.WriteLine(Text($"{density,9}  {(row.Round == 0 ? "dense" : row.Kind),-14}{scale * row.Value?.Mean,16:0.00##}{scale * row.Value?.Std,9:0.00##}{Against(row.AgainstDense, scale),24}{row.Seeds,7}"));
        }

        terminal.WriteLine("");
    }

    private static string Against(Difference? difference, double scale) => difference switch
    {
        null => "",
        { Low: { } low, High: { } high } => $"{Signed(scale * difference.Mean)} [{Signed(scale * low)}, {Signed(scale * high)}]",
        _ => Signed(scale * difference.Mean),
    };

    private static string Signed(double value) => value.ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
