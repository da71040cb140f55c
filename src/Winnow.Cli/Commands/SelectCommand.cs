using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Winnow.Cli.Options;
using Winnow.Data.Subsets;
using Winnow.Selection;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow select</c>: chooses samples once, before anything is trained on them.</summary>
internal static class SelectCommand
{
    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var method = new Option<string>("--method", "-m") { Description = "what chooses, as in ccs:cutoff=0.2 or, within each class, top+classes; winnow methods lists them", HelpName = "spec", Required = true };
        var keep = new Option<string>("--keep", "-k") { Description = "how many samples are kept: a share such as 30% or 0.3, or a number such as 5000; of a share the nearest number, halves to the even one", HelpName = "share|n", Required = true };
        var output = new Option<string>("--out", "-o") { Description = "the subset file to write, an npz archive that numpy reads", HelpName = "file.npz", DefaultValueFactory = static _ => "subset.npz" };
        var force = new Option<bool>("--force") { Description = "replace the file where it is there already" };
        var seed = Value.Number<ulong>("--seed", "decides what is drawn, by methods that draw [default: 1]", Value.Seeds, "1");
        var threads = Value.Number<int>("--threads", "threads to compute with; the selection is the same at any number [default: all cores]", RunOptions.Threads, "4", "leave it out for all cores");
        var inputs = new SelectionOptions();
        var recipe = new RecipeOptions();
        var command = new Command("select", "Choose which samples to keep, by scores and what else a method looks at, and write them as a subset file that winnow train --subset takes.");
        recipe.AddDataTo(command);
        command.Options.Add(method);
        command.Options.Add(keep);
        inputs.AddTo(command);
        foreach (var option in new Option[] { seed, threads, output, force, RunOptions.Json })
        {
            command.Options.Add(option);
        }

        Help.AddTo(command, terminal,
            ("winnow select fashion-mnist --method random --keep 10%", "a random tenth, the control for all other methods"),
            ("winnow select --scores scores.npz --by el2n --method ccs:cutoff=0.1 --keep 30%", "scores that winnow score wrote"),
            ("winnow select --scores loss.npy --higher easier --method top --keep 5000", "one number a sample from elsewhere, of which high ones mean easy"),
            ("winnow select --scores s.npy --labels y.npy --method top+classes:shares=uniform --keep 30%", "the hardest of each class, as many of each"),
            ("winnow select ./photos --embeddings e.npy --method k-center --keep 20%", "samples that leave none far away, by features that winnow embed wrote"),
            ("winnow train fashion-mnist --subset subset.npz", "train on what was kept"));
        command.SetAction(parsed =>
        {
            var file = OutputFile.Check(output.Name, parsed.GetValue(output)!, parsed.GetValue(force));
            var spec = SelectorCatalog.Canonical(parsed.GetValue(method)!);
            var selector = SelectorCatalog.Parse(spec);
            var budget = KeepBudget.Parse(parsed.GetValue(keep)!);
            var (input, source) = inputs.Read(parsed, recipe, selector.Needs, parsed.GetValue(seed) ?? 1, parsed.GetValue(threads) ?? 0, terminal, time);
            using var signals = new StopSignals(terminal, saves: false);
            var began = Stopwatch.GetTimestamp();
            var chosen = selector.Choose(input with { Stop = signals.Token }, budget);
            var manifest = new SubsetManifest
            {
                N = input.Count,
                K = chosen.Order.Length,
                Data = source.Data,
                DataFingerprint = source.Fingerprint,
                Method = spec,
                Scores = source.Scores,
                Keep = budget.ToString(),
                Seed = input.Seed,
                Ranked = selector.IsRanked,
                Seconds = Stopwatch.GetElapsedTime(began).TotalSeconds,
                Version = RunDescription.Version,
            };
            SubsetFile.Write(file, new Subset(manifest, chosen.Order, chosen.Weights, chosen.Scores));
            Show(parsed, terminal, manifest, input, chosen, file);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(ParseResult parsed, Terminal terminal, SubsetManifest manifest, SelectionInput input, SampleSelection chosen, string file)
    {
        var (all, kept) = (OfClasses(input, null), OfClasses(input, chosen.Order));
        if (parsed.GetValue(RunOptions.Json))
        {
            terminal.WriteJson(new SelectSummary(file, manifest, [.. all.Zip(kept, static (n, k) => new ClassSelection(n, k))]), CliJson.Indented.SelectSummary);
            return;
        }

        var share = manifest.N == 0 ? 0 : (double)manifest.K / manifest.N;
        terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{file}: {manifest.K:N0} of {manifest.N:N0} samples ({share:0.0 %}) kept by {manifest.Method}, in {manifest.Seconds:0.0} s"));
        if (all.Length > 0)
        {
            var shares = Enumerable.Range(0, all.Length).Where(c => all[c] > 0).Select(c => (Class: c, Share: (double)kept[c] / all[c])).OrderBy(static pair => pair.Share).ThenBy(static pair => pair.Class).ToArray();
            terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"of its {shares.Length} classes it keeps {shares[0].Share:0.0 %} (class {shares[0].Class}) to {shares[^1].Share:0.0 %} (class {shares[^1].Class}) of the samples"));
        }

        if (manifest.DataFingerprint is null)
        {
            terminal.WriteNote("Which data the samples are of wasn't said: the file can be checked by their number alone. Name the data to have their fingerprint in it.");
        }
    }

    private static int[] OfClasses(SelectionInput input, int[]? ids)
    {
        if (input.Labels.IsEmpty)
        {
            return [];
        }

        var counts = new int[input.Classes];
        var labels = input.Labels.Span;
        for (var i = 0; i < (ids?.Length ?? labels.Length); i++)
        {
            counts[labels[ids is null ? i : ids[i]]]++;
        }

        return counts;
    }
}

/// <summary>What <c>select</c> chose, in JSON.</summary>
internal sealed record SelectSummary(string File, SubsetManifest Manifest, IReadOnlyList<ClassSelection> Classes);

/// <summary>How many samples a class has and how many of them are kept.</summary>
internal sealed record ClassSelection(int N, int K);
