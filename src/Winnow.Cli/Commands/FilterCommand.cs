using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Winnow.Cli.Options;
using Winnow.Curation.Filters;
using Winnow.Curation.Quality;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow filter</c>: keeps texts of a quality.</summary>
internal static class FilterCommand
{
    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var corpus = new CorpusOptions(shares: false);
        var rules = Value.List("--by", "what a text must keep: a preset such as gopher-quality, a rule such as word_count>=50 or score<0.9, or a band of ranks such as similarity:band=0.15..0.55; columns are signals, else fields of the records; winnow methods lists presets", "rule...");
        rules.Required = true;
        var good = Value.List("--good", "files or folders of good records: a classifier of words is trained on them against --rest, and rules may ask for its column quality, the probability of a text being good", "path...");
        var rest = Value.List("--rest", "files or folders of other records, for --good", "path...");
        var model = new Option<string?>("--quality-model") { Description = "a classifier that --save-quality-model wrote", HelpName = "file.npz" };
        var saved = new Option<string?>("--save-quality-model") { Description = "where the classifier that was trained is written, for other corpora and for numpy", HelpName = "file.npz" };
        var command = new Command("filter", "Keep the texts that rules on their quality, or on numbers of their records, let through; removed.jsonl says by which rule and value each of the others went.");
        corpus.AddTo(command);
        foreach (var option in new Option[] { rules, good, rest, model, saved })
        {
            command.Options.Add(option);
        }

        Help.AddTo(command, terminal,
            ("winnow filter corpus/ --out good --by gopher-quality gopher-repetition fineweb", "the published rules of three data sets"),
            ("winnow filter corpus/ --out good --by gopher-quality:min-words=20 'mean_word_length<=8'", "one preset with another bound, and a rule of one's own"),
            ("winnow filter corpus/ --out good --good wiki.jsonl --rest crawl.jsonl --by 'quality:band=0..0.2'", "the fifth that a classifier finds most like wiki.jsonl"),
            ("winnow filter pairs.parquet --out good --text caption --by 'similarity:band=0.15..0.55'", "by rank in a column, without the very top"));
        command.SetAction(parsed => CurationVerb.Run(parsed, corpus, terminal, time, (progress, stop) =>
        {
            var folder = corpus.Output(parsed);
            var filter = DocumentFilter.Parse(parsed.GetValue(rules)!);
            var quality = Quality(parsed, corpus, (good, rest, model, saved), stop);
            var result = CorpusFilter.Run(corpus.Inputs(parsed), folder, filter, new() { Fields = corpus.Fields(parsed), Quality = quality, Threads = corpus.Threads(parsed), Progress = progress }, stop);
            return seconds => Show(parsed, terminal, folder, result, seconds);
        }));
        return command;
    }

    private static LinearQualityModel? Quality(
        ParseResult parsed, CorpusOptions corpus, (Option<string[]> Good, Option<string[]> Others, Option<string?> Model, Option<string?> Saved) options, CancellationToken stop)
    {
        var (good, rest, model, saved) = (parsed.GetValue(options.Good) ?? [], parsed.GetValue(options.Others) ?? [], parsed.GetValue(options.Model), parsed.GetValue(options.Saved));
        if ((good.Length > 0) != (rest.Length > 0) || (good.Length > 0 && model is not null) || (saved is not null && good.Length == 0))
        {
            throw new UsageException("a classifier is trained by --good and --rest together, --save-quality-model writes it, and --quality-model reads one in their place; give either.");
        }

        if (model is not null)
        {
            return LinearQualityModel.Load(model);
        }

        if (good.Length == 0)
        {
            return null;
        }

        if (saved is not null)
        {
            OutputFile.CheckPlace(options.Saved.Name, saved, "quality.npz");
        }

        var trained = QualityTraining.Train(good, rest, corpus.Fields(parsed), threads: corpus.Threads(parsed), stop: stop);
        if (saved is not null)
        {
            trained.Save(saved);
        }

        return trained;
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
