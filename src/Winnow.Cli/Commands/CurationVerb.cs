using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Winnow.Cli.Options;
using Winnow.Cli.Views;
using Winnow.Curation.Documents;
using Winnow.Curation.Running;
using Winnow.Data;

namespace Winnow.Cli.Commands;

/// <summary>What the curating verbs have in common: progress, Ctrl-C, what goes wrong within records.</summary>
internal static class CurationVerb
{
    /// <summary>Runs one.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="corpus">Its inputs.</param>
    /// <param name="terminal">Where it says so.</param>
    /// <param name="time">The clock.</param>
    /// <param name="work">Is given who is told of progress (null for nobody) and what stops it, and gives what shows the result, which is given the seconds that it took.</param>
    public static int Run(ParseResult parsed, CorpusOptions corpus, Terminal terminal, TimeProvider time, Func<Action<CurationProgress>?, CancellationToken, Action<double>> work)
    {
        var view = new CurationView(terminal.WriteProgress, time);
        using var signals = new StopSignals(terminal);
        var began = Stopwatch.GetTimestamp();
        try
        {
            var show = work(corpus.Quiet(parsed) ? null : view.Show, signals.Token);
            show(Stopwatch.GetElapsedTime(began).TotalSeconds);
            return ExitCode.Done;
        }
        catch (Exception error) when (error is RecordException or DataFormatException)
        {
            terminal.WriteError(error.Message);
            return ExitCode.BadRecord;
        }
        catch (DataAccessException error)
        {
            terminal.WriteError(error.Message);
            return ExitCode.Failed;
        }
        catch (OperationCanceledException)
        {
            terminal.WriteError($"stopped; the same command goes on from what is finished in {corpus.Output(parsed)}.");
            return ExitCode.Interrupted;
        }
    }

    /// <summary>Says how many texts aren't Unicode.</summary>
    public static void TellInvalid(Terminal terminal, long invalid)
    {
        if (invalid > 0)
        {
            terminal.WriteNote(string.Create(CultureInfo.InvariantCulture, $"{invalid:N0} documents aren't Unicode throughout; what isn't was taken for U+FFFD, and the records stay as they are."));
        }
    }

    /// <summary>The first line of a result.</summary>
    public static string KeptLine(string folder, long kept, long documents, double seconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{folder}: {kept:N0} of {documents:N0} documents kept ({(documents == 0 ? 1 : (double)kept / documents):0.0 %}), in {seconds:0.0} s");
}
