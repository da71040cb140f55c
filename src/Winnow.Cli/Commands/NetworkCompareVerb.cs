using System.CommandLine;
using System.Runtime.ExceptionServices;
using Winnow.Cli.Options;
using Winnow.Cli.Views;
using Winnow.Data;
using Winnow.Experiments.Networks;
using Winnow.Networks;
using Winnow.Records;
using Winnow.Records.Comparisons;
using Winnow.Training;
using Winnow.Training.Models;
using Winnow.Training.Probing;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow compare --keep-macs</c>: pruned networks against dense ones of their size, over paired seeds.</summary>
internal static class NetworkCompareVerb
{
    public static int Begin(ParseResult parsed, RecipeOptions recipeOptions, SpeedOptions speed, RunOptions runOptions, ResumeOption resume, Options.CompareOptions options, NetworkCompareOptions networks, Terminal terminal, TimeProvider time)
    {
        var seeds = options.Seeds(parsed);
        var saving = (resume.Every(parsed), resume.Kept(parsed));
        var preset = recipeOptions.Preset(parsed, new TrainingRecipe());
        _ = networks.Plan(parsed, options, preset.Epochs, recipeOptions.Slimming(parsed));
        var device = runOptions.Start(parsed);
        var data = recipeOptions.Open(parsed, preset, runOptions.Quiet(parsed) ? null : new DecodingView(terminal.WriteNote, time).Show);
        if (recipeOptions.Build(parsed, data, preset) is not TrainingRecipe asked || data is not LoadedData samples)
        {
            throw new UsageException("--keep-macs compares networks that learn classes; leave --task out.");
        }

        var (settled, probe) = speed.Choose(parsed, asked with { Slimming = null }, data, device, runOptions.SettledThreads(parsed), processes: 1, terminal, time);
        var recipe = (TrainingRecipe)settled;
        var networkPlan = networks.Plan(parsed, options, recipe.Epochs, asked.Slimming);
        if (!runOptions.Quiet(parsed))
        {
            terminal.WriteNote("looking at the network, and for dense ones of the sizes asked for");
        }

        var comparison = new NetworkComparison(recipe, samples, device, networkPlan, seeds, time);
        var plan = recipeOptions.Plan(parsed, "compare", data, recipe, comparison.Dense, seeds, saving, probe) with { Networks = networkPlan };
        using var folder = runOptions.CreateFolder(parsed, "compare", time, terminal.WriteNote);
        folder.Begin(plan);
        foreach (var note in plan.Notes.Prepend(data.Note).OfType<string>())
        {
            terminal.WriteNote(note);
        }

        if (probe is { SamplesPerSecond: > 0 })
        {
            double?[] efforts = [.. Efforts(comparison, plan).Select(static effort => (double?)effort)];
            var about = new RunLength(probe.SamplesPerSecond).AtMost(efforts, comparison.Dense.Task.Dataset.Train, comparison.Dense.Task.Dataset.Test, recipe.Epochs);
            terminal.WriteNote($"{comparison.Runs} runs, which take about {CompareCommand.About(about)} if time goes by multiplications; smaller networks take more than that.");
        }

        return Compare(parsed, plan, comparison, folder, runOptions, terminal, time);
    }

    public static int Resume(ParseResult parsed, RunFolder folder, RunPlan begun, RunOptions runOptions, ResumeOption resume, Terminal terminal, TimeProvider time)
    {
        if (folder.ReadResult(RunJson.Indented.NetworkComparisonResult) is { Interrupted: false } result)
        {
            folder.DiscardCheckpoints();
            terminal.WriteNote($"The comparison in {folder.Path} has come to its end already; this is its result.");
            return Show(parsed, terminal, result, ReportCommand.WriteInto(folder.Path, terminal));
        }

        var (plan, comparison) = resume.Continue(
            parsed, begun, (recipe, data, device) => new NetworkComparison((TrainingRecipe)recipe, (LoadedData)data, device, begun.Networks!, begun.Seeds, time), time, terminal.WriteNote);
        ResumeOption.CheckData(plan, comparison.Dense.Task.Dataset);
        return Compare(parsed, plan, comparison, folder, runOptions, terminal, time);
    }

    private static IEnumerable<double> Efforts(NetworkComparison comparison, RunPlan plan) =>
        Enumerable.Range(0, plan.Seeds.Count).SelectMany(s => NetworkArms.Order(plan.Networks!.Arms, s)).Select(comparison.Effort);

    private static int Compare(ParseResult parsed, RunPlan plan, NetworkComparison comparison, RunFolder folder, RunOptions runOptions, Terminal terminal, TimeProvider time)
    {
        using var signals = new StopSignals(terminal);
        var trainer = comparison.Dense;
        var view = new ProgressView(terminal, time, runOptions.Quiet(parsed), comparison.Runs, [.. Efforts(comparison, plan)]);
        var finished = CompareCommand.Finished(folder, trainer);
        ExceptionDispatchInfo? failure = null;
        var hooks = new NetworkHooks
        {
            Told = text => view.Tell(text),
            Callbacks = run => [folder.Events.For(run.Arm.Name), view.Begin(run.Arm.Name, run.Seed)],
            Finished = (run, outcome) =>
            {
                folder.WriteWeights(CompareCommand.Name(run.Arm.Name, run.Seed), outcome.Weights, trainer.Task, shrunk: run.Arm.Keep is not null && run.Arm.Kind != NetworkArmKind.Width);
                folder.DiscardCheckpoints();
            },
            Earlier = run => CompareCommand.Earlier(folder, finished, view, run.Index, run.Arm.Name, run.Seed) is { } earlier ? (earlier, Weights(folder, run)) : null,
            Checkpoints = run => CompareCommand.Checkpoints(folder, plan, finished, run.Index, CompareCommand.Name(run.Arm.Name, run.Seed), terminal),
        };
        try
        {
            view.Show(() => comparison.Run(hooks, signals.Token));
        }
        catch (Exception error) when (error is TrainingFailedException or NetworkPruningException)
        {
            // The seeds that were finished may have taken hours: they are saved before the failure is told.
            failure = ExceptionDispatchInfo.Capture(error);
        }

        var results = comparison.Results();
        var result = new NetworkComparisonResult
        {
            Data = trainer.Task.Dataset.Name,
            Model = trainer.Task.ModelName,
            Epochs = trainer.Settings.Epochs,
            Recover = plan.Networks!.Recover,
            Method = plan.Networks.Method,
            Arms = results,
            Interrupted = comparison.Interrupted,
            Notes = [.. plan.Notes, .. NetworkFindings.Of(results)],
            Dataset = plan.Dataset,
            Recipe = plan.Recipe,
            Environment = plan.Environment,
            Run = folder.Path,
        };
        folder.WriteResult(result, RunJson.Indented.NetworkComparisonResult);
        var report = ReportCommand.WriteInto(folder.Path, terminal);
        failure?.Throw();
        return Show(parsed, terminal, result, report);
    }

    // Whole networks are cut again; of the others nothing more than their numbers is needed.
    private static IReadOnlyList<WeightArray> Weights(RunFolder folder, NetworkRun run)
    {
        if (run.Arm.Keep is not null)
        {
            return [];
        }

        var path = folder.WeightsOf(CompareCommand.Name(run.Arm.Name, run.Seed), WeightsFile.SafetensorsEnding);
        using var stream = File.OpenRead(path);
        return WeightsFile.Read(stream, path);
    }

    private static int Show(ParseResult parsed, Terminal terminal, NetworkComparisonResult result, string? report)
    {
        if (parsed.GetValue(RunOptions.Json))
        {
            terminal.WriteJson(result, RunJson.Indented.NetworkComparisonResult);
        }
        else
        {
            NetworkTable.Write(terminal, result, report);
        }

        return result.Interrupted ? ExitCode.Interrupted : ExitCode.Done;
    }
}
