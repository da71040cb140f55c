using Winnow.Plans;
using Winnow.Samples;

namespace Winnow;

/// <summary>What a pruner needs to know of a run.</summary>
public sealed record PrunerOptions
{
    /// <summary>How many epochs the run has; at least 1.</summary>
    public required int Epochs { get; init; }

    /// <summary>The seed of draws and orders; any value.</summary>
    public ulong Seed { get; init; }

    /// <summary>
    /// The class of each sample, from 0 on without large gaps (<see cref="SignalRules.CheckLabels"/>), for methods that look at classes; empty
    /// otherwise. Not copied: it must not change.
    /// </summary>
    public ReadOnlyMemory<int> Labels { get; init; }

    /// <summary>Whether an epoch may be planned while samples of the one before are unobserved; their last losses, perhaps of long ago, then count.</summary>
    public bool AllowUnobserved { get; init; }

    /// <summary>How many threads planning may use; 0, the default, means all cores. It never changes a result.</summary>
    public int Threads { get; init; }

    /// <summary>How plans know the order of their visits. The default lists the ids; sets of hundreds of millions do better with a key. Another value gives another order.</summary>
    public PlanOrder Order { get; init; }

    /// <summary>
    /// Whether each plan takes over the memory of the one before (4 bytes a sample and, listed, 4 a visit), which can't be read any more then.
    /// False by default: a plan stays as it is for as long as somebody holds it. It never changes a result.
    /// </summary>
    public bool ReusePlans { get; init; }
}
