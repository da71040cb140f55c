using System.CommandLine;
using Winnow.Report;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow report</c>: a page to look at, out of run folders.</summary>
internal static class ReportCommand
{
    public static Command Create(Terminal terminal)
    {
        var runs = new Argument<string[]>("run") { Description = "run folders, finished or not; several stand in one report", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string?>("--out", "-o") { Description = "the file to write; one that is there is replaced only if it is a report [default: report.html in the run folder, or here for several]", HelpName = "file" };
        var command = new Command("report", "Make one HTML page of runs, which opens without a server or a network: plots, the tables behind them, what was found.") { runs, output };
        Help.AddTo(command, terminal,
            ("winnow report runs/compare-fashion-mnist-20261121-085419", "writes report.html into that folder"),
            ("winnow report runs/a runs/b runs/c --out abc.html", "three runs in one page"));
        command.SetAction(parsed =>
        {
            var folders = parsed.GetValue(runs)!;
            var path = parsed.GetValue(output) ?? (folders is [{ Length: > 0 } only] ? Path.Combine(only, RunReport.FileName) : RunReport.FileName);
            if (path.Length == 0)
            {
                throw new UsageException("--out is empty; give the name of a file, e.g. --out report.html.");
            }

            RunReport.Write(path, folders);
            terminal.WriteLine($"Report: {path}");
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>At the end of a run: its report, and its path for the result. What can't be written is told, and the run is done all the same.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="terminal">Is told.</param>
    /// <param name="hand">What is known of a run of <c>train</c>.</param>
    /// <returns>The path; null when there is no report.</returns>
    public static string? WriteInto(string folder, Terminal terminal, RunAtHand? hand = null)
    {
        var path = Path.Combine(folder, RunReport.FileName);
        try
        {
            RunReport.Write(path, [folder], hand);
            return path;
        }
        catch (ReportException error)
        {
            terminal.WriteError($"{error.Message} The results are saved; winnow report {folder} tries again.");
            return null;
        }
    }
}
