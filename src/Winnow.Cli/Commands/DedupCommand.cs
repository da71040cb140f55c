using System.CommandLine;
using System.Globalization;
using Winnow.Catalog;
using Winnow.Cli.Options;
using Winnow.Curation.Duplicates;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow dedup</c>: removes duplicates from texts that may be larger than memory.</summary>
internal static class DedupCommand
{
    private const double DefaultAlarm = 0.5;

    private static readonly (string Word, DedupStages Value)[] s_stages = [("sign", DedupStages.Sign), ("join", DedupStages.Join), ("filter", DedupStages.Filter)];

    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var corpus = new CorpusOptions();
        var by = Value.Word("--by", "which duplicates go: minhash, near ones as well as exact ones; exact, those of the same text alone", "minhash", "exact");
        var threshold = Value.Number<double>("--threshold", "from which Jaccard similarity of their shingles on two texts are near duplicates [default: 0.8]; with --keep the least that it may lead to [default: 0.5]", new(0, 1) { MinOpen = true }, "0.8");
        var keep = Value.Share("--keep", "how much is kept: the similarity is found that comes nearest to it");
        var shingle = Value.Number<int>("--shingle", "words a shingle [default: 5]", new(1, 1000), "5");
        var hashes = Value.Number<int>("--hashes", "hash functions a signature, at most [default: 112]", new(1, 4096), "112");
        var recall = Value.Number<double>("--recall", "with which probability a pair at the threshold is found [default: 0.99]", new(0, 1) { MinOpen = true, MaxOpen = true }, "0.99");
        var best = new Option<string>("--keep-rule") { Description = "which of several duplicates stays: first, longest, or the one with the highest or lowest number of a field, as in highest:score", HelpName = "rule", DefaultValueFactory = static _ => "first" };
        var prefer = Value.List("--prefer", "sources whose records stay rather than those of others, the dearest first", "source...");
        var against = Value.List("--against", "files or folders of an earlier corpus: what is a duplicate of its records goes, and they themselves stay where they are", "path...");
        var alarm = Value.Share("--alarm", "warn of sources that lose more than this share [default: 50%]");
        var seed = Value.Number<ulong>("--seed", "decides the hash functions [default: 1]", Value.Seeds, "1");
        var stage = Value.Choice("--stage", "do one part alone, where machines share the work: sign (with --shard), then join, once, then filter (with --shard) [default: all three]", s_stages);
        var command = new Command("dedup", "Remove exact and near duplicates from texts of any size. Every pair is compared on the texts themselves before one of it goes, and what went and why is in removed.jsonl.");
        corpus.AddTo(command);
        foreach (var option in new Option[] { by, threshold, keep, shingle, hashes, recall, best, prefer, against, alarm, seed, stage })
        {
            command.Options.Add(option);
        }

        Help.AddTo(command, terminal,
            ("winnow dedup corpus/ --out clean/", "near and exact duplicates out of every .jsonl (also .gz and .zst), .parquet and .txt below corpus/"),
            ("winnow dedup a.jsonl b.jsonl --out clean --by exact --text body --id url", "those of the same body alone"),
            ("winnow dedup corpus --out clean --keep 80%", "as many of the most similar as leave 80 % of the records"),
            ("winnow dedup corpus --out clean --source site --prefer wiki --keep-rule highest:quality", "of duplicates keep wiki's, else the one of the highest quality"),
            ("winnow dedup new/ --against clean/kept --out clean-2", "new records against what is kept already"),
            ("winnow dedup corpus --out clean --stage sign --shard auto", "one task of a Slurm array; then --stage join once, then --stage filter --shard auto"));
        command.SetAction(parsed =>
        {
            var (rule, number) = Rule(parsed.GetValue(best)!);
            var near = parsed.GetValue(by) is null or "minhash";
            foreach (var option in new Option[] { threshold, keep, shingle, hashes, recall }.Where(option => !near && parsed.GetResult(option) is { Implicit: false }))
            {
                throw new UsageException($"{option.Name} is for near duplicates; leave it or --by exact out.");
            }

            return CurationVerb.Run(parsed, corpus, terminal, time, (progress, stop) =>
            {
                var output = corpus.Output(parsed);
                var defaults = new DedupOptions();
                var options = defaults with
                {
                    Fields = corpus.Fields(parsed) with { Numbers = number is null ? [] : [number] },
                    Near = near,
                    Threshold = parsed.GetValue(threshold) ?? defaults.Threshold,
                    LeastThreshold = parsed.GetValue(threshold) ?? defaults.LeastThreshold,
                    Keep = parsed.GetValue(keep),
                    ShingleWords = parsed.GetValue(shingle) ?? defaults.ShingleWords,
                    Hashes = parsed.GetValue(hashes) ?? defaults.Hashes,
                    Recall = parsed.GetValue(recall) ?? defaults.Recall,
                    Rule = rule,
                    Prefer = parsed.GetValue(prefer) ?? [],
                    Seed = parsed.GetValue(seed) ?? defaults.Seed,
                    Threads = corpus.Threads(parsed),
                    Progress = progress,
                };
                var result = Deduplication.Run(corpus.Inputs(parsed), output, options, parsed.GetValue(against), parsed.GetValue(stage) ?? DedupStages.All, corpus.Share(parsed), stop);
                return seconds => Show(parsed, terminal, result, output, seconds, parsed.GetValue(alarm) ?? DefaultAlarm, options.Keep);
            });
        });
        return command;
    }

    private static (KeepRule Rule, string? Number) Rule(string text) => text.Split(':', 2) switch
    {
        ["first"] => (KeepRule.First, null),
        ["longest"] => (KeepRule.Longest, null),
        ["highest", { Length: > 0 } field] => (KeepRule.Highest, field),
        ["lowest", { Length: > 0 } field] => (KeepRule.Lowest, field),
        _ => throw new UsageException($"--keep-rule {text} is not first, longest, highest:FIELD or lowest:FIELD{(Closest.To(text, ["first", "longest"]) is { } meant ? $": did you mean {meant}?" : "; e.g. --keep-rule highest:score.")}"),
    };

    private static void Show(ParseResult parsed, Terminal terminal, DedupResult? result, string folder, double seconds, double alarm, double? keep)
    {
        if (result is null)
        {
            terminal.WriteNote($"{folder}: this part is done; the others are still to come.");
            return;
        }

        foreach (var loss in result.Sources.Where(loss => loss.Removed > alarm * loss.Documents))
        {
            terminal.WriteNote(string.Create(CultureInfo.InvariantCulture,
                $"{loss.Source} lost {loss.Removed:N0} of {loss.Documents:N0} documents ({(double)loss.Removed / loss.Documents:0.0 %}); look at them in removed.jsonl before you use what is kept."));
        }

        if (keep is { } share && Math.Abs(((double)result.Kept / result.Documents) - share) > 0.005)
        {
            terminal.WriteNote(string.Create(CultureInfo.InvariantCulture, $"{share:0.0 %} was asked for; the nearest that a similarity leads to is {(double)result.Kept / result.Documents:0.0 %}, at {result.Threshold:0.###}."));
        }

        CurationVerb.TellInvalid(terminal, result.Invalid);
        if (result.WithoutWords > 0)
        {
            terminal.WriteNote(string.Create(CultureInfo.InvariantCulture, $"{result.WithoutWords:N0} documents have no letter or digit in their text; they stay."));
        }

        if (parsed.GetValue(RunOptions.Json))
        {
            terminal.WriteJson(new DedupSummary(folder, seconds, result), CliJson.Indented.DedupSummary);
            return;
        }

        terminal.WriteLine(CurationVerb.KeptLine(folder, result.Kept, result.Documents, seconds));
        terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"removed: {result.Exact:N0} of the same text as another{(result.Bands == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {result.Near:N0} near one that is kept (similarity {result.Threshold:0.###} and more; {result.PairsVerified:N0} pairs compared on their texts)"))}"));
        terminal.WriteLine($"what is kept is in {Path.Combine(folder, "kept")}, why the others went in {Path.Combine(folder, "removed.jsonl")}");
    }
}

/// <summary>What <c>dedup</c> did, in JSON.</summary>
internal sealed record DedupSummary(string Folder, double Seconds, DedupResult Result);
