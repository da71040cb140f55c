using TorchSharp;
using Winnow.Cli.Options;
using Winnow.Networks.Shrinking;
using Winnow.Policies;
using Winnow.Records;
using Winnow.Training;
using Winnow.Training.Checkpoints;
using Winnow.Training.Tasks.Classification;

namespace Winnow.Cli.Commands;

/// <summary>A smaller network trained on: a run of train like any other, in a folder of its own, which begins with what is left. So it can be stopped, gone on with, reported and made smaller again.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Trainer">What trained.</param>
/// <param name="Result">What it came to.</param>
internal sealed record RecoveredRun(string Folder, Trainer Trainer, TrainingResult Result)
{
    private const string StartName = "start.safetensors";

    /// <summary>Its weights, which the folder holds.</summary>
    public string Weights => TrainedRun.WeightsIn(Folder);

    /// <summary>Checks what was asked for, before anything is done.</summary>
    /// <param name="recovery">What was asked for.</param>
    /// <param name="run">The run that is made smaller.</param>
    /// <param name="folder">Its folder.</param>
    /// <returns>What that run came to; null where its folder doesn't tell.</returns>
    public static TrainingResult? Check(RecoveryRequest recovery, TrainedRun run, string folder)
    {
        Recipe(recovery, run).Validate();
        SaveOption.CheckReachable(PolicyCatalog.Canonical(recovery.Method), run.Task, recovery.Epochs);
        if (recovery.Folder is { } asked)
        {
            RunFolder.RequireNone(asked);
        }

        return RunFolder.ResultOf(folder, RunJson.Indented.TrainingResult);
    }

    /// <summary>Trains.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="run">The run that was made smaller.</param>
    /// <param name="small">What is left of its network.</param>
    /// <param name="terminal">Where progress is shown.</param>
    public static RecoveredRun Make(ShrinkRequest request, TrainedRun run, TrainedClassifier small, Terminal terminal)
    {
        var recovery = request.Recovery!;
        using var folder = recovery.Folder is { } asked ? RunFolder.Create(asked, request.Time, terminal.WriteNote)
            : RunFolder.CreateNumbered(Path.Combine("runs", RunFolder.DefaultName("recover", run.Plan.Data, request.Time)), request.Time, terminal.WriteNote);
        var start = Path.Combine(folder.Path, StartName);
        ShrunkNetwork.Save(small.Module, start);
        var recipe = Recipe(recovery, run) with { InitialWeights = FileIdentity.Of(start) };
        var trainer = recipe.CreateTrainer(run.Data, torch.CPU, request.Time);
        var method = PolicyCatalog.Canonical(recovery.Method);
        var plan = run.Plan with
        {
            Data = request.Data is { } data && Path.Exists(data) ? Path.GetFullPath(data) : request.Data ?? run.Plan.Data,
            Recipe = recipe.ToRecord(),
            Method = method,
            Seeds = [request.Seed],
            Notes = trainer.Notes,
            CheckpointEvery = CheckpointInterval.Default.ToString(),
            Checkpoints = ResumeOption.DefaultKept,
            Samples = false,
            Scores = null,
            Probe = null,
            Environment = RunDescription.Environment(torch.CPU),
        };
        folder.Begin(plan);
        var result = TrainCommand.Run(plan, trainer, folder, null, request.Note is null, terminal, request.Time, request.Stop);
        return new(folder.Path, trainer, result);
    }

    /// <summary>What it cost beside the run that was made smaller.</summary>
    /// <param name="dense">What that came to; null where nobody knows.</param>
    /// <param name="before">Parameters then.</param>
    /// <param name="after">Parameters now.</param>
    public Recovery Told(TrainingResult? dense, long before, long after) =>
        new(Folder, Result.Method, Result.Epochs, Trainer.Settings.PeakLearningRate, Result.Steps,
            dense is null ? null : (double)Result.Compute * after / ((double)dense.Compute * before),
            dense is null ? null : (((double)dense.Steps * before) + ((double)Result.Steps * after)) / (dense.Steps + Result.Steps));

    // What the penalty was for has been cut.
    private static TrainingRecipe Recipe(RecoveryRequest recovery, TrainedRun run) =>
        run.Recipe with { Slimming = null, SlimmingKeep = null, Epochs = recovery.Epochs, LearningRate = recovery.LearningRate ?? (RecoveryRequest.Share * run.Recipe.PeakLearningRate) };
}
