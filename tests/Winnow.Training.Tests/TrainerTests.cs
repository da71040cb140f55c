using Winnow.Plans;
using Winnow.Records;

namespace Winnow.Training.Tests;

[Collection(TrainingCollection.Name)]
public class TrainerTests
{
    // Mirroring swaps the quadrants, so this one learns without augmentation.
    private static readonly TrainingRecipe s_plain = Small.Recipe with { Augmentation = Augmentation.None };

    [Theory]
    [InlineData("full")]
    [InlineData("infobatch")]
    [InlineData("infobatch-quantile")]
    [InlineData("random:keep=0.7")]
    public void Learns_with_every_method(string method)
    {
        var outcome = Small.Run(Small.Images(), s_plain, method);
        Assert.True(outcome.Accuracy > 0.9, $"accuracy {outcome.Accuracy}");
    }

    [Theory]
    [InlineData("sgd", "cosine", Precision.Fp32)]
    [InlineData("sgd", "onecycle", Precision.Bf16)]
    [InlineData("adamw", "linear", Precision.Fp32)]
    public void Learns_with_every_optimiser_schedule_and_precision(string optimizer, string schedule, Precision precision)
    {
        var recipe = s_plain with { Optimizer = optimizer, Schedule = schedule, Precision = precision, LearningRate = optimizer == "sgd" ? 0.05 : 0.005 };
        Assert.True(Small.Run(Small.Images(), recipe, "full").Accuracy > 0.9);
    }

    [Fact]
    public void Learns_from_vectors()
    {
        var recipe = new TrainingRecipe { Model = "mlp", Width = 2, Epochs = 10, BatchSize = 16, LearningRate = 0.05 };
        Assert.True(Small.Run(Small.Vectors(), recipe, "infobatch").Accuracy > 0.85);
    }

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    public void The_same_seed_gives_the_same_weights_bit_for_bit(Precision precision)
    {
        var recipe = Small.Recipe with { Precision = precision };
        var first = Small.Run(Small.Images(), recipe, "infobatch", seed: 7);
        var second = Small.Run(Small.Images(), recipe, "infobatch", seed: 7);
        Assert.Equal(first.WeightsSha256(), second.WeightsSha256());
        Assert.Equal(first.History.Select(static epoch => epoch.VisitedLoss), second.History.Select(static epoch => epoch.VisitedLoss));
    }

    [Fact]
    public void Another_seed_gives_other_weights_and_another_order()
    {
        var orders = new List<int[]>();
        var first = Small.Run(Small.Images(), Small.Recipe, "full", seed: 1, null, new Plans(plan => orders.Add(plan.Order.ToArray())));
        var second = Small.Run(Small.Images(), Small.Recipe, "full", seed: 2, null, new Plans(plan => orders.Add(plan.Order.ToArray())));
        Assert.NotEqual(first.WeightsSha256(), second.WeightsSha256());
        Assert.NotEqual(orders[0], orders[4]);
    }

    // What is drawn for a sample doesn't depend on which others are visited, so a policy that keeps all equals full.
    [Fact]
    public void Keeping_everything_is_full_bit_for_bit()
    {
        var full = Small.Run(Small.Images(), Small.Recipe, "full");
        var all = Small.Run(Small.Images(), Small.Recipe, "random:keep=1");
        Assert.Equal(full.WeightsSha256(), all.WeightsSha256());
    }

    [Fact]
    public void No_tensor_is_alive_after_a_run()
    {
        Small.Run(Small.Images(), Small.Recipe, "infobatch");
        Assert.Equal(0, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Pruned_epochs_are_shorter_and_the_books_balance()
    {
        var outcome = Small.Run(Small.Images(), s_plain with { Epochs = 8 }, "infobatch");
        Assert.Equal(512, outcome.History[0].Visited);
        Assert.Equal(512, outcome.History[7].Visited);
        Assert.All(outcome.History.Skip(1).Take(6), static epoch => Assert.InRange(epoch.Visited, 257, 500));
        Assert.Equal(outcome.History.Sum(static epoch => epoch.Visited), outcome.Visited);
        Assert.Equal(outcome.History.Sum(static epoch => (epoch.Visited + 31) / 32), outcome.Steps);
        Assert.Equal(8 * 512, outcome.FullVisits);
        Assert.Equal(8 * 16, outcome.FullSteps);
    }

    // E7 of the reference: a schedule that believes a stale length overruns; ours must end at its end however long the epochs were.
    [Theory]
    [InlineData("full", null)]
    [InlineData("infobatch", null)]
    [InlineData("full", 37L)]
    public void The_schedule_goes_from_start_to_end_whatever_was_pruned(string method, long? steps)
    {
        var progress = new List<double>();
        var outcome = Small.Run(Small.Images(), Small.Recipe, method, 1, steps, new Steps(step => progress.Add(step.Progress)));
        Assert.Equal(0, progress[0]);
        Assert.Equal(progress.Order(), progress);
        Assert.InRange(progress[^1], 0.9, 0.99999);
        Assert.Equal(outcome.Steps, progress.Count);
        Assert.InRange(outcome.History[^1].LearningRate, 0, 0.2 * Small.Recipe.PeakLearningRate);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(37)]
    public void A_shortened_run_takes_exactly_the_steps_it_was_given(long steps)
    {
        var outcome = Small.Run(Small.Images(), Small.Recipe, "full", 1, steps);
        Assert.Equal(steps, outcome.Steps);
        Assert.NotNull(outcome.Accuracy);
        Assert.Equal(64, outcome.FullSteps);
    }

    [Fact]
    public void Cancelling_ends_after_the_step_and_keeps_the_weights()
    {
        using var stop = new CancellationTokenSource();
        var count = 0;
        var callback = new Steps(_ =>
        {
            if (++count == 20)
            {
                stop.Cancel();
            }
        });
        var outcome = Small.Recipe.CreateTrainer(Small.Images(), torch.CPU).Run(new TrainingRequest { Method = "full" }, [callback], stop.Token);
        Assert.True(outcome.Interrupted);
        Assert.Null(outcome.Accuracy);
        Assert.Equal(20, outcome.Steps);
        Assert.NotEmpty(outcome.Weights);
    }

    [Fact]
    public void A_diverging_run_fails_and_names_the_learning_rate()
    {
        var error = Assert.Throws<TrainingFailedException>(() => Small.Run(Small.Images(), s_plain with { LearningRate = 1e6, Precision = Precision.Fp32 }, "full"));
        Assert.Contains("a lower learning rate", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Epochs 0", 0, 32, 0.1, "sgd")]
    [InlineData("BatchSize 0", 1, 0, 0.1, "sgd")]
    [InlineData("LearningRate 0", 1, 32, 0, "sgd")]
    [InlineData("LearningRate NaN", 1, 32, double.NaN, "sgd")]
    [InlineData("Optimizer lion", 1, 32, 0.1, "lion")]
    public void A_value_out_of_range_is_refused_before_anything_runs(string named, int epochs, int batch, double rate, string optimizer)
    {
        var recipe = Small.Recipe with { Epochs = epochs, BatchSize = batch, LearningRate = rate, Optimizer = optimizer };
        var error = Assert.Throws<RecipeException>(() => recipe.CreateTrainer(Small.Images(), torch.CPU));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Augmenting_vectors_is_refused() =>
        Assert.Throws<RecipeException>(() => new TrainingRecipe { Model = "mlp", Augmentation = Augmentation.Parse("flip") }.CreateTrainer(Small.Vectors(), torch.CPU));

    [Fact]
    public void A_model_that_is_unknown_or_too_large_for_the_images_is_refused()
    {
        Assert.Contains("resnet9", Assert.Throws<RecipeException>(() => (Small.Recipe with { Model = "vgg" }).CreateTrainer(Small.Images(), torch.CPU)).Message, StringComparison.Ordinal);
        Assert.Throws<RecipeException>(() => new TrainingRecipe { Model = "resnet9" }.CreateTrainer(Small.Vectors(), torch.CPU));
    }

    // One sample a batch at the end would give batch norm a variance of nothing; balanced batches never come to that.
    [Fact]
    public void A_data_set_that_doesnt_divide_into_batches_trains()
    {
        var outcome = Small.Run(Small.Images(train: 129), Small.Recipe with { Epochs = 2, BatchSize = 64 }, "full");
        Assert.Equal(6, outcome.Steps);
        Assert.Equal(258, outcome.Visited);
    }

    private sealed class Plans(Action<EpochPlan> seen) : TrainerCallback
    {
        public override void OnEpochPlanned(EpochPlan plan) => seen(plan);
    }

    private sealed class Steps(Action<StepReport> seen) : TrainerCallback
    {
        public override void OnStep(in StepReport step) => seen(step);
    }
}
