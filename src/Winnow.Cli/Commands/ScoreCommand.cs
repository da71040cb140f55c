using System.CommandLine;
using Winnow.Cli.Options;
using Winnow.Cli.Views;
using Winnow.Data;
using Winnow.Data.Scores;
using Winnow.Records;
using Winnow.Records.Inspection;
using Winnow.Scores;
using Winnow.Training;
using Winnow.Training.Tasks.Classification;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow score</c>: a number a sample, out of trainings of its own, of another trainer's outputs, or of a run that was recorded.</summary>
internal static class ScoreCommand
{
    private const string Verb = "score";

    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var recipe = new RecipeOptions();
        var speed = new SpeedOptions();
        var run = new RunOptions();
        var scores = new ScoreOptions();
        var resume = new ResumeOption();
        var seed = Value.Number<ulong>("--seed", "from which the seeds of the trainings are derived [default: 1]", Value.Seeds, "1");
        var command = new Command(Verb, "Score every training sample: how hard, how certain, how likely mislabelled it is.");
        recipe.AddTo(command);
        scores.AddTo(command);
        speed.AddTo(command);
        command.Options.Add(seed);
        run.AddTo(command);
        resume.AddTo(command, scores.FromFiles);
        Help.AddTo(command, terminal,
            ("winnow score fashion-mnist --scores el2n forgetting aum --out scores.npz", "three scores of one training"),
            ("winnow score fashion-mnist --scores el2n:epochs=2,runs=3", "one of three short trainings; the file is in the run folder"),
            ("winnow score cifar10 --scores forgetting --model resnet18 --epochs 30", "with whatever recipe train takes"),
            ("winnow score --resume runs/score-cifar10-20261127-120000", "go on after a crash or Ctrl-C, to the same bits"),
            ("winnow score --from-probabilities 'p-*.npy' --labels y.npy --scores aum forgetting --out scores.npz", "of a trainer in Python, which wrote a file an epoch"),
            ("winnow score --from-run runs/a --scores forgetting correctness --out scores.npz", "of what train has recorded"),
            ("python3 -c \"import numpy; print(numpy.load('scores.npz')['el2n'])\"", "read them"));
        command.SetAction(parsed =>
        {
            if (resume.Folder(parsed) is { } folder)
            {
                return Resume(parsed, folder, run, resume, terminal, time);
            }

            scores.CheckGiven(parsed, recipe);
            var (specs, output) = (scores.Specs(parsed), scores.Out(parsed));
            return scores.FromRun(parsed) is { } recorded ? FromRun(parsed, recorded, specs, output!, terminal, time)
                : scores.Outputs(parsed) is { } outputs ? FromOutputs(parsed, outputs, scores, recipe, specs, output!, run, terminal, time)
                : Begin(parsed, recipe, speed, run, resume, specs, scores.Runs(parsed), output, parsed.GetValue(seed) ?? 1, terminal, time);
        });
        return command;
    }

    private static int Begin(ParseResult parsed, RecipeOptions recipeOptions, SpeedOptions speed, RunOptions runOptions, ResumeOption resume, IReadOnlyList<string> specs, int runs, string? output, ulong seed, Terminal terminal, TimeProvider time)
    {
        var saving = (resume.Every(parsed), resume.Kept(parsed));
        var device = runOptions.Start(parsed);
        var preset = recipeOptions.Preset(parsed, new TrainingRecipe());
        preset = preset with { Epochs = Math.Max(preset.Epochs, ScoreRuns.LeastEpochs(specs)) };
        var data = recipeOptions.Open(parsed, preset, runOptions.Quiet(parsed) ? null : new DecodingView(terminal.WriteNote, time).Show);
        var (recipe, probe) = speed.Choose(parsed, recipeOptions.Build(parsed, data, preset), data, device, runOptions.SettledThreads(parsed), processes: 1, terminal, time);
        var trainer = recipe.CreateTrainer(data, device, time);
        var planned = new ScoreRuns(trainer, specs, seed, runs);
        var plan = recipeOptions.Plan(parsed, Verb, data, recipe, trainer, [seed], saving, probe) with { Scores = new ScoreRequest(specs, runs, output) };
        using var folder = runOptions.CreateFolder(parsed, Verb, time, terminal.WriteNote);
        folder.Begin(plan);
        foreach (var note in trainer.Notes.Prepend(data.Note).Concat(planned.Notes).OfType<string>())
        {
            terminal.WriteNote(note);
        }

        return Train(parsed, plan, trainer, planned, folder, runOptions, terminal, time);
    }

    private static int Resume(ParseResult parsed, string path, RunOptions runOptions, ResumeOption resume, Terminal terminal, TimeProvider time)
    {
        using var folder = ResumeOption.Open(path, Verb, out var begun, time, terminal.WriteNote);
        var asked = begun.Scores ?? throw new RunFolderException($"\"{path}\" doesn't say what was to be scored; begin anew.") { BeforeStart = true };
        if (File.Exists(ResultOf(folder)))
        {
            terminal.WriteNote($"The scores in {path} are made already; these are they.");
            return Show(parsed, terminal, ScoreFile.Read(ResultOf(folder)), ResultOf(folder));
        }

        var (plan, trainer) = resume.Continue(parsed, begun, time, terminal.WriteNote);
        return Train(parsed, plan, trainer, new ScoreRuns(trainer, asked.Specs, begun.Seeds[0], asked.Runs), folder, runOptions, terminal, time);
    }

    private static int Train(ParseResult parsed, RunPlan plan, Trainer trainer, ScoreRuns runs, RunFolder folder, RunOptions runOptions, Terminal terminal, TimeProvider time)
    {
        var began = time.GetTimestamp();
        using var signals = new StopSignals(terminal);
        var view = new ProgressView(terminal, time, runOptions.Quiet(parsed), runs.Count);
        var (means, seconds, interrupted) = (new ScoreMeans(), 0.0, false);
        view.Show(() =>
        {
            for (var run = 0; run < runs.Count && !interrupted; run++)
            {
                var name = $"run-{run + 1}";
                var done = folder.CheckpointsOf(name) + ".npz";
                if (File.Exists(done))
                {
                    var earlier = ScoreFile.Read(done);
                    seconds += earlier.Manifest.Seconds;
                    means.Add(earlier.Scores);
                    view.Skip();
                    continue;
                }

                var request = runs.Request(run);
                var checkpoints = folder.Checkpoints(name, plan, eventsBefore: 0, terminal.WriteNote);
                var outcome = trainer.Run(request, [view.Begin(Verb, request.Seed, share: (double)request.Until!.Value / trainer.Settings.Epochs)], checkpoints, stop: signals.Token);
                interrupted = outcome.Interrupted;
                if (!interrupted)
                {
                    seconds += outcome.Seconds.Total;
                    foreach (var score in outcome.Scores)
                    {
                        // A run that came to its end without a number is its own failure, not the input's.
                        score.Check();
                    }

                    means.Add(outcome.Scores);
                    if (run + 1 < runs.Count)
                    {
                        Directory.CreateDirectory(Path.GetDirectoryName(done)!);
                        FileOf(trainer, plan, outcome.Scores, request.Seed, outcome.Seconds.Total).Write(done);
                        checkpoints.Discard();
                    }
                }
            }
        });
        if (interrupted)
        {
            terminal.WriteNote($"Interrupted; winnow score --resume {folder.Path} goes on from there.");
            return ExitCode.Interrupted;
        }

        var file = FileOf(trainer, plan, means.Means(), plan.Seeds[0], seconds > 0 ? seconds : time.GetElapsedTime(began).TotalSeconds);
        file.Write(ResultOf(folder));
        if (plan.Scores!.Out is { } output)
        {
            file.Write(output);
        }

        folder.DiscardCheckpoints();
        return Show(parsed, terminal, file, [ResultOf(folder), .. plan.Scores.Out is { } also ? [also] : Array.Empty<string>()]);
    }

    private static int FromOutputs(ParseResult parsed, (OutputForm Form, IReadOnlyList<string> Files) outputs, ScoreOptions scores, RecipeOptions recipeOptions, IReadOnlyList<string> specs, string output, RunOptions runOptions, Terminal terminal, TimeProvider time)
    {
        var began = time.GetTimestamp();
        var train = parsed.GetValue(RecipeOptions.Data) is null ? null : recipeOptions.TrainSet(parsed, progress: null).Train;
        var labels = scores.Labels(parsed, train?.LabelsMemory);
        using var signals = new StopSignals(terminal, saves: false);
        try
        {
            var made = OutputScores.Make(outputs.Files, outputs.Form, labels, [.. specs.Select(ScoreCatalog.Parse)], done =>
            {
                if (!runOptions.Quiet(parsed))
                {
                    var left = time.GetElapsedTime(began) / done * (outputs.Files.Count - done);
                    terminal.WriteProgress(FormattableString.Invariant($"{outputs.Files[done - 1]}  epoch {done}/{outputs.Files.Count}  ETA {left.TotalSeconds:0} s"));
                }
            }, signals.Token);
            var manifest = Manifest(outputs.Form == OutputForm.Logits ? "logits" : "probabilities", outputs.Files.Count, made[0].Values.Length, time.GetElapsedTime(began).TotalSeconds);
            var file = new ScoreFile(manifest with { Data = train?.Name, Fingerprint = train?.Fingerprint }, made, train is null ? default : Rows(train));
            file.Write(output);
            return Show(parsed, terminal, file, output);
        }
        catch (ScoreException error)
        {
            // What is missing is in the files that were given.
            throw new UsageException(error.Message);
        }
    }

    private static int FromRun(ParseResult parsed, string path, IReadOnlyList<string> specs, string output, Terminal terminal, TimeProvider time)
    {
        var began = time.GetTimestamp();
        if (parsed.GetValue(RecipeOptions.Data) is { } data)
        {
            throw new UsageException($"{data} can't be given with --from-run, whose data are those of the run; leave it out.");
        }

        // What was made beside the training is there; the rest, its record may tell.
        var there = File.Exists(Path.Combine(path, ScoreOptions.FileName)) ? ScoreFile.Read(Path.Combine(path, ScoreOptions.FileName)) : null;
        string[] rest = [.. specs.Where(spec => there?.Scores.Any(score => score.Spec == spec) != true)];
        var file = rest.Length == 0 ? new ScoreFile(there!.Manifest, [.. specs.Select(there.Find)], there.Ids) : OfRecord(path, rest, time, began);
        if (rest.Length > 0 && rest.Length < specs.Count)
        {
            there!.RequireData(path, file.Count, file.Manifest.Fingerprint);
            file = new ScoreFile(there.Manifest, [.. specs.Select(spec => rest.Contains(spec) ? file.Find(spec) : there.Find(spec))], file.Ids);
        }

        file.Write(output);
        return Show(parsed, terminal, file, output);
    }

    /// <summary>Scores of what a run has recorded of its visits.</summary>
    private static ScoreFile OfRecord(string path, IReadOnlyList<string> specs, TimeProvider time, long began)
    {
        ISampleScore[] scores = [.. specs.Select(ScoreCatalog.Parse)];
        var plan = RunPlan.Of(path);
        if (plan.Kind == Verb)
        {
            throw new UsageException($"{path} holds {(File.Exists(Path.Combine(path, ScoreOptions.FileName)) ? $"no score {string.Join(" or ", specs)}; it was made for {string.Join(" ", plan.Scores?.Specs ?? [])}" : $"no scores yet; winnow score --resume {path} goes on with it")}.");
        }

        var run = InspectedRun.Open(path, plan: plan);
        try
        {
            var made = HistoryScores.Make(run.History, scores);
            var manifest = Manifest("run", run.History.Epochs, run.History.Count, time.GetElapsedTime(began).TotalSeconds);
            return new ScoreFile(
                manifest with { Data = run.Plan.Dataset.Name, Fingerprint = run.Plan.Dataset.Fingerprint, Seed = run.Plan.Seeds[0] },
                made,
                Array.ConvertAll([.. Enumerable.Range(0, run.History.Count)], place => (long)run.History.IdOf(place)));
        }
        catch (ScoreException error)
        {
            throw new UsageException($"{path}: {error.Message}");
        }
    }

    /// <summary>Writes the scores that were made beside a training into its folder; those that are none of a sample are told and left out.</summary>
    public static void WriteBeside(RunFolder folder, RunPlan plan, Trainer trainer, TrainingOutcome outcome, Terminal terminal)
    {
        var whole = new List<ScoreValues>();
        foreach (var score in outcome.Scores)
        {
            try
            {
                score.Check();
                whole.Add(score);
            }
            catch (ScoreException error)
            {
                terminal.WriteNote($"{error.Message} The score is left out.");
            }
        }

        if (whole.Count > 0)
        {
            FileOf(trainer, plan, whole, plan.Seeds[0], outcome.Seconds.Total).Write(ResultOf(folder));
        }
    }

    private static string ResultOf(RunFolder folder) => Path.Combine(folder.Path, ScoreOptions.FileName);

    private static ScoreFile FileOf(Trainer trainer, RunPlan plan, IReadOnlyList<ScoreValues> scores, ulong seed, double seconds)
    {
        var manifest = Manifest("training", trainer.Settings.Epochs, trainer.Task.Dataset.Train, seconds);
        return new ScoreFile(
            manifest with { Data = plan.Dataset.Name, Fingerprint = plan.Dataset.Fingerprint, Seed = seed },
            scores,
            trainer.Task is ClassificationTask { Data.Train: var train } ? Rows(train) : default);
    }

    private static ScoreManifest Manifest(string source, int epochs, int count, double seconds) =>
        new() { Winnow = RunDescription.Version, Count = count, Source = source, Epochs = epochs, Seconds = Math.Round(seconds, 3), Scores = [] };

    private static long[] Rows(SampleSet samples) => Array.ConvertAll([.. Enumerable.Range(0, samples.Count)], place => (long)samples.Row(place));

    private static int Show(ParseResult parsed, Terminal terminal, ScoreFile file, params IReadOnlyList<string> paths)
    {
        var summary = ScoreSummary.Of(file, paths);
        if (parsed.GetValue(RunOptions.Json))
        {
            terminal.WriteJson(summary, CliJson.Indented.ScoreSummary);
        }
        else
        {
            ScoreTable.Write(terminal, summary);
        }

        return ExitCode.Done;
    }
}
