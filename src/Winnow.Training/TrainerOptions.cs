using TorchSharp.Modules;
using Winnow.Torch.Optimizers;
using Winnow.Training.Schedules;

namespace Winnow.Training;

/// <summary>What a trainer takes in place of what its settings name. None of it is written into records or checkpoints: a run that goes on has to be given the same.</summary>
public sealed record TrainerOptions
{
    /// <summary>Makes the optimiser of a run from the parameters to train; null takes the settings' own. It is told each step's learning rate, and what it remembers is saved with the run.</summary>
    public Func<IReadOnlyList<Parameter>, IOptimizer>? Optimizer { get; init; }

    /// <summary>The learning rate over the run's progress, as a factor of the peak; null takes the settings' own.</summary>
    public ILearningRateSchedule? Schedule { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
