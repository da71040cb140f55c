using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Winnow.Cli.Options;
using Winnow.Curation.Filters;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow filter</c>: keeps texts of a quality.</summary>
internal static class FilterCommand
{
    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var corpus = new CorpusOptions(shares: false);
        var rules = Value.List("--by", "what a text must keep: a preset such as gopher-quality, a rule such as word_count>=50 or score<0.9, or a band of ranks such as similarity:band=0.15..0.55; columns are signals, else fields of the records; winnow methods lists presets", "rule...");
        rules.Required = true;
        var command = new Command("filter", "Keep the texts that rules on their quality, or on numbers of their records, let through; removed.jsonl says by which rule and value each of the others went.");
        corpus.AddTo(command);
        command.Options.Add(rules);
        Help.AddTo(command, terminal,
            ("winnow filter corpus/ --out good --by gopher-quality gopher-repetition fineweb", "the published rules of three data sets"),
            ("winnow filter corpus/ --out good --by gopher-quality:min-words=20 'mean_word_length<=8'", "one preset with another bound, and a rule of one's own"),
            ("winnow filter pairs.parquet --out good --text caption --by 'similarity:band=0.15..0.55'", "by rank in a column, without the very top"));
        command.SetAction(parsed => CurationVerb.Run(parsed, corpus, terminal, time, (progress, stop) =>
        {
            var folder = corpus.Output(parsed);
            var result = CorpusFilter.Run(corpus.Inputs(parsed), folder, DocumentFilter.Parse(parsed.GetValue(rules)!), new() { Fields = corpus.Fields(parsed), Threads = corpus.Threads(parsed), Progress = progress }, stop);
            return seconds => Show(parsed, terminal, folder, result, seconds);
        }));
        return command;
    }

    private static void Show(ParseResult parsed, Terminal terminal, string folder, FilterResult result, double seconds)
    {
        CurationVerb.TellInvalid(terminal, result.Invalid);
        if (parsed.GetValue(RunOptions.Json))
        {
            terminal.WriteJson(new FilterSummary(folder, seconds, result), CliJson.Indented.FilterSummary);
            return;
        }

        terminal.WriteLine(CurationVerb.KeptLine(folder, result.Kept, result.Documents, seconds));
        var table = new Table().Border(TableBorder.Rounded).AddColumn("rule").AddColumn("removed", static column => column.RightAligned()).AddColumn("share", static column => column.RightAligned());
        foreach (var rule in result.Rules)
        {
            table.AddRow(Markup.Escape(rule.Rule), string.Create(CultureInfo.InvariantCulture, $"{rule.Removed:N0}"), string.Create(CultureInfo.InvariantCulture, $"{(result.Documents == 0 ? 0 : (double)rule.Removed / result.Documents):0.0 %}"));
        }

        terminal.Out.Write(table);
        terminal.WriteLine($"what is kept is in {Path.Combine(folder, "kept")}, why the others went in {Path.Combine(folder, "removed.jsonl")}; a document goes by the first rule that it breaks");
    }
}

/// <summary>What <c>filter</c> did, in JSON.</summary>
internal sealed record FilterSummary(string Folder, double Seconds, FilterResult Result);
