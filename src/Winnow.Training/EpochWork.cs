using Winnow.Plans;
using static TorchSharp.torch;

namespace Winnow.Training;

/// <summary>What an epoch works with: the plan, this rank's share of it, and that on the device in visiting order.</summary>
internal sealed record EpochWork(EpochPlan Plan, RankBatches Share, BatchWindow Samples, Tensor Labels, Tensor LossWeights, RunSignals Signals)
{
    /// <summary>How many samples were refreshed after training; null until then.</summary>
    public int? Refreshed { get; set; }
}
