using System.CommandLine;
using System.Globalization;
using Winnow.Cli.Options;
using Winnow.Curation.Resampling;
using Winnow.Selection;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow resample</c>: draws texts that are like a target's.</summary>
internal static class ResampleCommand
{
    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var corpus = new CorpusOptions(shares: false);
        var target = Value.List("--target", "files or folders of records like those that are wanted", "path...");
        target.Required = true;
        var keep = new Option<string>("--keep", "-k") { Description = "how many records are kept: a number such as 5000, or a share such as 10%", HelpName = "share|n", Required = true };
        var words = Value.Number<int>("--min-words", "the fewest words of a record that is kept [default: 100]", new(1, int.MaxValue), "100");
        var smoothing = Value.Number<double>("--smoothing", "what is added to each count of the target: more where it is small [default: 0]", new(0, double.MaxValue), "1");
        var top = new Option<bool>("--top") { Description = "take those of the largest weights, and draw nothing" };
        var seed = Value.Number<ulong>("--seed", "decides the draw [default: 1]", Value.Seeds, "1");
        var command = new Command("resample", "Draw from a corpus the records that are like a target's, by the importance of their words and pairs of words (DSIR), and say how much nearer they are to it.");
        corpus.AddTo(command);
        foreach (var option in new Option[] { target, keep, words, smoothing, top, seed })
        {
            command.Options.Add(option);
        }

        Help.AddTo(command, terminal,
            ("winnow resample corpus/ --target wanted.jsonl --keep 10000 --out chosen", "ten thousand records like those of wanted.jsonl"),
            ("winnow resample corpus/ --target wanted/ --keep 5% --min-words 20 --out chosen", "a twentieth, of shorter records too"));
        command.SetAction(parsed => CurationVerb.Run(parsed, corpus, terminal, time, (progress, stop) =>
        {
            var folder = corpus.Output(parsed);
            var result = CorpusResampling.Run(corpus.Inputs(parsed), parsed.GetValue(target)!, folder, new()
            {
                Fields = corpus.Fields(parsed),
                Keep = KeepBudget.Parse(parsed.GetValue(keep)!),
                MinWords = parsed.GetValue(words) ?? ImportanceModel.DefaultMinWords,
                Smoothing = parsed.GetValue(smoothing) ?? 0,
                Draw = !parsed.GetValue(top),
                Seed = parsed.GetValue(seed) ?? 1,
                Threads = corpus.Threads(parsed),
                Progress = progress,
            }, stop);
            return seconds => Show(parsed, terminal, folder, result, seconds);
        }));
        return command;
    }

    private static void Show(ParseResult parsed, Terminal terminal, string folder, ResampleResult result, double seconds)
    {
        if (parsed.GetValue(RunOptions.Json))
        {
            terminal.WriteJson(new ResampleSummary(folder, seconds, result), CliJson.Indented.ResampleSummary);
            return;
        }

        terminal.WriteLine(CurationVerb.KeptLine(folder, result.Kept, result.Documents, seconds));
        terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"divergence from the target's words: {result.DivergenceBefore:0.000} nats before, {result.DivergenceAfter:0.000} of what is kept; {result.TooShort:N0} documents were too short"));
        terminal.WriteLine($"what is kept is in {Path.Combine(folder, "kept")}, every record's weight in {Path.Combine(folder, "log_weights")}");
    }
}

/// <summary>What <c>resample</c> did, in JSON.</summary>
internal sealed record ResampleSummary(string Folder, double Seconds, ResampleResult Result);
