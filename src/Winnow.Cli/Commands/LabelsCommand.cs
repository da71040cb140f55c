using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Winnow.Cli.Options;
using Winnow.Cli.Views;
using Winnow.Data;
using Winnow.Data.Formats;
using Winnow.Data.Subsets;
using Winnow.LabelErrors;
using Winnow.Records.Inspection;
using Winnow.Records.Labels;
using Winnow.Report.Inspection;
using Winnow.Training;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow labels</c>: looks for labels that may be wrong, by confident learning.</summary>
internal static class LabelsCommand
{
    private const int DefaultTop = 10, DefaultOnPage = 60;

    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var recipe = new RecipeOptions();
        var speed = new SpeedOptions();
        var run = new RunOptions();
        var probabilities = new Option<string?>("--probabilities") { Description = "the probability of each class of each training sample, [n, classes], by a model that wasn't trained on it; without it networks are trained here, each on all samples but those that it is asked about", HelpName = "p.npy" };
        var folds = Value.Number<int>("--folds", "how many networks are trained, each asked about an equal part of the samples [default: 5]", new(2, 1000), "5");
        var filter = Value.Choice<LabelFilter>("--filter", "which labels are taken for wrong [default: noise-rate]", [.. Filters.Select(static entry => (entry.Word, entry.Value))]);
        var rank = Value.Choice<LabelQuality>("--rank-by", "what the most doubtful label is [default: self-confidence]", ("self-confidence", LabelQuality.SelfConfidence), ("normalized-margin", LabelQuality.NormalizedMargin), ("weighted-entropy", LabelQuality.ConfidenceWeightedEntropy));
        var noise = Value.Share("--noise-share", "which share of the labels that are estimated to be wrong is looked for, by noise-rate, class and both [default: all]");
        var least = Value.Number<int>("--least-per-class", "how many samples of each class are never doubted, by noise-rate, class and both [default: 1]", new(0, int.MaxValue), "10");
        var top = Value.Number<int>("--top", $"how many are shown [default: {DefaultTop}, on a page {DefaultOnPage}]", new(1, 1000), "20");
        var output = new Option<string?>("--out", "-o") { Description = "write what is said of every label to this file, the most doubtful first", HelpName = "file.csv" };
        var html = new Option<string?>("--html") { Description = "write a page with the pictures of the doubtful samples, which opens without a server or a network", HelpName = "file" };
        var clean = new Option<string?>("--clean") { Description = "write the samples whose labels aren't doubted as a subset file, which winnow train --subset takes", HelpName = "file.npz" };
        var saved = new Option<string?>("--save-probabilities") { Description = "write the probabilities of the networks that were trained here, for another look without them", HelpName = "p.npy" };
        var seed = Value.Number<ulong>("--seed", "decides how samples are dealt to the networks, and what these draw [default: 1]", Value.Seeds, "1");
        var force = new Option<bool>("--force") { Description = "replace files that are there already" };
        var command = new Command("labels", "Look for labels that may be wrong: by networks that weren't trained on the samples they are asked about, and confident learning.");
        recipe.AddTo(command);
        speed.AddTo(command);
        foreach (var option in new Option[] { probabilities, folds, filter, rank, noise, least, top, output, html, clean, saved, seed, force })
        {
            command.Options.Add(option);
        }

        run.AddWithoutFolderTo(command);
        Help.AddTo(command, terminal,
            ("winnow labels fashion-mnist --model resnet-small --epochs 6", "five networks, and the ten most doubtful labels"),
            ("winnow labels ./photos --out labels.csv --html labels.html", "all of them, for a spreadsheet and to look at"),
            ("winnow labels fashion-mnist --probabilities p.npy --clean clean.npz", "by probabilities from elsewhere; the rest as a subset"),
            ("winnow train fashion-mnist --subset clean.npz", "train without the doubtful ones"));
        command.SetAction(parsed =>
        {
            foreach (var option in new[] { output, clean, saved })
            {
                if (parsed.GetValue(option) is { } path)
                {
                    OutputFile.Check(option.Name, path, parsed.GetValue(force));
                }
            }

            if (parsed.GetValue(html) is { } page)
            {
                OutputFile.CheckPlace(html.Name, page);
                LabelsPage.Check(page);
            }

            if (parsed.GetValue(probabilities) is not null)
            {
                UntrainedOptions.Check(parsed, [probabilities, filter, rank, noise, least, top, output, html, clean, seed, force, .. recipe.OfData]);
            }

            recipe.RefuseSubset(parsed, "labels are looked for in all samples");
            var preset = recipe.Preset(parsed, new TrainingRecipe()) as TrainingRecipe ?? throw new UsageException("--task: labels are looked for in data with classes, by the task classify; leave it out.");
            var options = new LabelIssues.Options { Filter = parsed.GetValue(filter) ?? LabelFilter.PruneByNoiseRate, RankBy = parsed.GetValue(rank) ?? LabelQuality.SelfConfidence, NoiseShare = parsed.GetValue(noise) ?? 1, LeastPerClass = parsed.GetValue(least) ?? 1 };
            if (options.Filter is not (LabelFilter.PruneByNoiseRate or LabelFilter.PruneByClass or LabelFilter.Both) && (parsed.GetValue(noise) ?? parsed.GetValue(least)) is not null)
            {
                throw new UsageException($"{(parsed.GetValue(noise) is null ? least.Name : noise.Name)} means nothing to {Word(options.Filter)}, which goes by no estimate of the noise; leave it out.");
            }

            var data = recipe.Open(parsed, preset, run.Quiet(parsed) ? null : new DecodingView(terminal.WriteNote, time).Show) as LoadedData ?? throw new UsageException($"{parsed.GetValue(RecipeOptions.Data)} holds no images or vectors with classes; name data that do.");
            var rows = parsed.GetValue(probabilities) is { } file ? SelectionOptions.Probabilities(file).AsSingles() : Train(parsed, recipe, preset, data, speed, run, parsed.GetValue(folds) ?? 5, parsed.GetValue(seed) ?? 1, terminal, time);
            var (truth, set) = recipe.TrainSet(parsed, data);
            if (parsed.GetValue(saved) is { } keep)
            {
                Npy.Write(keep, NpyArray.Create(rows.Span, set.Count, set.Classes));
            }

            var issues = LabelIssues.Find(new PredictedClasses(set.LabelsMemory, rows, set.Classes), options);
            var labels = Told(set, issues);
            var method = Method(options);
            Write(parsed.GetValue(output), parsed.GetValue(html), parsed.GetValue(clean), set, labels, issues, method, parsed.GetValue(top) ?? DefaultOnPage, parsed.GetValue(seed) ?? 1);
            Show(parsed, terminal, set, truth, labels, issues, method, parsed.GetValue(top) ?? DefaultTop);
            return ExitCode.Done;
        });
        return command;
    }

    private static (string Word, LabelFilter Value)[] Filters { get; } =
    [
        ("noise-rate", LabelFilter.PruneByNoiseRate), ("class", LabelFilter.PruneByClass), ("both", LabelFilter.Both), ("confident-learning", LabelFilter.ConfidentLearning),
        ("predicted", LabelFilter.PredictedNotGiven), ("low-margin", LabelFilter.LowNormalizedMargin), ("low-confidence", LabelFilter.LowSelfConfidence),
    ];

    private static string Word(LabelFilter filter) => Array.Find(Filters, entry => entry.Value == filter).Word;

    private static string Method(LabelIssues.Options options) => string.Create(CultureInfo.InvariantCulture, $"labels:filter={Word(options.Filter)}{(options.NoiseShare < 1 ? $",noise-share={options.NoiseShare:R}" : "")}{(options.LeastPerClass != 1 ? $",least-per-class={options.LeastPerClass}" : "")}");

    private static ReadOnlyMemory<float> Train(
        ParseResult parsed, RecipeOptions recipeOptions, TrainingRecipe preset, LoadedData data, SpeedOptions speed, RunOptions runOptions, int folds, ulong seed, Terminal terminal, TimeProvider time)
    {
        var device = runOptions.Start(parsed);
        var (recipe, _) = speed.Choose(parsed, recipeOptions.Build(parsed, data, preset), data, device, runOptions.SettledThreads(parsed), processes: 1, terminal, time);
        using var signals = new StopSignals(terminal, saves: false);
        var view = new ProgressView(terminal, time, runOptions.Quiet(parsed), folds);
        float[]? rows = null;
        view.Show(() => rows = CrossValidation.Probabilities((TrainingRecipe)recipe, data, folds, seed, device,
            fold => [view.Begin(string.Create(CultureInfo.InvariantCulture, $"part {fold + 1} of {folds}"), seed)], signals.Token));
        return rows ?? throw new OperationCanceledException();
    }

    private static DoubtfulLabel[] Told(SampleSet set, LabelIssues issues)
    {
        var places = new int?[set.Count];
        for (var k = 0; k < issues.Ids.Length; k++)
        {
            places[issues.Ids[k]] = k + 1;
        }

        return [.. Enumerable.Range(0, set.Count).Select(i => new DoubtfulLabel(i, set.Row(i), set.Labels[i], issues.Predicted[i], issues.Quality[i], places[i]))];
    }

    private static void Write(string? output, string? html, string? clean, SampleSet set, DoubtfulLabel[] labels, LabelIssues issues, string method, int top, ulong seed)
    {
        if (html is not null)
        {
            LabelsPage.Write(html, set, labels, method, top);
        }

        if (output is not null)
        {
            AtomicFile.Write(output, stream => LabelExport.WriteCsv(stream, labels.OrderBy(static label => label.Issue ?? int.MaxValue).ThenBy(static label => label.Quality).ThenBy(static label => label.Place), set.ClassNames));
        }

        if (clean is not null)
        {
            int[] kept = [.. labels.Where(static label => label.Issue is null).Select(static label => label.Place)];
            SubsetFile.Write(clean, new Subset(
                new SubsetManifest
                {
                    N = set.Count,
                    K = kept.Length,
                    Data = set.Name,
                    DataFingerprint = set.Fingerprint,
                    Method = method,
                    Keep = kept.Length.ToString(CultureInfo.InvariantCulture),
                    Seed = seed,
                    Ranked = false,
                    Version = RunDescription.Version,
                }, kept, default, kept.Select(place => issues.Quality[place]).ToArray()));
        }
    }

    private static void Show(ParseResult parsed, Terminal terminal, SampleSet set, SampleSet truth, DoubtfulLabel[] labels, LabelIssues issues, string method, int top)
    {
        var wrong = labels.Count(label => truth.Labels[label.Place] != label.Label);
        var found = issues.Ids.Count(place => truth.Labels[place] != set.Labels[place]);
        if (parsed.GetValue(RunOptions.Json))
        {
            terminal.WriteJson(new LabelSummary(set.Name, set.Fingerprint, set.Count, issues.Ids.Length, method, wrong == 0 ? null : wrong, wrong == 0 ? null : found, [.. issues.Ids.Select(place => labels[place])]), CliJson.Indented.LabelSummary);
            return;
        }

        terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{issues.Ids.Length:N0} of {set.Count:N0} labels of {set.Name} may be wrong, by {method}: candidates to be looked at, with hard samples among them."));
        if (wrong > 0)
        {
            terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{wrong:N0} labels were made wrong on purpose, and {found:N0} of them are among these."));
        }

        if (issues.Ids.Length == 0)
        {
            return;
        }

        var table = new Table().Border(TableBorder.Rounded).AddColumns("row", "label", "taken for", "fits");
        foreach (var label in issues.Ids.Take(top).Select(place => labels[place]))
        {
            table.AddRow(new[] { label.Id.ToString(CultureInfo.InvariantCulture), Name(label.Label), Name(label.Predicted), label.Quality.ToString("0.000", CultureInfo.InvariantCulture) }.Select(Markup.Escape).ToArray());
        }

        terminal.Out.Write(table);

        string Name(int c) => ShownName.Of(SampleExport.NameOrNumber(c, set.ClassNames));
    }
}

/// <summary>The labels that may be wrong, in JSON; with labels that were made wrong on purpose, how many there are and how many of them are doubted.</summary>
internal sealed record LabelSummary(string Data, string Fingerprint, int Samples, int Doubtful, string Method, int? MadeWrong, int? MadeWrongFound, IReadOnlyList<DoubtfulLabel> Labels);
