using System.CommandLine;
using System.Runtime.ExceptionServices;
using Winnow.Cli.Options;
using Winnow.Cli.Views;
using Winnow.Training;
using Winnow.Training.Comparing;
using Winnow.Training.Records;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow compare</c>: methods against full data and against equally shortened full data, over paired seeds.</summary>
internal static class CompareCommand
{
    private static readonly TrainingRecipe s_quick = new() { Model = "resnet-small", Epochs = 6 };

    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var recipe = new RecipeOptions();
        var run = new RunOptions();
        var methods = new Option<string[]>("--methods", "--method", "-m")
        {
            Description = "the methods to compare, separated by spaces",
            DefaultValueFactory = static _ => ["infobatch"],
            AllowMultipleArgumentsPerToken = true,
            HelpName = "spec ...",
        };
        var seeds = Value.Number<int>("--seeds", "runs of every arm; intervals need 3 [default: 3, with --quick 1]", "3");
        var firstSeed = Value.Number<ulong>("--first-seed", "the first seed; the others follow it [default: 1]", "1");
        var noControls = new Option<bool>("--no-controls") { Description = "leave out full data and full data shortened to each method's steps" };
        var quick = new Option<bool>("--quick") { Description = "a small network, 6 epochs and one seed: minutes instead of an hour" };
        var command = new Command("compare", "Compare methods with full data, and with full data under an equally shortened schedule, over paired seeds.");
        recipe.AddTo(command);
        foreach (var option in new Option[] { methods, seeds, firstSeed, noControls, quick })
        {
            command.Options.Add(option);
        }

        run.AddTo(command);
        Help.AddTo(command, terminal,
            ("winnow compare fashion-mnist --quick", "a first look, a few minutes on two cores"),
            ("winnow compare fashion-mnist", "ResNet-9, three seeds, with intervals"),
            ("winnow compare fashion-mnist --methods infobatch infobatch-quantile random:keep=0.7", "three methods and their controls"),
            ("winnow compare cifar10 --seeds 5 --json > result.json", "the numbers for another program"));
        command.SetAction(parsed =>
        {
            var count = parsed.GetValue(seeds) ?? (parsed.GetValue(quick) ? 1 : 3);
            if (count is < 1 or > 1000)
            {
                throw new UsageException($"--seeds {count} is not in [1, 1000]; intervals need at least 3.");
            }

            var first = parsed.GetValue(firstSeed) ?? 1;
            if (first > ulong.MaxValue - (ulong)count)
            {
                throw new UsageException($"--first-seed {first} leaves no room for {count} seeds; the last one would be above {ulong.MaxValue}.");
            }

            var arms = ComparisonPlan.Arms(parsed.GetValue(methods)!, controls: !parsed.GetValue(noControls));
            var all = Enumerable.Range(0, count).Select(k => first + (ulong)k).ToArray();
            return Compare(parsed, recipe, run, arms, all, parsed.GetValue(quick) ? s_quick : new TrainingRecipe(), terminal, time);
        });
        return command;
    }

    private static int Compare(
        ParseResult parsed, RecipeOptions recipeOptions, RunOptions runOptions, IReadOnlyList<ComparisonArm> arms, ulong[] seeds, TrainingRecipe preset, Terminal terminal, TimeProvider time)
    {
        var device = runOptions.Start(parsed);
        var data = recipeOptions.Open(parsed);
        var recipe = recipeOptions.Build(parsed, data, preset);
        var trainer = new Trainer(data, recipe, device, time);
        using var folder = runOptions.CreateFolder(parsed, "compare", time);
        using var signals = new Signals(terminal);
        if (data.Note is { } note)
        {
            terminal.WriteNote(note);
        }

        var comparison = new Comparison(trainer, arms, seeds);
        var view = new ProgressView(terminal, time, runOptions.Quiet(parsed), comparison.Runs);
        ExceptionDispatchInfo? failure = null;
        try
        {
            view.Show(() => comparison.Run(
                run => [folder.Events.For(run.Arm.Name), view.Begin(run.Arm.Name, run.Seed)],
                (run, outcome) => folder.WriteWeights(FormattableString.Invariant($"{run.Arm.Name}-seed{run.Seed}"), outcome.Weights),
                signals.Token));
        }
        catch (TrainingFailedException error)
        {
            // The seeds that were finished may have taken hours: they are saved before the failure is told.
            failure = ExceptionDispatchInfo.Capture(error);
        }

        var results = comparison.Results();
        var result = new ComparisonResult
        {
            Data = data.Train.Name,
            Model = recipe.Model,
            Epochs = recipe.Epochs,
            Arms = results,
            Interrupted = comparison.Interrupted,
            Notes = Findings.Of(results),
            Parameters = trainer.Parameters,
            Dataset = RunDescription.Data(data),
            Recipe = recipe,
            Environment = RunDescription.Environment(device),
            Run = folder.Path,
        };
        folder.WriteResult(result, RunJson.Indented.ComparisonResult);
        failure?.Throw();
        if (parsed.GetValue(RunOptions.Json))
        {
            terminal.WriteJson(result, RunJson.Indented.ComparisonResult);
        }
        else
        {
            ComparisonTable.Write(terminal, result);
        }

        return comparison.Interrupted ? ExitCode.Interrupted : ExitCode.Done;
    }
}
