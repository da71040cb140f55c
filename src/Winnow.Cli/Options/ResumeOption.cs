using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Winnow.Cli.Views;
using Winnow.Data;
using Winnow.Records;
using Winnow.Torch.Distributed;
using Winnow.Training;
using Winnow.Training.Checkpoints;
using Winnow.Training.Tasks;
using Device = TorchSharp.torch.Device;

namespace Winnow.Cli.Options;

/// <summary>How often a run is saved, and going on with one that was: shared by <c>train</c> and <c>compare</c>.</summary>
internal sealed class ResumeOption
{
    /// <summary>Checkpoints that are kept where nothing is said.</summary>
    public const int DefaultKept = 2;

    private const int MostKept = 1000;

    private readonly Option<string?> _resume = new("--resume") { Description = "go on with the run of this folder where it stopped; it ends bit for bit as if it had never stopped. No option of the run itself goes with it", HelpName = "folder" };
    private readonly Option<string?> _every = new("--checkpoint-every") { Description = "save the run's state so often, as in 30s, 500steps or 1epochs, or never; at Ctrl-C it always is saved [default: 600s]", HelpName = "n" };
    private readonly Option<int?> _kept = Value.Number<int>("--checkpoints", "how many saved states are kept, should the newest be damaged [default: 2]", new(1, MostKept), "2");

    /// <param name="command">The command.</param>
    /// <param name="withoutData">Whether a command line needs no data, for other reasons than going on with a run.</param>
    public void AddTo(Command command, Func<CommandResult, bool>? withoutData = null)
    {
        command.Options.Add(_every);
        command.Options.Add(_kept);
        command.Options.Add(_resume);
        command.Validators.Add(result =>
        {
            if (result.GetValue(RecipeOptions.Data) is null && result.GetValue(_resume) is null && withoutData?.Invoke(result) != true)
            {
                result.AddError($"{command.Name} needs <{RecipeOptions.Data.Name}> as its first word.");
            }
        });
    }

    /// <summary>The folder to go on with; null for a new run. Refuses what a run that goes on has settled already.</summary>
    public string? Folder(ParseResult parsed)
    {
        if (parsed.GetValue(_resume) is not { } folder)
        {
            return null;
        }

        if (folder.Trim().Length == 0)
        {
            throw new UsageException("--resume is empty; name the folder of the run that is to go on.");
        }

        string[] free = [_resume.Name, _every.Name, _kept.Name, RunOptions.Json.Name, RunOptions.QuietName, ProcessOptions.ProcessesName, ProcessOptions.TimeoutName, RecipeOptions.Stream.Name];
        return parsed.CommandResult.Children.OfType<OptionResult>().FirstOrDefault(given => !given.Implicit && !free.Contains(given.Option.Name)) is { } settled
            ? throw new UsageException($"{settled.Option.Name} can't be given with --resume: the run goes on as it was begun. Leave it out, or begin a new run.")
            : folder;
    }

    /// <summary>How often: as given, else as the run was begun, else the default.</summary>
    public string Every(ParseResult parsed, RunPlan? begun = null) => parsed.GetValue(_every) is not { } text
        ? begun?.CheckpointEvery ?? CheckpointInterval.Default.ToString()
        : CheckpointInterval.TryParse(text)?.ToString()
            ?? throw new UsageException($"--checkpoint-every {text} is neither a time, a number of steps or epochs above 0, nor never; e.g. --checkpoint-every 30s, 500steps or 1epochs.");

    /// <summary>How many are kept.</summary>
    public int Kept(ParseResult parsed, RunPlan? begun = null) => parsed.GetValue(_kept) ?? begun?.Checkpoints ?? DefaultKept;

    /// <summary>The folder of a run that was begun by this verb.</summary>
    public static RunFolder Open(string path, string verb, out RunPlan plan, TimeProvider time, Action<string> note)
    {
        var folder = RunFolder.Open(path, out plan, time, note);
        if (plan.Kind == verb)
        {
            return folder;
        }

        folder.Dispose();
        throw new UsageException($"\"{path}\" holds a run of winnow {plan.Kind}; go on with it by winnow {plan.Kind} --resume {path}.");
    }

    /// <summary>What a run that goes on needs: its plan with what may be given anew, and a trainer on its data.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="begun">What the run was begun with.</param>
    /// <param name="time">The clock.</param>
    /// <param name="note">Is told what may make the last bits differ.</param>
    /// <param name="place">Which of several processes this is that go on together; null for one alone.</param>
    public (RunPlan Plan, Trainer Trainer) Continue(ParseResult parsed, RunPlan begun, TimeProvider time, Action<string> note, RankEnvironment? place = null)
    {
        var (plan, trainer) = Continue(parsed, begun, (recipe, data, device) => recipe.CreateTrainer(data, device, time), time, note, place);
        CheckData(plan, trainer.Task.Dataset);
        return (plan, trainer);
    }

    /// <summary>The same for what isn't a trainer; its data has to be checked by <see cref="CheckData"/>.</summary>
    public (RunPlan Plan, T Work) Continue<T>(ParseResult parsed, RunPlan begun, Func<TaskRecipe, TaskData, Device, T> create, TimeProvider time, Action<string> note, RankEnvironment? place = null)
    {
        var device = RunOptions.Start(begun, place);
        var here = RunDescription.Environment(device, place);
        var processes = here.Processes;
        var plan = begun with
        {
            CheckpointEvery = Every(parsed, begun),
            Checkpoints = Kept(parsed, begun),
            Environment = processes == begun.Environment.Processes ? begun.Environment : begun.Environment with { Processes = processes, Threads = here.Threads },
        };
        var recipe = TaskRecipe.FromRecord(plan.Recipe);
        var work = create(recipe, Data(parsed, plan, recipe, new DecodingView(note, time).Show), device);
        if (Differences(begun.Environment, here) is { } differences)
        {
            note(differences);
        }

        return (plan, work);
    }

    /// <summary>The data of a run that goes on, from where it was or from where the command says that it is now.</summary>
    private static TaskData Data(ParseResult parsed, RunPlan plan, TaskRecipe recipe, Action<DecodingProgress> progress) =>
        plan.Limited(recipe.Open(parsed.GetValue(RecipeOptions.Data) ?? plan.Data, plan.ToDataOptions() with { Streaming = parsed.GetValue(RecipeOptions.Stream) ?? Streaming.Auto, Progress = progress }));

    /// <summary>Refuses other data than the run was begun with.</summary>
    public static void CheckData(RunPlan plan, DataInfo here)
    {
        // What classes are called is no matter of the data, and lists are never equal to those read back.
        if (here with { ClassNames = null } != plan.Dataset with { ClassNames = null })
        {
            throw new DataException($"the run was begun with {plan.Dataset.Name} of {plan.Dataset.Train} and {plan.Dataset.Test} samples ({plan.Dataset.Fingerprint}), and this is {here.Name} of {here.Train} and {here.Test} " +
                $"({here.Fingerprint}); give the folder where that data is now as the first word.");
        }
    }

    /// <summary>What may make the last bits differ, in a sentence; null when nothing does.</summary>
    private static string? Differences(RunEnvironment begun, RunEnvironment here)
    {
        var differences = new[]
        {
            ("libtorch", begun.Libtorch, here.Libtorch), ("the processor", begun.Processor, here.Processor), ("Winnow", begun.Winnow, here.Winnow),
            ("the number of processes", Text(begun.Processes), Text(here.Processes)),
        }.Where(static pair => pair.Item2 != pair.Item3).Select(static pair => $"{pair.Item1} was {pair.Item2} and is {pair.Item3}").ToArray();
        return differences.Length == 0 ? null : $"The run goes on differently ({string.Join("; ", differences)}): it may end with other last bits than it would have.";

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }
}
