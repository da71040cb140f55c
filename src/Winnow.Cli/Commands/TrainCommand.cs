using System.CommandLine;
using Winnow.Cli.Options;
using Winnow.Cli.Views;
using Winnow.Policies;
using Winnow.Training;
using Winnow.Training.Records;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow train</c>: one run of one method.</summary>
internal static class TrainCommand
{
    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var recipe = new RecipeOptions();
        var run = new RunOptions();
        var resume = new ResumeOption();
        var method = new Option<string>("--method", "-m") { Description = "what chooses the samples of each epoch, as in infobatch:keep=0.3 or, with a modifier, infobatch+max-age:epochs=4; winnow methods lists them", DefaultValueFactory = static _ => "infobatch", HelpName = "spec" };
        var save = SaveOption.Create("the method");
        var seed = Value.Number<ulong>("--seed", "decides initial weights, order, draws and augmentation [default: 1]", "1");
        var command = new Command("train", "Train a model once, visiting in each epoch the samples that a method chooses.");
        recipe.AddTo(command);
        command.Options.Add(method);
        command.Options.Add(save);
        command.Options.Add(seed);
        run.AddTo(command);
        resume.AddTo(command);
        Help.AddTo(command, terminal,
            ("winnow train fashion-mnist", "InfoBatch, ResNet-9, 8 epochs"),
            ("winnow train fashion-mnist --method full --seed 7", "the same without pruning, from another seed"),
            ("winnow train fashion-mnist --save 30%", "the same, steered to save 30 % of all visits"),
            ("winnow train cifar10 --model resnet18 --epochs 30 --augment flip,crop=4,cutout=8", "a larger network, images varied more"),
            ("winnow train ./my-table --method infobatch:keep=0.3 --json", "a folder with x.npy and y.npy; the result as JSON"),
            ("winnow train cifar10 --run runs/a --checkpoint-every 60s", "lose at most a minute, whatever happens"),
            ("winnow train --resume runs/a", "go on after a crash or Ctrl-C, within the epoch, to the same bits"));
        command.SetAction(parsed => resume.Folder(parsed) is { } folder
            ? Resume(parsed, folder, run, resume, terminal, time)
            : Begin(parsed, recipe, run, resume, SaveOption.Apply(parsed.GetValue(method)!, parsed.GetValue(save)), parsed.GetValue(seed) ?? 1, terminal, time));
        return command;
    }

    private static int Begin(ParseResult parsed, RecipeOptions recipeOptions, RunOptions runOptions, ResumeOption resume, string method, ulong seed, Terminal terminal, TimeProvider time)
    {
        var canonical = PolicyCatalog.Canonical(method);
        var (every, kept) = (resume.Every(parsed), resume.Kept(parsed));
        var device = runOptions.Start(parsed);
        var data = recipeOptions.Open(parsed);
        var recipe = recipeOptions.Build(parsed, data, new TrainingRecipe());
        var trainer = new Trainer(data, recipe, device, time);
        SaveOption.CheckReachable(canonical, trainer.Data, recipe.Epochs);
        var (place, limit) = recipeOptions.Place(parsed);
        var plan = new RunPlan
        {
            Kind = "train",
            Data = place,
            Limit = limit,
            Dataset = RunDescription.Data(trainer.Data),
            Recipe = recipe,
            Method = canonical,
            Seeds = [seed],
            CheckpointEvery = every,
            Checkpoints = kept,
            Environment = RunDescription.Environment(device),
        };
        using var folder = runOptions.CreateFolder(parsed, "train", time);
        folder.Begin(plan);
        if (data.Note is { } note)
        {
            terminal.WriteNote(note);
        }

        foreach (var warning in RecipeNotes.Of(recipe, canonical))
        {
            terminal.WriteNote(warning.Text);
        }

        return Train(parsed, plan, trainer, folder, runOptions, terminal, time);
    }

    private static int Resume(ParseResult parsed, string path, RunOptions runOptions, ResumeOption resume, Terminal terminal, TimeProvider time)
    {
        using var folder = ResumeOption.Open(path, "train", out var begun, time);
        if (folder.ReadResult(RunJson.Indented.TrainingResult) is { Interrupted: false } result)
        {
            folder.DiscardCheckpoints();
            terminal.WriteNote($"The run in {path} has come to its end already; this is its result.");
            return Show(parsed, terminal, result, ReportCommand.WriteInto(folder.Path, terminal));
        }

        var (plan, trainer) = resume.Continue(parsed, begun, terminal, time);
        return Train(parsed, plan, trainer, folder, runOptions, terminal, time);
    }

    private static int Train(ParseResult parsed, RunPlan plan, Trainer trainer, RunFolder folder, RunOptions runOptions, Terminal terminal, TimeProvider time)
    {
        var (recipe, method, seed) = (plan.Recipe, plan.Method!, plan.Seeds[0]);
        using var signals = new Signals(terminal);
        var asked = PolicyCatalog.Parse(method).Save;
        TrainingOutcome outcome = null!;
        var view = new ProgressView(terminal, time, runOptions.Quiet(parsed), total: 1);
        var checkpoints = folder.Checkpoints("", plan, eventsBefore: 0, terminal.WriteNote);
        view.Show(() => outcome = trainer.Run(
            new TrainingRequest { Method = method, Seed = seed }, [folder.Events.For(method), view.Begin(method, seed, asked)], checkpoints, signals.Token));
        folder.WriteWeights("weights", outcome.Weights);
        var result = new TrainingResult
        {
            Data = trainer.Data.Train.Name,
            Dataset = RunDescription.Data(trainer.Data),
            Model = recipe.Model,
            Parameters = trainer.Parameters,
            Epochs = recipe.Epochs,
            Method = outcome.Method,
            Seed = seed,
            Accuracy = outcome.Accuracy,
            TestLoss = outcome.TestLoss,
            Visited = outcome.Visited,
            Steps = outcome.Steps,
            Saved = outcome.Interrupted ? null : new Saved
            {
                Samples = 1 - ((double)outcome.Visited / outcome.FullVisits),
                Steps = 1 - ((double)outcome.Steps / outcome.FullSteps),
            },
            Seconds = outcome.Seconds,
            OverheadShare = outcome.Seconds.OverheadShare,
            History = outcome.History,
            WeightsSha256 = outcome.WeightsSha256(),
            Interrupted = outcome.Interrupted,
            Recipe = recipe,
            Environment = plan.Environment,
            Run = folder.Path,
        }.With(outcome);
        folder.WriteResult(result, RunJson.Indented.TrainingResult);
        if (!result.Interrupted)
        {
            folder.DiscardCheckpoints();
        }

        return Show(parsed, terminal, result, ReportCommand.WriteInto(folder.Path, terminal));
    }

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
