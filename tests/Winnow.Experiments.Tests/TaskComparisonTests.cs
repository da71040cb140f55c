using Winnow.Records.Comparisons;
using Winnow.Training;
using Winnow.Training.Tests;
using Winnow.Training.Tests.Tasks;
using static TorchSharp.torch;

namespace Winnow.Experiments.Tests;

/// <summary>A task of one's own goes through the same proof, by the metric that it says decides.</summary>
[Collection(TrainingCollection.Name)]
public sealed class TaskComparisonTests
{
    private static readonly TrainingSettings s_settings = new() { Epochs = 4, BatchSize = 30, LearningRate = 0.03 };

    [Fact]
    public void Arms_are_compared_by_the_tasks_own_metric()
    {
        var comparison = new Comparison(Trainer(SquaredError), ComparisonPlan.Arms(["infobatch:save=0.2"], Controls.All, Ablations.Weights), [1, 2, 3], [0.5, 1e-9]);
        var losses = new Dictionary<(string, ulong), double>();
        comparison.Run(static _ => [], (run, outcome) => losses.Add((run.Arm.Name, run.Seed), outcome.Metrics.Value("test_loss")!.Value));
        var arms = comparison.Results();
        Assert.Equal(["full", "infobatch:save=0.2", "full@infobatch:save=0.2", "full@infobatch:save=0.2*lr", "random@infobatch:save=0.2", "rs2@infobatch:save=0.2", "no-weights@infobatch:save=0.2"], arms.Select(static arm => arm.Name));
        foreach (var arm in arms)
        {
            var own = arm.Seeds.Select(seed => losses[(arm.Name, seed)]).ToArray();
            Assert.Equal(new Judgement("test_loss", HigherIsBetter: false, IsShare: false), arm.Judgement);
            Assert.Equal(own, arm.Judged!.Values);
            Assert.Equal(own.Average(), arm.Metrics.Value("test_loss")!.Value, 12);
            Assert.Null(arm.Accuracy);
            Assert.Null(arm.WorstClassAccuracy);
            Assert.Equal((3, 0), (arm.TimeToAccuracy[0].ReachedSeeds, arm.TimeToAccuracy[1].ReachedSeeds));
        }

        var expected = arms[1].Seeds.Average(seed => losses[("infobatch:save=0.2", seed)] - losses[("full", seed)]);
        Assert.Equal(expected, arms[1].DeltaFull!.Mean, 12);
        Assert.All([arms[1].DeltaShortened, arms[1].DeltaShortenedLr, arms[1].DeltaRandom, arms[1].DeltaRs2, arms[1].DeltaWithoutWeights], static delta => Assert.NotNull(delta?.Low));
        Assert.Contains(Findings.Of(arms), static note => note.Contains("its test loss differs from full data by ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_without_a_number_that_decides_ends_the_comparison_and_is_named()
    {
        // Finite in training, whose losses are fewer than those of the test.
        var comparison = new Comparison(Trainer(static (output, target) => SquaredError(output, target) * (target.size(0) > 30 ? float.PositiveInfinity : 1)), ComparisonPlan.Arms(["infobatch"], Controls.Full), [1]);
        var error = Assert.Throws<TrainingFailedException>(() => comparison.Run(static _ => [], static (_, _) => { }));
        Assert.Equal("full, seed 1: test_loss, by which arms are compared, isn't finite at the end of the run; a lower learning rate usually helps.", error.Message);
        Assert.True(comparison.Interrupted);
        Assert.Empty(comparison.Results());
    }

    private static Trainer Trainer(Training.Tasks.SampleLoss loss) => Training.Trainer.For(static () => new RowNetwork(1), Rows.Sums(200), Rows.Sums(50), loss, s_settings);

    private static Tensor SquaredError(Tensor output, Tensor target) => nn.functional.mse_loss(output, target, reduction: nn.Reduction.None).mean([1L]);
}
