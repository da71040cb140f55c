using Winnow.Plans;
using Winnow.Records;
using Winnow.Samples;

namespace Winnow.Training.Tests;

/// <summary>Training on those of a batch that a method chooses after a forward pass.</summary>
[Collection(TrainingCollection.Name)]
public class BatchSelectionTests
{
    private static readonly TrainingRecipe s_vectors = new() { Model = "mlp", Width = 1, Epochs = 2, BatchSize = 32, LearningRate = 0.05, Precision = Precision.Fp32 };

    private static TrainingOutcome Run(TrainingRecipe recipe, TestPolicy policy, params TrainerCallback[] callbacks) => recipe.CreateTrainer(recipe.Model == "mlp" ? Small.Vectors() : Small.Images(), torch.CPU)
        .Run(new TrainingRequest { Method = "test", Policy = policy }, callbacks);

    private static float[] All(float[] losses, float weight) => [.. losses.Select(_ => weight)];

    // The extra pass leaves no trace: neither in the running statistics of batch normalisation nor in the gradients, with the fused
    // kernels (16 channels) and without. Weight 2 cancels out exactly where losses are divided by the sum of the weights.
    [Theory]
    [InlineData(4, Precision.Fp32, 1f)]
    [InlineData(4, Precision.Bf16, 1f)]
    [InlineData(16, Precision.Fp32, 1f)]
    [InlineData(16, Precision.Bf16, 2f)]
    public void Choosing_everything_is_full_bit_for_bit(int width, Precision precision, float weight)
    {
        var recipe = Small.Recipe with { Epochs = 2, Width = width, Precision = precision };
        var full = Small.Run(Small.Images(), recipe, "full");
        var chosen = Run(recipe, new TestPolicy { Choose = (_, losses) => All(losses, weight) });
        Assert.Equal(full.WeightsSha256(), chosen.WeightsSha256());
        Assert.Equal((full.Forwards * 2, full.Backwards), (chosen.Forwards, chosen.Backwards));
        Assert.Equal(full.History.Select(static epoch => epoch.VisitedLoss), chosen.History.Select(static epoch => epoch.VisitedLoss));
        Assert.Equal(0, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Weights_of_the_choice_count_where_losses_are_divided_by_the_number_of_samples()
    {
        var recipe = s_vectors with { Normalization = LossNormalization.Batch };
        var doubled = Run(recipe, new TestPolicy { Choose = static (_, losses) => All(losses, 2) });
        var byPlan = Run(recipe, new TestPolicy { Weight = static (_, _) => 2 });
        var plain = Run(recipe, new TestPolicy());
        Assert.Equal(byPlan.WeightsSha256(), doubled.WeightsSha256());
        Assert.NotEqual(plain.WeightsSha256(), doubled.WeightsSha256());
    }

    // One step on the samples chosen of a batch of all equals one step of a plan that visits only those, but for the order of sums.
    [Theory]
    [InlineData(LossNormalization.Weights)]
    [InlineData(LossNormalization.Batch)]
    public void A_step_trains_on_the_chosen_with_their_weights_and_on_nothing_else(LossNormalization normalization)
    {
        var recipe = s_vectors with { Epochs = 1, BatchSize = 256, Normalization = normalization };
        int[] order = [];
        var callback = new Planned(plan => order = plan.Order.ToArray());
        var chosen = Run(recipe, new TestPolicy { Choose = (_, losses) => [.. losses.Select((_, k) => Weight(order[k]))] }, callback);
        var planned = Run(recipe, new TestPolicy { Weight = (_, id) => Weight(id) });
        Assert.Equal(chosen.Weights.Select(static weight => weight.Name), planned.Weights.Select(static weight => weight.Name));
        foreach (var (one, other) in chosen.Weights.Zip(planned.Weights))
        {
            Assert.All(one.Values.Zip(other.Values), static pair => Assert.Equal(pair.Second, pair.First, 1e-6));
        }

        Assert.Equal((256, 256 + 86, 86), (chosen.Visited, chosen.Forwards, chosen.Backwards));
        Assert.Equal(1 - ((256 + (3 * 86)) / (3.0 * 256)), chosen.Saved.Compute!.Value, 12);

        static float Weight(int id) => id % 3 == 0 ? 1 + (id % 2) : 0;
    }

    [Fact]
    public void The_unchosen_are_observed_with_the_loss_that_they_were_judged_by()
    {
        var plans = new List<EpochPlan>();
        var policy = new TestPolicy { Choose = static (_, losses) => [.. losses.Select((_, k) => k % 2 == 0 ? 1f : 0f)], Needs = [Signal.Loss, Signal.Confidence, Signal.Correct] };
        Run(Small.Recipe with { Epochs = 2, Precision = Precision.Fp32 }, policy, new Planned(plans.Add));
        Assert.Equal(2 * 16, policy.Chosen.Count);
        var differing = 0;
        foreach (var (context, losses) in policy.Chosen)
        {
            var said = policy.In(context.Epoch);
            var ids = plans[context.Epoch].Batch((int)context.Step, 32).Ids.ToArray();
            for (var k = 0; k < losses.Length; k++)
            {
                if (k % 2 == 1)
                {
                    Assert.Equal(losses[k], said[ids[k]].Loss);
                }
                else
                {
                    // Half the batch has other statistics, so the training pass says something else.
                    differing += said[ids[k]].Loss == losses[k] ? 0 : 1;
                }
            }
        }

        Assert.True(differing > 400, $"{differing} of the 512 chosen differ");
    }

    [Fact]
    public void A_step_that_doesnt_choose_costs_no_extra_pass_and_steps_count_within_the_epoch()
    {
        var asked = new List<(double Progress, long Step)>();
        var policy = new TestPolicy
        {
            When = (progress, step) =>
            {
                asked.Add((progress, step));
                return progress >= 0.5 && step % 2 == 0;
            },
            Choose = static (_, losses) => [.. losses.Select((_, k) => k < 8 ? 1f : 0f)],
        };
        var outcome = Run(s_vectors, policy);
        Assert.Equal(Enumerable.Range(0, 16).Select(static k => (k / 16.0, (long)k % 8)), asked);
        Assert.Equal([0L, 2, 4, 6], policy.Chosen.Select(static chosen => chosen.Context.Step));
        Assert.All(policy.Chosen, static chosen => Assert.Equal((1ul, 1), (chosen.Context.Seed, chosen.Context.Epoch)));
        Assert.Equal([256L, 256 + (4 * 8)], outcome.History.Select(static epoch => epoch.Forwards));
        Assert.Equal([256L, 128 + (4 * 8)], outcome.History.Select(static epoch => epoch.Backwards));
        Assert.Equal([0d, 0], outcome.History.Select(static epoch => epoch.SavedSoFar));
    }

    [Fact]
    public void Learns_from_the_larger_half_of_each_batch_the_same_at_the_same_seed()
    {
        var recipe = Small.Recipe with { Augmentation = Augmentation.None };
        var (first, second) = (Run(recipe, Harder()), Run(recipe, Harder()));
        Assert.Equal(first.WeightsSha256(), second.WeightsSha256());
        Assert.True(first.Accuracy > 0.9, $"accuracy {first.Accuracy}");
        Assert.Equal(first.Visited, first.Backwards * 2);
        Assert.All(first.ClassKeep, static keep => Assert.InRange(keep!.Value, 0.2, 0.8));
        Assert.Equal(0.5, first.ClassKeep.Average()!.Value, 12);

        static TestPolicy Harder() => new()
        {
            Choose = static (_, losses) => [.. losses.Select(loss => losses.Count(other => other > loss) < losses.Length / 2 ? 1f : 0f)],
        };
    }

    [Theory]
    [InlineData(0f, "chose none")]
    [InlineData(-1f, "weight -1")]
    [InlineData(float.NaN, "weight NaN")]
    public void A_choice_that_is_none_is_refused(float weight, string says)
    {
        var error = Assert.Throws<InvalidOperationException>(() => Run(s_vectors, new TestPolicy { Choose = (_, losses) => All(losses, weight) }));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    private sealed class Planned(Action<EpochPlan> seen) : TrainerCallback
    {
        public override void OnEpochPlanned(EpochPlan plan) => seen(plan);
    }
}
