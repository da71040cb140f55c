using System.CommandLine;
using System.Globalization;
using Winnow.Cli.Options;
using Winnow.Curation.Signals;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow signals</c>: numbers that say something of texts' quality.</summary>
internal static class SignalsCommand
{
    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var corpus = new CorpusOptions(required: false);
        var which = Value.List("--signals", $"groups ({string.Join(", ", SignalCatalog.Groups)}) or signals by their names [default: gopher]", "name...");
        var list = new Option<bool>("--list") { Description = "say which signals there are, and compute nothing" };
        var command = new Command("signals", "Compute quality signals of texts: a Parquet file an input, a column a signal, for filters and studies of your own.");
        corpus.AddTo(command);
        command.Options.Add(which);
        command.Options.Add(list);
        Help.AddTo(command, terminal,
            ("winnow signals corpus/ --out numbers --signals gopher fineweb --id url", "numbers/signals/NAME.parquet, a row a record"),
            ("winnow signals corpus/ --out numbers --signals word_count alphabetic_word_fraction", "two signals by their names"),
            ("winnow signals --list", "every signal, what it is and where it is from"));
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(list))
            {
                List(parsed, terminal);
                return ExitCode.Done;
            }

            return CurationVerb.Run(parsed, corpus, terminal, time, (progress, stop) =>
            {
                var folder = corpus.Output(parsed);
                var signals = SignalCatalog.Resolve(parsed.GetValue(which) is { Length: > 0 } names ? names : ["gopher"]);
                var documents = CorpusSignals.Run(corpus.Inputs(parsed), folder, signals, new() { Fields = corpus.Fields(parsed), Threads = corpus.Threads(parsed), Share = corpus.Share(parsed), Progress = progress }, stop);
                return seconds =>
                {
                    if (parsed.GetValue(RunOptions.Json))
                    {
                        terminal.WriteJson(new SignalSummary(folder, seconds, documents, [.. signals.Select(static signal => signal.Name)]), CliJson.Indented.SignalSummary);
                        return;
                    }

                    terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{folder}: {signals.Count} signals of {documents:N0} documents in {Path.Combine(folder, "signals")}, in {seconds:0.0} s"));
                };
            });
        });
        return command;
    }

    private static void List(ParseResult parsed, Terminal terminal)
    {
        if (parsed.GetValue(RunOptions.Json))
        {
            terminal.WriteJson([.. SignalCatalog.All.Select(static signal => new SignalInfo(signal.Name, signal.Description, signal.Unit, signal.Source))], CliJson.Indented.SignalInfoArray);
            return;
        }

        foreach (var signal in SignalCatalog.All)
        {
            terminal.WriteLine($"{signal.Name} ({signal.Unit}): {signal.Description}");
        }
    }
}

/// <summary>What <c>signals</c> did, in JSON.</summary>
internal sealed record SignalSummary(string Folder, double Seconds, long Documents, IReadOnlyList<string> Signals);

/// <summary>A signal in JSON.</summary>
internal sealed record SignalInfo(string Name, string Description, string Unit, string Source);
