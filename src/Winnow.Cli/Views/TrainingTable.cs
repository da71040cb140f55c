using System.Globalization;
using Spectre.Console;
using Winnow.Records;
using Winnow.Records.Comparisons;

namespace Winnow.Cli.Views;

/// <summary>A training run as a table: an epoch a row.</summary>
internal static class TrainingTable
{
    public static void Write(Terminal terminal, TrainingResult result, double? asked, string? report)
    {
        var table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape(Text(
            $"{result.Data}, {result.Model} ({result.Parameters:N0} parameters), {result.Method}, seed {result.Seed}")));
        var judgement = Judgement.Of(result.History.Count > 0 ? result.History[^1].Metrics : result.Metrics);
        var sparse = result.Network?.Kept is not null;
        var judged = judgement.Name != Metrics.TestLoss;
        foreach (var heading in (string[])["epoch", "visited", "kept", .. sparse ? ["weights\nkept"] : Array.Empty<string>(), .. asked is null ? Array.Empty<string>() : ["saved\nso far"], "loss\nvisited", "loss\nweighted", "test\nloss", .. judged ? [$"test\n{judgement.Words}"] : Array.Empty<string>(), "seconds"])
        {
            table.AddColumn(new TableColumn(heading).RightAligned());
        }

        long visited = 0;
        foreach (var epoch in result.History)
        {
            visited += epoch.Visited;
            table.AddRow(
            [
                Text($"{epoch.Epoch + 1}/{epoch.Epochs}"),
                Text($"{epoch.Visited:N0}"),
                Text($"{(double)epoch.Visited / epoch.Total:P1}"),
                .. sparse ? [Text($"{epoch.Density:P1}")] : Array.Empty<string>(),
                .. asked is null ? Array.Empty<string>() : [Text($"{1 - (visited / ((double)epoch.Total * (epoch.Epoch + 1))):P1}")],
                Text($"{epoch.VisitedLoss:F4}"),
                Text($"{epoch.WeightedLoss:F4}"),
                Text($"{epoch.TestLoss:F4}"),
                .. judged ? [epoch.Metrics.Judged(epoch.Accuracy) is { } value ? judgement.Value(value) : "–"] : Array.Empty<string>(),
                Text($"{epoch.Seconds.Total:F1}"),
            ]);
        }

        if (result.History.Count > 0)
        {
            terminal.Out.Write(table);
        }

        terminal.WriteLine(result is { Saved: { } saved } && result.Judged is { } final
            ? Text($"Test {judgement.Words.Replace("test ", "", StringComparison.Ordinal)} {judgement.Value(final)}; {saved.Samples:P1} of the samples{(asked is { } share ? Text($" ({share:P1} asked)") : "")} and {saved.Steps:P1} of the steps saved against {(result.Epochs == 1 ? "one full epoch" : $"{result.Epochs} full epochs")}; {result.Seconds.Total:F1} s, planning and observing {result.OverheadShare:P2} of it.")
            : Text($"Interrupted after {result.History.Count} of {result.Epochs} epochs, {result.Visited:N0} visits and {result.Seconds.Total:F1} s; winnow train --resume {result.Run} goes on from there."));
        if (asked is { } wanted && result.Saved is { } reached && Findings.SaveMissed(result.Method, wanted, reached.Samples) is { } missed)
        {
            terminal.WriteLine(missed);
        }

        if (result.Network is { Kept: { } left } network)
        {
            var (kept, all) = (network.Layers.Sum(static layer => layer.Kept), network.Layers.Sum(static layer => layer.Elements));
            terminal.WriteLine(Text($"{kept:N0} of {all:N0} weights kept ({left:P1}) by {network.Sparsify}; {network.AverageParameters:N0} of {network.Parameters:N0} parameters took part in a step, in the mean."));
        }

        terminal.WriteLine($"Run folder: {result.Run}");
        if (report is not null)
        {
            terminal.WriteLine($"Report: {report}");
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
