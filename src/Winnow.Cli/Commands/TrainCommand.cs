using System.CommandLine;
using System.Text.Json;
using Winnow.Cli.Options;
using Winnow.Cli.Views;
using Winnow.Policies;
using Winnow.Records;
using Winnow.Report;
using Winnow.Torch.Distributed;
using Winnow.Training;
using Winnow.Training.Tasks.Classification;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow train</c>: one run of one method.</summary>
internal static class TrainCommand
{
    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var recipe = new RecipeOptions();
        var speed = new SpeedOptions();
        var run = new RunOptions();
        var processes = new ProcessOptions();
        var samples = new SampleOptions(byDefault: true);
        var resume = new ResumeOption();
        var method = new Option<string>("--method", "-m") { Description = "what chooses the samples of each epoch, as in infobatch:keep=0.3 or, with a modifier, infobatch+max-age:epochs=4; winnow methods lists them", DefaultValueFactory = static _ => "infobatch", HelpName = "spec" };
        var save = SaveOption.Create("the method");
        var scores = Value.List("--scores", "scores to make of the training samples beside, into scores.npz of the run folder, as in aum forgetting; winnow score --help lists them. Those that go by visits see the visits that the method makes", "spec ...");
        var seed = Value.Number<ulong>("--seed", "decides initial weights, order, draws and augmentation [default: 1]", Value.Seeds, "1");
        var command = new Command("train", "Train a model once, visiting in each epoch the samples that a method chooses.");
        recipe.AddTo(command);
        speed.AddTo(command);
        command.Options.Add(method);
        command.Options.Add(save);
        command.Options.Add(scores);
        command.Options.Add(seed);
        run.AddTo(command);
        processes.AddTo(command);
        samples.AddTo(command);
        resume.AddTo(command);
        Help.AddTo(command, terminal,
            ("winnow train fashion-mnist", "InfoBatch, ResNet-9, 8 epochs"),
            ("winnow train fashion-mnist --method full --seed 7", "the same without pruning, from another seed"),
            ("winnow train fashion-mnist --save 30%", "the same, steered to save 30 % of all visits"),
            ("winnow train cifar10 --model resnet18 --epochs 30 --augment flip,crop=4,cutout=8", "a larger network, images varied more"),
            ("winnow train fashion-mnist --method full --scores aum forgetting", "scores of the samples beside the training, in scores.npz of the run folder"),
            ("winnow train ./photos --model net.pt", "a network of your own, from torch.jit.script(model).save(\"net.pt\") in Python"),
            ("winnow train fashion-mnist --weights runs/a/weights/weights.safetensors", "go on from trained weights, as a new run"),
            ("winnow train fashion-mnist --processes 2", "two processes, each on half of every batch"),
            ("winnow train ./photos --image-size 96 --skip-corrupt", "pictures, in a sub-folder a class; those that are damaged left out"),
            ("winnow train ./texts --task generate --context 128", "a language model; then runs/a/weights/weights is a folder as Hugging Face's"),
            ("winnow train tuning.jsonl --task generate --weights runs/a/weights/weights", "tune it on prompts with answers"),
            ("winnow train ./my-table --method infobatch:keep=0.3 --json", "a folder with x.npy and y.npy; the result as JSON"),
            ("winnow train cifar10 --run runs/a --checkpoint-every 60s", "lose at most a minute, whatever happens"),
            ("winnow train --resume runs/a", "go on after a crash or Ctrl-C, within the epoch, to the same bits"),
            ("winnow train --resume runs/a --processes 4", "the same in another number of processes: other last bits"));
        command.SetAction(parsed => resume.Folder(parsed) is { } folder
            ? Resume(parsed, folder, run, processes, resume, terminal, time)
            : Begin(parsed, recipe, speed, run, processes, samples, resume, SaveOption.Apply(parsed.GetValue(method)!, parsed.GetValue(save)), ScoreOptions.Canonical(parsed.GetValue(scores) ?? []), parsed.GetValue(seed) ?? 1, terminal, time));
        return command;
    }

    private static int Begin(ParseResult parsed, RecipeOptions recipeOptions, SpeedOptions speed, RunOptions runOptions, ProcessOptions processOptions, SampleOptions samples, ResumeOption resume, string method, IReadOnlyList<string> scores, ulong seed, Terminal terminal, TimeProvider time)
    {
        var canonical = PolicyCatalog.Canonical(method);
        var saving = (resume.Every(parsed), resume.Kept(parsed));
        var place = processOptions.Place(parsed);
        var device = runOptions.Start(parsed, place);
        var preset = recipeOptions.Preset(parsed, new TrainingRecipe());
        var data = recipeOptions.Open(parsed, preset, place is { Rank: > 0 } || runOptions.Quiet(parsed) ? null : new DecodingView(terminal.WriteNote, time).Show);
        var (recipe, probe) = speed.Choose(parsed, recipeOptions.Build(parsed, data, preset), data, device, runOptions.SettledThreads(parsed), place?.Size ?? 1, terminal, time);
        var trainer = recipe.CreateTrainer(data, device, time);
        SaveOption.CheckReachable(canonical, trainer.Task, recipe.Epochs);
        ProcessOptions.Check(place, recipe.BatchSize);
        var recorded = samples.Recorded(parsed, recipe.Epochs, trainer.Task);
        var request = new TrainingRequest { Method = canonical, Seed = seed, Scores = scores };
        trainer.Check(request);
        using var ranks = new RankedRun(place, processOptions.Timeout(parsed), RunDescription.Agreement(trainer, request), terminal);
        return ranks.Do(() =>
        {
            if (!ranks.Leads)
            {
                return Follow(trainer, request, ranks, terminal);
            }

            string[] told = [.. trainer.Notes, .. RecipeNotes.Of(recipe, canonical, trainer.Normalises).Select(static warning => warning.Text)];
            var plan = recipeOptions.Plan(parsed, "train", data, recipe, trainer, [seed], saving, probe, place) with
            {
                Notes = told,
                Method = canonical,
                Samples = recorded,
                Scores = scores.Count > 0 ? new ScoreRequest(scores, Runs: 1, Out: null) : null,
            };
            using var folder = runOptions.CreateFolder(parsed, "train", time, terminal.WriteNote);
            folder.Begin(plan);
            foreach (var note in told.Prepend(data.Note).OfType<string>())
            {
                terminal.WriteNote(note);
            }

            return Lead(parsed, plan, trainer, folder, ranks, runOptions, terminal, time);
        });
    }

    private static int Resume(ParseResult parsed, string path, RunOptions runOptions, ProcessOptions processOptions, ResumeOption resume, Terminal terminal, TimeProvider time)
    {
        if (processOptions.Place(parsed) is { Rank: > 0 } follower)
        {
            return FollowOn(parsed, follower, processOptions, resume, terminal, time);
        }

        using var folder = ResumeOption.Open(path, "train", out var begun, time, terminal.WriteNote);
        if (folder.ReadResult(RunJson.Indented.TrainingResult) is { Interrupted: false } result)
        {
            Dismiss(processOptions.Place(parsed), processOptions.Timeout(parsed), terminal);
            folder.DiscardCheckpoints();
            terminal.WriteNote($"The run in {path} has come to its end already; this is its result.");
            return Show(parsed, terminal, result, ReportCommand.WriteInto(folder.Path, terminal, new RunAtHand(begun, Samples: null)));
        }

        var place = processOptions.Place(parsed, begun.Environment.Processes);
        var (plan, trainer) = resume.Continue(parsed, begun, time, terminal.WriteNote, place);
        ProcessOptions.Check(place, trainer.Settings.BatchSize);
        using var ranks = new RankedRun(place, processOptions.Timeout(parsed), RunDescription.AgreementToGoOn, terminal);
        return ranks.Do(() =>
        {
            ranks.FromLeader(JsonSerializer.Serialize(begun, RunJson.Line.RunPlan));
            return Lead(parsed, plan, trainer, folder, ranks, runOptions, terminal, time);
        });
    }

    /// <summary>A rank of a run that goes on. Only rank 0 needs the run's folder: it tells the others what was begun.</summary>
    private static int FollowOn(ParseResult parsed, RankEnvironment place, ProcessOptions processOptions, ResumeOption resume, Terminal terminal, TimeProvider time)
    {
        using var ranks = new RankedRun(place, processOptions.Timeout(parsed), RunDescription.AgreementToGoOn, terminal);
        return ranks.Do(() =>
        {
            var text = ranks.FromLeader("");
            if (text.Length == 0)
            {
                return ExitCode.Done;
            }

            var (plan, trainer) = resume.Continue(parsed, JsonSerializer.Deserialize(text, RunJson.Line.RunPlan)!, time, note: static _ => { }, place);
            return Follow(trainer, RequestOf(plan), ranks, terminal);
        });
    }

    /// <summary>Lets ranks that a launcher has started go: there is nothing left to do.</summary>
    private static void Dismiss(RankEnvironment? place, TimeSpan timeout, Terminal terminal)
    {
        if (place is { Port: > 0 })
        {
            using var ranks = new RankedRun(place, timeout, RunDescription.AgreementToGoOn, terminal);
            _ = ranks.Do(() => ranks.FromLeader("").Length);
        }
    }

    /// <summary>A rank that another leads: it computes, and leaves all words and files to that one.</summary>
    private static int Follow(Trainer trainer, TrainingRequest request, RankedRun ranks, Terminal terminal)
    {
        using var signals = new StopSignals(terminal, quiet: true);
        return trainer.Run(request, [], null, ranks.Group, signals.Token).Interrupted ? ExitCode.Interrupted : ExitCode.Done;
    }

    private static int Lead(ParseResult parsed, RunPlan plan, Trainer trainer, RunFolder folder, RankedRun ranks, RunOptions runOptions, Terminal terminal, TimeProvider time)
    {
        using var signals = new StopSignals(terminal);
        var result = Run(plan, trainer, folder, ranks.Group, runOptions.Quiet(parsed), terminal, time, signals.Token);
        return Show(parsed, terminal, result, ReportCommand.WriteInto(folder.Path, terminal, new RunAtHand(plan, (trainer.Task as ClassificationTask)?.Data.Train)));
    }

    /// <summary>Trains in a folder that was begun, as its plan says, and leaves weights and result there; checkpoints where it was stopped.</summary>
    /// <param name="plan">What the folder was begun with.</param>
    /// <param name="trainer">On the plan's data, by its recipe.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="group">The processes that train together; null for one alone.</param>
    /// <param name="quiet">Whether no progress is shown.</param>
    /// <param name="terminal">Where it is shown.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stop">Stops after a step.</param>
    public static TrainingResult Run(RunPlan plan, Trainer trainer, RunFolder folder, ProcessGroup? group, bool quiet, Terminal terminal, TimeProvider time, CancellationToken stop)
    {
        var method = plan.Method!;
        var request = RequestOf(plan);
        var checkpoints = folder.Checkpoints("", plan, eventsBefore: 0, terminal.WriteNote);
        var asked = PolicyCatalog.Parse(method).Save;
        TrainingOutcome outcome = null!;
        var view = new ProgressView(terminal, time, quiet, total: 1);
        try
        {
            // The recorders before the events: an epoch that they tell of is recorded.
            view.Show(() => outcome = trainer.Run(request, [.. folder.Recorders("", plan, trainer.Task, terminal.WriteNote), folder.Events.For(method), view.Begin(method, request.Seed, asked)], checkpoints, group, stop));
        }
        catch (RankLostException error)
        {
            throw new RankLostException(error.Rank, $"{error.Message} winnow train --resume {folder.Path} goes on from {checkpoints.Newest}, with as many --processes as you like.", error);
        }

        folder.WriteWeights("weights", outcome.Weights, trainer.Task);
        folder.WriteMasks("weights", outcome.Masks);
        var result = new TrainingResult(outcome)
        {
            Data = trainer.Task.Dataset.Name,
            Dataset = trainer.Task.Dataset,
            Model = trainer.Task.ModelName,
            Parameters = trainer.Parameters,
            Epochs = trainer.Settings.Epochs,
            Method = outcome.Method,
            Seed = request.Seed,
            Saved = outcome.Interrupted ? null : outcome.Saved,
            OverheadShare = outcome.Seconds.OverheadShare,
            History = outcome.History,
            WeightsSha256 = outcome.WeightsSha256(),
            Recipe = plan.Recipe,
            Environment = plan.Environment,
            Run = folder.Path,
        };
        ScoreCommand.WriteBeside(folder, plan, trainer, outcome, terminal);
        folder.WriteResult(result, RunJson.Indented.TrainingResult);
        if (!result.Interrupted)
        {
            folder.DiscardCheckpoints();
        }

        return result;
    }

    private static TrainingRequest RequestOf(RunPlan plan) => new() { Method = plan.Method!, Seed = plan.Seeds[0], Scores = plan.Scores?.Specs ?? [] };

    private static int Show(ParseResult parsed, Terminal terminal, TrainingResult result, string? report)
    {
        if (parsed.GetValue(RunOptions.Json))
        {
            terminal.WriteJson(result, RunJson.Indented.TrainingResult);
        }
        else
        {
            TrainingTable.Write(terminal, result, PolicyCatalog.Parse(result.Method).Save, report);
        }

        return result.Interrupted ? ExitCode.Interrupted : ExitCode.Done;
    }
}
