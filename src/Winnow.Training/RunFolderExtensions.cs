using Winnow.Networks.Masks;
using Winnow.Records;
using Winnow.Training.Checkpoints;
using Winnow.Training.Models;
using Winnow.Training.Tasks;
using Winnow.Training.Tasks.Classification;

namespace Winnow.Training;

/// <summary>What a trainer leaves in a run folder, and finds there again.</summary>
public static class RunFolderExtensions
{
    /// <summary>The checkpoints of one of the folder's runs, which begins, or goes on, with what the event log holds now.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The run's name in a comparison; empty for the only one of a training.</param>
    /// <param name="plan">How often and how many.</param>
    /// <param name="eventsBefore">The log's length in bytes when the run began.</param>
    /// <param name="note">Takes what the user should know of them.</param>
    /// <exception cref="RunFolderException">The plan is damaged: its interval is none.</exception>
    public static RunCheckpoints Checkpoints(this RunFolder folder, string name, RunPlan plan, long eventsBefore, Action<string> note)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(plan);
        var every = CheckpointInterval.TryParse(plan.CheckpointEvery)
            ?? throw new RunFolderException($"\"{Path.Combine(folder.Path, RunFolder.PlanName)}\" is damaged: {plan.CheckpointEvery} is no interval. Write 600s there.") { BeforeStart = true };
        return new RunCheckpoints(folder.CheckpointsOf(name), folder.Events, eventsBefore, every, plan.Checkpoints, note, folder.Time);
    }

    /// <summary>What records what one of the folder's runs sees of each sample, where the plan says so; none for tasks that don't classify.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The run's name in a comparison; empty for the only one of a training.</param>
    /// <param name="plan">Says whether.</param>
    /// <param name="task">Whose data it is.</param>
    /// <param name="note">Takes what the user should know of it.</param>
    public static IReadOnlyList<TrainerCallback> Recorders(this RunFolder folder, string name, RunPlan plan, TrainingTask task, Action<string> note)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(plan);
        return plan.Samples && task is ClassificationTask { Data.Train: var samples, CleanLabels: var clean } ? [new SampleRecorder(folder.SamplesOf(name), samples, clean, note)] : [];
    }

    /// <summary>Whether the weights of a run have been written, in all forms that it leaves them in.</summary>
    public static bool HasWeights(this RunFolder folder, string name, TrainingTask? task = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return Forms(task).All(form => File.Exists(folder.WeightsOf(name, form.Ending)));
    }

    /// <summary>
    /// Writes the trained tensors to <c>weights/NAME.npz</c> for NumPy, to <c>weights/NAME.safetensors</c> for PyTorch and, where the model came from a TorchScript
    /// file, to <c>weights/NAME.pt</c> as one.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The run's name in a comparison.</param>
    /// <param name="weights">The tensors.</param>
    /// <param name="task">What they were trained for.</param>
    /// <param name="shrunk">Whether they are of a network that was made smaller than the task makes it, which their files then say.</param>
    /// <exception cref="RunFolderException">A file can't be written.</exception>
    public static void WriteWeights(this RunFolder folder, string name, IReadOnlyList<WeightArray> weights, TrainingTask? task = null, bool shrunk = false)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(weights);
        foreach (var (ending, write) in shrunk ? WeightsFile.Forms(null, shrunk) : Forms(task))
        {
            folder.WriteFile(folder.WeightsOf(name, ending), stream => write(stream, weights));
        }
    }

    /// <summary>Writes which weights a run kept to <c>weights/NAME.masks.npz</c> (<see cref="MaskFile"/>); nothing where it dropped none.</summary>
    /// <exception cref="RunFolderException">The file can't be written.</exception>
    public static void WriteMasks(this RunFolder folder, string name, MaskSet? masks)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (masks is not null)
        {
            folder.WriteFile(folder.WeightsOf(name, MaskFile.Ending), stream => MaskFile.Write(stream, masks));
        }
    }

    private static IReadOnlyList<(string Ending, Action<Stream, IReadOnlyList<WeightArray>> Write)> Forms(TrainingTask? task) => task?.WeightForms ?? WeightsFile.Forms(null);

    /// <summary>A callback that logs one run under the name of its arm.</summary>
    /// <param name="log">The events.</param>
    /// <param name="arm">The arm of a comparison, or the method of a single run.</param>
    public static TrainerCallback For(this EventLog log, string arm) => new EventCallback(log, arm);

    /// <summary>The outcome of a run that came to its end, without its weights.</summary>
    /// <param name="run">The run, as the events tell it.</param>
    /// <param name="trainer">With the same data and recipe.</param>
    /// <param name="method">The canonical method spec.</param>
    public static TrainingOutcome Outcome(this FinishedRun run, Trainer trainer, string method)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(trainer);
        return new TrainingOutcome(run.Ended)
        {
            Method = method,
            Seed = run.Seed,
            Epochs = run.History.Count,
            FullVisits = trainer.FullVisits,
            FullSteps = trainer.FullSteps,

            // Ends of runs of before they were totals don't tell it.
            TestLoss = run.Ended.TestLoss ?? run.History[^1].TestLoss,
            History = run.History,
            Weights = [],
            WeightsDigest = run.Ended.WeightsSha256,
        };
    }
}
