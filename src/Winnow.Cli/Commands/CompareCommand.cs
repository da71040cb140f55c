using System.CommandLine;
using System.Globalization;
using System.Runtime.ExceptionServices;
using Winnow.Cli.Options;
using Winnow.Cli.Views;
using Winnow.Data;
using Winnow.Experiments;
using Winnow.Experiments.Subsets;
using Winnow.Policies;
using Winnow.Records;
using Winnow.Records.Comparisons;
using Winnow.Selection;
using Winnow.Training;
using Winnow.Training.Checkpoints;
using Winnow.Training.Probing;
using Winnow.Training.Tasks;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow compare</c>: methods against full data and against equally shortened full data, over paired seeds.</summary>
internal static class CompareCommand
{
    // Of which starting, the probe and the report take some seconds.
    private static readonly TimeSpan s_quickAim = TimeSpan.FromSeconds(165);

    private static readonly TrainingRecipe s_quick = new() { Model = "resnet-small", Epochs = 6 };

    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var recipe = new RecipeOptions();
        var speed = new SpeedOptions();
        var run = new RunOptions();
        var options = new Options.CompareOptions();
        var networks = new NetworkCompareOptions();
        var samples = new SampleOptions(byDefault: false);
        var resume = new ResumeOption();
        var command = new Command("compare", "Compare methods with full data, and with full data under an equally shortened schedule, over paired seeds; or smaller networks with dense ones of their size.");
        recipe.AddTo(command);
        speed.AddTo(command);
        options.AddTo(command);
        networks.AddTo(command);
        run.AddTo(command);
        samples.AddTo(command);
        resume.AddTo(command);
        Help.AddTo(command, terminal,
            ("winnow compare fashion-mnist --quick", "a first look, a few minutes on two cores"),
            ("winnow compare fashion-mnist", "ResNet-9, three seeds, with intervals"),
            ("winnow compare fashion-mnist --methods infobatch infobatch-quantile random:keep=0.7", "three methods and their controls"),
            ("winnow compare fashion-mnist --methods ccs:keep=0.3@el2n:runs=3 top:keep=0.3@aum", "train on what is chosen once, held against random choices of as many"),
            ("winnow compare fashion-mnist --save 30% --controls all --ablate weights", "saving 30 % of the visits, held against every control, with and without the weights"),
            ("winnow compare fashion-mnist --seeds 5 --margin 0.3 --targets 0.92 0.93", "is it shown that at most 0.3 points are lost, and how soon is 93 % reached"),
            ("winnow compare fashion-mnist --keep-macs 50% 25% --by magnitude taylor --recover 4", "does a pruned network beat a dense one of its size, trained for as much compute"),
            ("winnow compare cifar10 --seeds 5 --json > result.json", "the numbers for another program"),
            ("winnow compare --resume runs/a", "go on after a crash or Ctrl-C; runs that were finished aren't made again"));
        command.SetAction(parsed => resume.Folder(parsed) is { } folder
            ? Resume(parsed, folder, run, resume, terminal, time)
            : networks.Asked(parsed) ? NetworkCompareVerb.Begin(parsed, recipe, speed, run, resume, options, networks, terminal, time)
            : Begin(parsed, recipe, speed, run, samples, resume, options, terminal, time));
        return command;
    }

    private static int Begin(ParseResult parsed, RecipeOptions recipeOptions, SpeedOptions speed, RunOptions runOptions, SampleOptions samples, ResumeOption resume, Options.CompareOptions options, Terminal terminal, TimeProvider time)
    {
        var seeds = options.Seeds(parsed);
        var told = new List<string>();
        var arms = options.Arms(parsed, told);
        var margin = options.Margin(parsed, seeds.Length);
        var targets = options.Targets(parsed);
        var saving = (resume.Every(parsed), resume.Kept(parsed));
        var preset = recipeOptions.Preset(parsed, options.Quick(parsed) ? s_quick : new TrainingRecipe());
        var device = runOptions.Start(parsed);
        var data = recipeOptions.Open(parsed, preset, runOptions.Quiet(parsed) ? null : new DecodingView(terminal.WriteNote, time).Show);
        var (recipe, probe) = speed.Choose(parsed, recipeOptions.Build(parsed, data, preset), data, device, runOptions.SettledThreads(parsed), processes: 1, terminal, time);
        double?[] shares = [.. seeds.SelectMany(_ => arms).Select(Kept)];
        SubsetSpec[] selections = [.. arms.Select(static arm => arm.Selection).OfType<string>().Select(SubsetSpec.Parse)];
        if (options.Quick(parsed) && !recipeOptions.SaysSize(parsed) && probe is { SamplesPerSecond: > 0 })
        {
            recipe = Fit(recipe, probe, shares, ToChoose(recipe.CreateTrainer(data, device, time)), data, told);
        }

        var trainer = recipe.CreateTrainer(data, device, time);
        foreach (var arm in arms.Where(static arm => arm.Kind is ArmKind.Method or ArmKind.WithoutAnnealing))
        {
            SaveOption.CheckReachable(arm.Method, trainer.Task, recipe.Epochs);
        }

        foreach (var selection in selections)
        {
            selection.Check(trainer);
        }

        var recorded = samples.Recorded(parsed, recipe.Epochs, trainer.Task);
        told.AddRange(trainer.Notes);
        if (seeds.Length > 1 && recipe.BeginsWith() is { } begin)
        {
            told.Add($"Every run begins with the weights in {begin.Path}: seeds differ in order, draws and augmentation alone, and intervals tell of no more.");
        }

        told.AddRange(Warnings(recipe, arms, trainer.Normalises));
        var plan = recipeOptions.Plan(parsed, "compare", data, recipe, trainer, seeds, saving, probe) with
        {
            Arms = arms,
            Targets = targets,
            Margin = margin,
            Notes = told,
            Samples = recorded,
        };
        using var folder = runOptions.CreateFolder(parsed, "compare", time, terminal.WriteNote);
        folder.Begin(plan);
        foreach (var note in told.Prepend(data.Note).OfType<string>())
        {
            terminal.WriteNote(note);
        }

        if (probe is { SamplesPerSecond: > 0 })
        {
            var before = ToChoose(trainer);
            var most = new RunLength(probe.SamplesPerSecond).AtMost(shares.Concat(before), trainer.Task.Dataset.Train, trainer.Task.Dataset.Test, recipe.Epochs);
            terminal.WriteNote($"{shares.Length} runs{(before.Length == 0 ? "" : $" and {before.Length} {(before.Length == 1 ? "training" : "trainings")} to choose by")}, which take at most about {About(most)} at that speed{(shares.Contains(null) ? "; less by what the methods save" : "")}.");
        }

        return Compare(parsed, plan, trainer, folder, runOptions, terminal, time);

        // A training that ends early is shorter, as one that visits less in each epoch is.
        double?[] ToChoose(Trainer all) => [.. seeds.SelectMany(_ => SubsetSpec.Trainings(selections, all)).Select(static share => (double?)share)];
    }

    internal static string About(TimeSpan time) => time.TotalMinutes < 2 ? string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalSeconds / 10) * 10:0} s")
        : time.TotalHours < 2 ? string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalMinutes):0} min")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.0} h");

    /// <summary>The share of visits that an arm is known to keep; null where only the run tells.</summary>
    private static double? Kept(ComparisonArm arm) =>
        arm.Kind == ArmKind.Full ? 1
        : arm.SharedSave is { } shared ? 1 - shared
        : arm.Selection is not null || SubsetSpec.Is(arm.MatchedTo ?? "") ? null
        : PolicyCatalog.Parse(arm.MatchedTo is { } method && arm.Kind is not (ArmKind.WithoutWeights or ArmKind.WithoutAnnealing) ? method : arm.Method).Save is { } save ? 1 - save
        : null;

    /// <summary>A quick comparison ends in some minutes on any machine: by the speed that was measured, on as many samples as fit.</summary>
    private static TaskRecipe Fit(TaskRecipe recipe, ProbeResult probe, double?[] kept, double?[] before, TaskData data, List<string> told)
    {
        var (epochs, samples) = new RunLength(probe.SamplesPerSecond).Fit(s_quickAim, [.. kept, .. before], data.TrainCount, data.TestCount, recipe.Epochs);
        var all = samples == data.TrainCount;
        told.Add(string.Create(CultureInfo.InvariantCulture, $"--quick: {(all ? $"all {samples:N0}" : $"{samples:N0} of {data.TrainCount:N0}")} training samples{(all ? "" : ", every class in its share,")} and {epochs} epochs, so that {kept.Length} runs end in about three minutes at this machine's speed. --epochs or --limit choose otherwise."));
        return recipe with { Epochs = epochs, Subset = all ? null : samples };
    }

    private static int Resume(ParseResult parsed, string path, RunOptions runOptions, ResumeOption resume, Terminal terminal, TimeProvider time)
    {
        using var folder = ResumeOption.Open(path, "compare", out var begun, time, terminal.WriteNote);
        if (begun.Networks is not null)
        {
            return NetworkCompareVerb.Resume(parsed, folder, begun, runOptions, resume, terminal, time);
        }

        if (folder.ReadResult(RunJson.Indented.ComparisonResult) is { Interrupted: false } result)
        {
            folder.DiscardCheckpoints();
            terminal.WriteNote($"The comparison in {path} has come to its end already; this is its result.");
            return Show(parsed, terminal, result, ReportCommand.WriteInto(folder.Path, terminal));
        }

        var (plan, trainer) = resume.Continue(parsed, begun, time, terminal.WriteNote);
        return Compare(parsed, plan, trainer, folder, runOptions, terminal, time);
    }

    private static int Compare(ParseResult parsed, RunPlan plan, Trainer trainer, RunFolder folder, RunOptions runOptions, Terminal terminal, TimeProvider time)
    {
        using var signals = new StopSignals(terminal);
        var view = new ProgressView(terminal, time, runOptions.Quiet(parsed), plan.Arms.Count * plan.Seeds.Count);
        var comparison = new Comparison(trainer, plan.Arms, plan.Seeds, plan.Targets)
        {
            Choosing = (run, training) => [view.BeginBefore(string.Create(CultureInfo.InvariantCulture, $"choosing for {run.Arm.Name}, training {training + 1}"), run.Seed)],
        };
        var finished = Finished(folder, trainer);
        ExceptionDispatchInfo? failure = null;
        try
        {
            view.Show(() => comparison.Run(
                run => [.. folder.Recorders(Name(run.Arm.Name, run.Seed), plan, trainer.Task, terminal.WriteNote), folder.Events.For(run.Arm.Name), view.Begin(run.Arm.Name, run.Seed, run.Arm.Kind == ArmKind.Method ? PolicyCatalog.Parse(run.Arm.Method).Save : null)],
                (run, outcome) =>
                {
                    folder.WriteWeights(Name(run.Arm.Name, run.Seed), outcome.Weights, trainer.Task);
                    folder.WriteMasks(Name(run.Arm.Name, run.Seed), outcome.Masks);
                    folder.DiscardCheckpoints();
                },
                run => Earlier(folder, finished, view, run.Index, run.Arm.Name, run.Seed)?.Outcome(trainer, run.Arm.Method),
                run => Checkpoints(folder, plan, finished, run.Index, Name(run.Arm.Name, run.Seed), terminal),
                signals.Token));
        }
        catch (Exception error) when (error is TrainingFailedException or SelectionException)
        {
            // The seeds that were finished may have taken hours: they are saved before the failure is told.
            failure = ExceptionDispatchInfo.Capture(error);
        }

        var results = comparison.Results();
        var result = new ComparisonResult
        {
            Data = trainer.Task.Dataset.Name,
            Model = trainer.Task.ModelName,
            Epochs = trainer.Settings.Epochs,
            Arms = results,
            Interrupted = comparison.Interrupted,
            Claims = plan.Margin is { } points ? NonInferiority.Of(results, points) : [],
            Notes = [.. plan.Notes, .. Findings.Of(results)],
            Parameters = trainer.Parameters,
            Dataset = plan.Dataset,
            Recipe = plan.Recipe,
            Environment = plan.Environment,
            Run = folder.Path,
        };
        folder.WriteResult(result, RunJson.Indented.ComparisonResult);
        var report = ReportCommand.WriteInto(folder.Path, terminal);
        failure?.Throw();
        return Show(parsed, terminal, result, report);
    }

    // The log says that a run has ended before its weights are written: the last one without them goes on from its checkpoint.
    internal static FinishedRun[] Finished(RunFolder folder, Trainer trainer)
    {
        FinishedRun[] finished = [.. folder.Finished];
        return finished is [.. var before, var last] && !folder.HasWeights(Name(last.Arm, last.Seed), trainer.Task) ? before : finished;
    }

    /// <summary>A run that came to its end before the comparison was resumed; null for those that are made now.</summary>
    internal static FinishedRun? Earlier(RunFolder folder, FinishedRun[] finished, ProgressView view, int index, string arm, ulong seed)
    {
        if (index >= finished.Length)
        {
            return null;
        }

        var earlier = finished[index];
        view.Skip();
        return (earlier.Arm, earlier.Seed) == (arm, seed)
            ? earlier
            : throw new UsageException($"run {index + 1} in the event log of {folder.Path} is {earlier.Arm}, seed {earlier.Seed}, and should be {arm}, seed {seed}: events.jsonl and run.json don't belong together.");
    }

    /// <summary>The checkpoints of a run; the log of the one that was under way is cut back to where it began.</summary>
    internal static RunCheckpoints Checkpoints(RunFolder folder, RunPlan plan, FinishedRun[] finished, int index, string name, Terminal terminal) =>
        folder.Checkpoints(name, plan, index == finished.Length ? finished is [.., var last] ? last.End : 0 : folder.Events.Length, terminal.WriteNote);

    internal static string Name(string arm, ulong seed) => FormattableString.Invariant($"{arm}-seed{seed}");

    private static int Show(ParseResult parsed, Terminal terminal, ComparisonResult result, string? report)
    {
        if (parsed.GetValue(RunOptions.Json))
        {
            terminal.WriteJson(result, RunJson.Indented.ComparisonResult);
        }
        else
        {
            ComparisonTable.Write(terminal, result, report);
        }

        return result.Interrupted ? ExitCode.Interrupted : ExitCode.Done;
    }

    // A warning that holds for several methods is told once, with their names.
    private static IEnumerable<string> Warnings(TaskRecipe recipe, IReadOnlyList<ComparisonArm> arms, bool normalises) => arms
        .Where(static arm => arm.Kind == ArmKind.Method)
        .SelectMany(arm => RecipeNotes.Of(recipe, arm.Method, normalises).Select(note => (arm.Name, note.Text)))
        .GroupBy(static pair => pair.Text)
        .Select(static group => $"{string.Join(", ", group.Select(static pair => pair.Name))}: {group.Key}");
}
