using Winnow.Data;
using Winnow.Records;
using Winnow.Samples;

namespace Winnow.Training.Tests;

/// <summary>What policies are told of visited and of dropped samples.</summary>
[Collection(TrainingCollection.Name)]
public class TrainerSignalTests
{
    // At this scale no step changes a weight, and the mlp has no batch normalisation: what training saw can be computed afterwards.
    private const double Still = 1e-30;

    private static readonly TrainingRecipe s_vectors = new()
    {
        Model = "mlp",
        Width = 1,
        Epochs = 3,
        BatchSize = 48,
        LearningRate = 0.05,
        Precision = Precision.Fp32,
        LabelSmoothing = 0.1,
    };

    private static TrainingOutcome Run(LoadedData data, TrainingRecipe recipe, TestPolicy policy, double scale = 1, ulong seed = 1) =>
        recipe.CreateTrainer(data, torch.CPU).Run(new TrainingRequest { Method = "test", Policy = policy, Seed = seed, LearningRateScale = scale }, []);

    [Fact]
    public void Confidence_and_correctness_are_those_of_the_models_own_prediction()
    {
        var data = Small.Vectors();
        var policy = new TestPolicy { Needs = [Signal.Loss, Signal.Confidence, Signal.Correct] };
        var outcome = Run(data, s_vectors, policy, Still);
        var network = new SmallNetwork(outcome, data.Train);
        var said = policy.In(epoch: 2);
        Assert.Equal(data.Train.Count, said.Count);
        foreach (var (id, signals) in said)
        {
            var probabilities = network.Predict(data.Train, (int)id);
            Assert.Equal(probabilities.Max(), signals.Confidence, 1e-5);
            Assert.Equal(Array.IndexOf(probabilities, probabilities.Max()) == data.Train.Labels[(int)id], signals.Correct);
            Assert.Equal(network.Loss(data.Train, (int)id, 0.1), signals.Loss, 1e-5);
        }

        Assert.Contains(said.Values, static signals => signals.Correct);
        Assert.Contains(said.Values, static signals => !signals.Correct);
    }

    [Fact]
    public void Batch_losses_are_the_means_of_the_plans_batches()
    {
        var policy = new TestPolicy { Needs = [Signal.Loss, Signal.BatchLoss] };
        var plans = new List<int[]>();
        var data = Small.Vectors();
        s_vectors.CreateTrainer(data, torch.CPU).Run(new TrainingRequest { Method = "test", Policy = policy }, [new Planned(plan => plans.Add(plan))]);
        for (var epoch = 0; epoch < 3; epoch++)
        {
            var said = policy.In(epoch);

            // 256 samples in batches of up to 48 are 6 batches, whose sizes differ by at most one.
            for (var b = 0; b < 6; b++)
            {
                var ids = plans[epoch][(b * 256 / 6)..((b + 1) * 256 / 6)];
                var mean = ids.Average(id => (double)said[id].Loss);
                Assert.All(ids, id => Assert.Equal(mean, said[id].BatchLoss, 1e-6));
            }
        }
    }

    [Fact]
    public void What_isnt_asked_for_isnt_collected()
    {
        var policy = new TestPolicy();
        Run(Small.Vectors(), s_vectors, policy);
        Assert.All(policy.Visits, static told => Assert.True(told is { Confidences.Length: 0, Correct.Length: 0, BatchLosses.Length: 0 }));
        Assert.Empty(policy.Refreshes);
    }

    [Fact]
    public void Dropped_samples_are_told_the_loss_of_the_model_at_the_epochs_end_each_once()
    {
        var data = Small.Vectors(train: 700);
        var policy = new TestPolicy
        {
            Needs = [Signal.Loss, Signal.Confidence, Signal.Correct],
            RefreshesDropped = true,
            Weight = static (epoch, id) => (id + epoch) % 5 == 0 ? 1 : 0,
        };
        var outcome = Run(data, s_vectors, policy, Still);
        var network = new SmallNetwork(outcome, data.Train);
        for (var epoch = 0; epoch < 2; epoch++)
        {
            var said = policy.In(epoch, refreshed: true);
            Assert.Equal(Enumerable.Range(0, 700).Where(id => (id + epoch) % 5 != 0).Select(static id => (long)id), said.Keys.Order());
            foreach (var (id, signals) in said)
            {
                var probabilities = network.Predict(data.Train, (int)id);
                Assert.Equal(network.Loss(data.Train, (int)id, 0.1), signals.Loss, 1e-5);
                Assert.Equal(probabilities.Max(), signals.Confidence, 1e-5);
                Assert.Equal(Array.IndexOf(probabilities, probabilities.Max()) == data.Train.Labels[(int)id], signals.Correct);
            }
        }

        // After the last epoch nobody would read it.
        Assert.Empty(policy.In(2, refreshed: true));
        Assert.Equal([560, 560, 0], outcome.History.Select(static epoch => epoch.Refreshed));
        Assert.Equal([700, 700, 140], outcome.History.Select(static epoch => epoch.Forwards));
        Assert.Equal([140, 140, 140], outcome.History.Select(static epoch => epoch.Backwards));
        Assert.Equal((420, 1540, 420), (outcome.Visited, outcome.Forwards, outcome.Backwards));
        Assert.Equal(1540 + (2 * 420), outcome.Compute);
        Assert.Equal(1 - (2380 / (3.0 * 2100)), outcome.Saved.Compute!.Value, 12);
        Assert.True(outcome.Seconds[Phase.Refresh] > 0);
        Assert.Equal(0, outcome.History[2].Seconds[Phase.Refresh]);
        Assert.True(outcome.Seconds.Total >= outcome.Seconds[Phase.Train] + outcome.Seconds[Phase.Refresh] + outcome.Seconds[Phase.Evaluate]);
        Assert.Equal((outcome.Seconds[Phase.Plan] + outcome.Seconds[Phase.Observe] + outcome.Seconds[Phase.Refresh]) / outcome.Seconds.Total, outcome.Seconds.OverheadShare, 12);
    }

    // Evaluation mode and no history: the model, running statistics included, goes on as if nothing had been.
    [Theory]
    [InlineData(4, Precision.Fp32)]
    [InlineData(16, Precision.Bf16)]
    public void Refreshing_changes_nothing_in_the_model(int width, Precision precision)
    {
        var recipe = Small.Recipe with { Epochs = 3, Width = width, Precision = precision };
        var (with, without) = (Run(refreshes: true), Run(refreshes: false));
        Assert.Equal(without.WeightsSha256(), with.WeightsSha256());
        Assert.Equal(2 * 256, with.Forwards - without.Forwards);
        Assert.Equal(0, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        TrainingOutcome Run(bool refreshes) => TrainerSignalTests.Run(Small.Images(), recipe, new TestPolicy
        {
            Needs = [Signal.Loss, Signal.Confidence, Signal.Correct, Signal.BatchLoss],
            RefreshesDropped = refreshes,
            Weight = static (_, id) => id % 2,
        });
    }

    [Fact]
    public void The_same_seed_tells_the_same_bit_for_bit()
    {
        var (first, second) = (Make(), Make());
        Run(Small.Images(), Small.Recipe, first, seed: 5);
        Run(Small.Images(), Small.Recipe, second, seed: 5);
        for (var epoch = 0; epoch < 4; epoch++)
        {
            Assert.Equal(first.In(epoch), second.In(epoch));
            Assert.Equal(first.In(epoch, refreshed: true), second.In(epoch, refreshed: true));
        }

        static TestPolicy Make() => new() { Needs = [Signal.Loss, Signal.Confidence, Signal.Correct], RefreshesDropped = true, Weight = static (epoch, id) => (id + epoch) % 3 };
    }

    [Fact]
    public void A_run_stopped_while_refreshing_is_interrupted()
    {
        using var stop = new CancellationTokenSource();
        var policy = new TestPolicy { RefreshesDropped = true, Weight = static (_, id) => id % 2, Observed = stop.Cancel };
        var outcome = Small.Recipe.CreateTrainer(Small.Images(), torch.CPU).Run(new TrainingRequest { Method = "test", Policy = policy }, [], stop.Token);
        Assert.True(outcome.Interrupted);
        Assert.Empty(outcome.ClassAccuracy);
        Assert.Empty(policy.Refreshes);
        Assert.Equal(0, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private sealed class Planned(Action<int[]> seen) : TrainerCallback
    {
        public override void OnEpochPlanned(Winnow.Plans.EpochPlan plan) => seen(plan.Order.ToArray());
    }
}
