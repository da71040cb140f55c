using Winnow.Records;
using Winnow.Training;
using Winnow.Training.Checkpoints;

namespace Winnow.Experiments.Networks;

/// <summary>Who looks on at a comparison of smaller networks, and where its runs are saved; nobody and nowhere by default.</summary>
public sealed class NetworkHooks
{
    /// <summary>Gives the callbacks of a run, just before it starts.</summary>
    public Func<NetworkRun, IReadOnlyList<TrainerCallback>> Callbacks { get; init; } = static _ => [];

    /// <summary>Is told what is done beside training, in a few words.</summary>
    public Action<string> Told { get; init; } = static _ => { };

    /// <summary>Called after each run that came to its end.</summary>
    public Action<NetworkRun, TrainingOutcome> Finished { get; init; } = static (_, _) => { };

    /// <summary>Gives a run that came to its end before the comparison was resumed, which isn't made again, and of a whole network its weights; null for the others.</summary>
    public Func<NetworkRun, (FinishedRun Run, IReadOnlyList<WeightArray> Weights)?> Earlier { get; init; } = static _ => null;

    /// <summary>Gives the checkpoints of a run, just before it starts or goes on; null for none.</summary>
    public Func<NetworkRun, RunCheckpoints?> Checkpoints { get; init; } = static _ => null;
}
