using Winnow.Plans;
using Winnow.Training.Tasks;
using static TorchSharp.torch;

namespace Winnow.Training.Runs;

/// <summary>What an epoch works with: the plan, this rank's share of it and its samples in visiting order, what their losses count, and room for what comes of them.</summary>
internal sealed record EpochWork(EpochPlan Plan, RankBatches Share, IBatchReader Samples, Tensor LossWeights, PassSignals Signals) : IDisposable
{
    /// <summary>How many samples were refreshed after training; null until then.</summary>
    public int? Refreshed { get; set; }

    public void Dispose() => Samples.Dispose();
}
