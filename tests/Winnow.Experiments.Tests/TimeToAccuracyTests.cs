using Winnow.Records;
using Winnow.Training;

namespace Winnow.Experiments.Tests;

public class TimeToAccuracyTests
{
    [Fact]
    public void It_is_the_first_epoch_end_at_or_above_the_target_without_evaluation()
    {
        var time = Statistics.TimeTo(0.8, [Run(0.5, 0.8, 0.7, 0.9)]);
        Assert.Equal((1, 2 * 3.0, 2 * 100.0), (time.ReachedSeeds, time.Seconds, time.Samples));
    }

    [Fact]
    public void Several_seeds_give_their_median()
    {
        var time = Statistics.TimeTo(0.8, [Run(0.9), Run(0.1, 0.1, 0.1, 0.8), Run(0.5, 0.8)]);
        Assert.Equal((3, 6.0, 200.0), (time.ReachedSeeds, time.Seconds, time.Samples));
    }

    [Fact]
    public void A_seed_that_never_reached_it_counts_as_infinitely_long()
    {
        var some = Statistics.TimeTo(0.8, [Run(0.9), Run(0.1), Run(0.5, 0.8)]);
        Assert.Equal((2, 6.0), (some.ReachedSeeds, some.Seconds));
        var few = Statistics.TimeTo(0.8, [Run(0.9), Run(0.1), Run(0.2)]);
        Assert.Equal((1, (double?)null, (double?)null), (few.ReachedSeeds, few.Seconds, few.Samples));
        var half = Statistics.TimeTo(0.8, [Run(0.9), Run(0.1)]);
        Assert.Equal((1, (double?)null), (half.ReachedSeeds, half.Seconds));
    }

    // Each epoch visits 100 samples and takes 4 seconds, one of them evaluating.
    private static TrainingOutcome Run(params double[] accuracies) => new()
    {
        Method = "full",
        Seed = 1,
        Epochs = accuracies.Length,
        Visited = 0,
        Steps = 0,
        FullVisits = 1,
        FullSteps = 1,
        Seconds = new PhaseSeconds(),
        Weights = [],
        History = [.. accuracies.Select((accuracy, epoch) => new EpochReport
        {
            Epoch = epoch,
            Epochs = accuracies.Length,
            Visited = 100,
            Total = 200,
            Steps = 1,
            LearningRate = 0.1,
            Accuracy = accuracy,
            TestLoss = null,
            Seconds = new PhaseSeconds { Total = 4, [Phase.Evaluate] = 1 },
        })],
    };
}
