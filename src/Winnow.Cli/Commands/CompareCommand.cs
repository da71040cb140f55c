using System.CommandLine;
using System.Runtime.ExceptionServices;
using Winnow.Cli.Options;
using Winnow.Cli.Views;
using Winnow.Policies;
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
        var options = new CompareOptions();
        var command = new Command("compare", "Compare methods with full data, and with full data under an equally shortened schedule, over paired seeds.");
        recipe.AddTo(command);
        options.AddTo(command);
        run.AddTo(command);
        Help.AddTo(command, terminal,
            ("winnow compare fashion-mnist --quick", "a first look, a few minutes on two cores"),
            ("winnow compare fashion-mnist", "ResNet-9, three seeds, with intervals"),
            ("winnow compare fashion-mnist --methods infobatch infobatch-quantile random:keep=0.7", "three methods and their controls"),
            ("winnow compare fashion-mnist --save 30% --controls all --ablate weights", "saving 30 % of the visits, held against every control, with and without the weights"),
            ("winnow compare fashion-mnist --seeds 5 --margin 0.3 --targets 0.92 0.93", "is it shown that at most 0.3 points are lost, and how soon is 93 % reached"),
            ("winnow compare cifar10 --seeds 5 --json > result.json", "the numbers for another program"));
        command.SetAction(parsed => Compare(parsed, recipe, run, options, terminal, time));
        return command;
    }

    private static int Compare(ParseResult parsed, RecipeOptions recipeOptions, RunOptions runOptions, CompareOptions options, Terminal terminal, TimeProvider time)
    {
        var seeds = options.Seeds(parsed);
        var told = new List<string>();
        var arms = options.Arms(parsed, told);
        var margin = options.Margin(parsed, seeds.Length);
        var targets = options.Targets(parsed);
        var preset = options.Quick(parsed) ? s_quick : new TrainingRecipe();
        var device = runOptions.Start(parsed);
        var data = recipeOptions.Open(parsed);
        var recipe = recipeOptions.Build(parsed, data, preset);
        var trainer = new Trainer(data, recipe, device, time);
        foreach (var arm in arms.Where(static arm => arm.Kind is ArmKind.Method or ArmKind.WithoutAnnealing))
        {
            SaveOption.CheckReachable(arm.Method, trainer.Data, recipe.Epochs);
        }

        told.AddRange(Warnings(recipe, arms));
        using var folder = runOptions.CreateFolder(parsed, "compare", time);
        using var signals = new Signals(terminal);
        foreach (var note in told.Prepend(data.Note).OfType<string>())
        {
            terminal.WriteNote(note);
        }

        var comparison = new Comparison(trainer, arms, seeds, targets);
        var view = new ProgressView(terminal, time, runOptions.Quiet(parsed), comparison.Runs);
        ExceptionDispatchInfo? failure = null;
        try
        {
            view.Show(() => comparison.Run(
                run => [folder.Events.For(run.Arm.Name), view.Begin(run.Arm.Name, run.Seed, run.Arm.Kind == ArmKind.Method ? PolicyCatalog.Parse(run.Arm.Method).Save : null)],
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
            Claims = margin is { } points ? NonInferiority.Of(results, points) : [],
            Notes = [.. told, .. Findings.Of(results)],
            Parameters = trainer.Parameters,
            Dataset = RunDescription.Data(trainer.Data),
            Recipe = recipe,
            Environment = RunDescription.Environment(device),
            Run = folder.Path,
        };
        folder.WriteResult(result, RunJson.Indented.ComparisonResult);
        var report = ReportCommand.WriteInto(folder.Path, terminal);
        failure?.Throw();
        if (parsed.GetValue(RunOptions.Json))
        {
            terminal.WriteJson(result, RunJson.Indented.ComparisonResult);
        }
        else
        {
            ComparisonTable.Write(terminal, result, report);
        }

        return comparison.Interrupted ? ExitCode.Interrupted : ExitCode.Done;
    }

    // A warning that holds for several methods is told once, with their names.
    private static IEnumerable<string> Warnings(TrainingRecipe recipe, IReadOnlyList<ComparisonArm> arms) => arms
        .Where(static arm => arm.Kind == ArmKind.Method)
        .SelectMany(arm => RecipeNotes.Of(recipe, arm.Method).Select(note => (arm.Name, note.Text)))
        .GroupBy(static pair => pair.Text)
        .Select(static group => $"{string.Join(", ", group.Select(static pair => pair.Name))}: {group.Key}");
}
