using System.Globalization;
using Spectre.Console;
using Winnow.Records.Inspection;

namespace Winnow.Cli.Views;

/// <summary>What a run saw of its samples: how many were visited how often, then a table for each list.</summary>
internal static class SamplesTable
{
    private const int MostVisitRows = 12;

    private static readonly (string Head, Func<SampleNumbers, string> Cell)[] s_numbers =
    [
        ("visits", static sample => Text($"{sample.Visits} of {sample.Visits + sample.Dropped}")),
        ("last\nloss", static sample => Loss(sample.LastLoss)),
        ("mean\nloss", static sample => Loss(sample.MeanLoss)),
        ("late\nloss", static sample => Loss(sample.LateLoss)),
        ("for-\ngotten", static sample => Text($"{sample.Forgotten}")),
        ("learned\nin epoch", static sample => sample.FirstLearned is { } epoch ? Text($"{epoch + 1}") : "never"),
    ];

    public static void Write(Terminal terminal, InspectedRun run, IReadOnlyList<SampleNumbers> samples, int? only, IReadOnlyList<SampleList> lists)
    {
        var history = run.History;
        terminal.WriteLine(Text($"{run.Plan.Dataset.Name}, {run.Plan.Recipe.Model}, {run.Name}: {samples.Count:N0} samples{(only is { } label ? $" of class {Name(label, run)}" : "")}, {history.Recorded.Count} of {history.Epochs} epochs recorded"));
        if (run.IdNote is { } note)
        {
            terminal.WriteLine(note);
        }

        terminal.WriteLine("");
        Visits(terminal, samples);
        foreach (var list in lists)
        {
            terminal.WriteLine("");
            terminal.WriteLine(Text($"{list.Title}{Share(list, samples.Count)}.{Wrong(list, run, samples)}"));
            if (list.Total > 0)
            {
                terminal.Out.Write(Table(list, run));
            }
        }
    }

    private static void Visits(Terminal terminal, IReadOnlyList<SampleNumbers> samples)
    {
        var counts = samples.CountBy(static sample => sample.Visits).OrderByDescending(static count => count.Key).ToArray();

        // Long runs have many counts: then ranges of them.
        var step = ((counts[0].Key - counts[^1].Key) / MostVisitRows) + 1;
        terminal.WriteLine("visits       samples");
        foreach (var row in counts.GroupBy(count => (counts[0].Key - count.Key) / step))
        {
            var (most, least) = (row.First().Key, row.Last().Key);
            var number = row.Sum(static count => count.Value);
            terminal.WriteLine(Text($"{(most == least ? Text($"{most}") : Text($"{least}-{most}")),-10}{number,10:N0}  {(double)number / samples.Count,7:P1}  {new string('█', (int)Math.Round(40.0 * number / samples.Count))}").TrimEnd());
        }
    }

    private static Table Table(SampleList list, InspectedRun run)
    {
        var noise = run.History.LabelsClean.Count > 0;
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumn(new TableColumn("id").RightAligned());
        foreach (var head in (string[])["label", .. noise ? ["before noise"] : Array.Empty<string>(), "predicted"])
        {
            table.AddColumn(head);
        }

        foreach (var (head, _) in s_numbers)
        {
            table.AddColumn(new TableColumn(head).RightAligned());
        }

        foreach (var sample in list.Samples)
        {
            table.AddRow(
            [
                Text($"{sample.Id}"),
                Cell(sample.Label),
                .. noise ? [sample.CleanLabel == sample.Label ? "" : Cell(sample.CleanLabel)] : Array.Empty<string>(),
                Cell(sample.Prediction),
                .. s_numbers.Select(column => column.Cell(sample)),
            ]);
        }

        return table;

        string Cell(int? label) => label is { } known ? Markup.Escape(Name(known, run)) : "";
    }

    private static string Share(SampleList list, int samples) => list.Total == 0 ? ": none"
        : list.Total == samples ? $": {list.Meaning}"
        : Text($": {list.Total:N0} ({(double)list.Total / samples:P1}), {list.Meaning}");

    // Only in experiments with label noise is it known which labels are wrong.
    private static string Wrong(SampleList list, InspectedRun run, IReadOnlyList<SampleNumbers> samples) => run.History.LabelsClean.Count > 0 && list is { Id: "never-learned", Total: > 0 }
        ? Text($" {(double)samples.Count(static sample => sample.NeverLearned && sample.Label != sample.CleanLabel) / list.Total:P1} of them have a label that the experiment made wrong; of all, {(double)samples.Count(static sample => sample.Label != sample.CleanLabel) / samples.Count:P1} do.")
        : "";

    private static string Name(int label, InspectedRun run) => ShownName.Of(SampleExport.NameOf(label, run.ClassNames) ?? Text($"{label}"));

    private static string Loss(double? loss) => loss is { } value ? double.IsFinite(value) ? Text($"{value:F3}") : "inf" : "";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
