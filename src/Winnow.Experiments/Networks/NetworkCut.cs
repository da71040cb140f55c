using Winnow.Networks.Shrinking;
using Winnow.Networks.Tracing;
using Winnow.Records.Comparisons;
using Winnow.Torch;
using Winnow.Training;
using Winnow.Training.Tasks.Classification;

namespace Winnow.Experiments.Networks;

/// <summary>A trained network with channels taken out, before it is trained on, and what is known of it.</summary>
/// <param name="Outcome">Sizes before and after, and the positions that are left.</param>
/// <param name="Accuracy">Test accuracy of the cut alone, in [0, 1].</param>
/// <param name="Speeds">Milliseconds of the whole network and of this one, by turns.</param>
/// <param name="Widths">Name of each group of channels, and how many it had and has.</param>
/// <param name="ScoreSamples">Samples that were sent forward and backward through the whole network to choose.</param>
internal sealed record NetworkCut(ShrinkOutcome Outcome, double Accuracy, IReadOnlyList<ForwardSpeed> Speeds, IReadOnlyList<(string Name, int Before, int After)> Widths, long ScoreSamples)
{
    /// <summary>Cuts a network, proves the cut, and measures it; gives what is left, too.</summary>
    /// <param name="task">What it was trained for.</param>
    /// <param name="whole">Its trained weights.</param>
    /// <param name="arm">The pruned arm.</param>
    /// <param name="plan">How it is cut.</param>
    /// <param name="seed">Of draws.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="Winnow.Networks.NetworkPruningException">The share can't be met, or the cut isn't what it should be.</exception>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public static (NetworkCut Cut, IReadOnlyList<WeightArray> Weights) Of(ClassificationTask task, IReadOnlyList<WeightArray> whole, NetworkArm arm, NetworkPlan plan, ulong seed, CancellationToken stop)
    {
        using var before = new TrainedClassifier(task, whole, "the whole network");
        using var network = new TrainedClassifier(task, whole, "the whole network");
        var trace = NetworkTrace.Of(network.Module, network.Inputs(1));
        var removed = ChannelBudget.Macs(trace, UnitScoring.Of(arm.By!, trace, network, seed, stop), arm.Keep!.Value, Options(plan));
        var outcome = NetworkShrinker.Shrink(trace, removed);
        var gone = removed.ToHashSet();
        return (new(
            outcome,
            network.Accuracy(stop: stop),
            ForwardSpeed.ByTurns(before.Module, network.Module, before.Inputs, TorchRuntime.Threads, stop),
            [.. trace.Groups.Select(group => (group.Name, group.Units.Count, group.Units.Count(unit => !gone.Contains(unit))))],
            UnitScoring.Samples(arm.By!, task.Dataset.Train)), network.Weights());
    }

    /// <summary>The same widths with weights drawn anew, other ones than the whole network began with.</summary>
    /// <param name="task">What the network is for.</param>
    /// <param name="seed">Of the draw.</param>
    public IReadOnlyList<WeightArray> DrawnAnew(ClassificationTask task, ulong seed)
    {
        using var network = TrainedClassifier.Untrained(task, seed);
        DrawnNetwork.Cut(network.Module, Outcome.Kept);
        return network.Weights();
    }

    /// <summary>What holds while a budget is met.</summary>
    public static ChannelBudgetOptions Options(NetworkPlan plan) =>
        new() { Spread = plan.Spread == "uniform" ? ChannelSpread.Uniform : ChannelSpread.Global, LeastKeep = plan.LeastKeep, RoundTo = plan.RoundTo };
}
