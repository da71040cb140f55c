using System.CommandLine;
using Winnow.Catalog;
using Winnow.Cli.Options;
using Winnow.Cli.Views;
using Winnow.Records.Inspection;
using Winnow.Report.Inspection;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow inspect</c>: what a run saw of its samples.</summary>
internal static class InspectCommand
{
    private const int DefaultTop = 10, DefaultOnPage = 24, MostShown = 1000;

    public static Command Create(Terminal terminal)
    {
        var run = new Argument<string>("run") { Description = "the folder of a run, ended or cut off, that recorded its samples (train does so by default, compare with --samples)" };
        var of = new Option<string?>("--of") { Description = "which run of a comparison, as in infobatch-seed1", HelpName = "name" };
        var label = new Option<string?>("--class") { Description = "only samples of this class, by its name or number", HelpName = "name" };
        var top = Value.Number<int>("--top", $"how many samples a list shows [default: {DefaultTop}, on a page {DefaultOnPage}]", new(1, MostShown), "20");
        var output = new Option<string?>("--out", "-o") { Description = "write the numbers of all samples (of the class) to this file; its ending says how: .csv or .jsonl", HelpName = "file" };
        var html = new Option<string?>("--html") { Description = "write a page with the pictures of the samples in the lists, which opens without a server or a network", HelpName = "file" };
        var data = new Option<string?>("--data") { Description = "the data set's name or folder, where it isn't any more where the run found it", HelpName = "data" };
        var command = new Command("inspect", "Show what a run saw of its samples: how often each was visited, and those that were never learned (wrong labels are among them), forgotten, hardest and dropped most.")
        {
            run, of, label, top, output, html, data,
        };
        Help.AddTo(command, terminal,
            ("winnow inspect runs/a", "samples by visits, and the lists"),
            ("winnow inspect runs/a --class Shirt --top 30", "longer lists, of one class"),
            ("winnow inspect runs/a --out samples.csv", "every number of every sample, for a spreadsheet or pandas"),
            ("winnow inspect runs/a --html samples.html --top 48", "the samples themselves, to look at"),
            ("winnow inspect runs/b --of infobatch-seed1", "one run of a comparison that was begun with --samples"));
        command.SetAction(parsed =>
        {
            var shown = parsed.GetValue(top) ?? DefaultTop;
            var export = parsed.GetValue(output) is { } file ? ExportFile.Of(file) : null;
            var inspected = InspectedRun.Open(parsed.GetValue(run)!, parsed.GetValue(of));
            int? chosen = parsed.GetValue(label) is { } word ? Class(word, inspected) : null;
            SampleNumbers[] samples = [.. inspected.Numbers.Where(sample => chosen is null || sample.Label == chosen)];
            if (samples.Length == 0)
            {
                throw new UsageException($"--class {parsed.GetValue(label)}: the run was trained on no sample of this class.");
            }

            var page = parsed.GetValue(html);
            if (page is { Length: 0 })
            {
                throw new UsageException("--html is empty; give the name of a file, e.g. --html samples.html.");
            }

            if (page is not null)
            {
                SamplesPage.Write(page, inspected, inspected.OpenSamples(parsed.GetValue(data)), chosen, parsed.GetValue(top) ?? DefaultOnPage);
            }

            export?.Write(samples, inspected.ClassNames);
            SamplesTable.Write(terminal, inspected, samples, chosen, SampleList.Of(samples, shown));
            if (export is not null)
            {
                terminal.WriteLine($"Samples: {export.Path}");
            }

            if (page is not null)
            {
                terminal.WriteLine($"Page: {page}");
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static int Class(string word, InspectedRun run)
    {
        var classes = run.Plan.Dataset.Classes;
        if (run.ClassNames?.Index().FirstOrDefault(name => string.Equals(name.Item, word, StringComparison.OrdinalIgnoreCase)) is { Item: not null } named)
        {
            return named.Index;
        }

        return NumberText.Read(word, new NumberRange<int>(0, classes - 1), out var number) is null
            ? number
            : throw new UsageException(run.ClassNames is null
                ? $"--class {word} is no class of {run.Plan.Dataset.Name}; give a number in [0, {classes})."
                : $"--class {word} is no class of {run.Plan.Dataset.Name}; there are {string.Join(", ", run.ClassNames)}{(Closest.To(word, run.ClassNames) is { } near ? $": did you mean {near}?" : ".")}");
    }
}
