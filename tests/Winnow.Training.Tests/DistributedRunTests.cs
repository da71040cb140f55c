using Winnow.Data;
using Winnow.Records;
using Winnow.Samples;
using Winnow.Torch;
using Winnow.Torch.Distributed;

namespace Winnow.Training.Tests;

/// <summary>What several ranks tell the method and count, against one process. Ranks are threads here; the command line's tests have them as processes.</summary>
[Collection(TrainingCollection.Name)]
public sealed class DistributedRunTests
{
    private static readonly TrainingRecipe s_recipe = new() { Model = "mlp", Epochs = 3, BatchSize = 30, LearningRate = 0.1, Precision = Precision.Fp32 };

    [RanksFact]
    public void Every_rank_is_told_what_one_process_is_told_of_every_sample()
    {
        var data = Small.Vectors(train: 257);
        var alone = Policy();
        var expected = Run(data, alone, null);
        TestPolicy[] policies = [Policy(), Policy(), Policy()];
        var outcomes = RankThreads.Run(3, group => Run(data, policies[group.Rank], group));
        foreach (var (outcome, policy) in outcomes.Zip(policies))
        {
            Assert.Equal(outcomes[0].WeightsSha256(), outcome.WeightsSha256());
            Assert.Equal(
                (expected.Visited, expected.Steps, expected.Forwards, expected.Backwards, expected.Accuracy),
                (outcome.Visited, outcome.Steps, outcome.Forwards, outcome.Backwards, outcome.Accuracy));
            for (var epoch = 0; epoch < 3; epoch++)
            {
                foreach (var refreshed in new[] { false, true })
                {
                    var (one, many) = (alone.In(epoch, refreshed), policy.In(epoch, refreshed));
                    Assert.Equal(one.Keys.Order(), many.Keys.Order());
                    Assert.NotEmpty(epoch == 2 && refreshed ? [0L] : one.Keys.ToArray());
                    foreach (var (id, said) in one)
                    {
                        Assert.Equal(said.Loss, many[id].Loss, 1e-4f);
                        Assert.Equal(said.Confidence, many[id].Confidence, 1e-4f);
                        Assert.Equal(said.BatchLoss, many[id].BatchLoss, 1e-4f);
                    }

                    Assert.Equal(one.Count(static entry => entry.Value.Correct), many.Count(static entry => entry.Value.Correct));
                }
            }
        }

        // Every third sample sits out.
        static TestPolicy Policy() => new() { Needs = [Signal.Loss, Signal.Confidence, Signal.Correct, Signal.BatchLoss], RefreshesDropped = true, Weight = static (epoch, id) => (id + epoch) % 3 == 0 ? 0 : 1.5f };
    }

    [RanksFact]
    public void A_choice_within_the_batch_is_among_all_of_it_even_when_a_rank_is_left_with_none()
    {
        var data = Small.Vectors(train: 90);
        var alone = Policy();
        var expected = Run(data, alone, null);
        TestPolicy[] policies = [Policy(), Policy()];
        var outcomes = RankThreads.Run(2, group => Run(data, policies[group.Rank], group));
        Assert.All(outcomes, outcome => Assert.Equal((expected.Forwards, expected.Backwards), (outcome.Forwards, outcome.Backwards)));
        foreach (var policy in policies)
        {
            foreach (var (one, many) in alone.Chosen.Zip(policy.Chosen))
            {
                Assert.Equal(one.Context, many.Context);
                Assert.Equal(one.Losses.Length, many.Losses.Length);
                Assert.All(one.Losses.Zip(many.Losses), static pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
            }
        }

        // One sample of thirty: one of the two ranks has none.
        static TestPolicy Policy() => new() { Choose = static (_, losses) => [.. losses.Select((_, k) => k == 20 ? 2f : 0f)] };
    }

    [RanksFact]
    public void Plans_that_differ_end_the_run_with_rank_and_epoch()
    {
        var data = Small.Vectors();
        var errors = RankThreads.Run(2, group => Assert.Throws<TrainingFailedException>(() => Run(data, new TestPolicy { Weight = (epoch, id) => epoch == 1 && group.Rank == 1 && id == 3 ? 0 : 1 }, group)));
        Assert.All(errors, static error => Assert.Matches("^rank 1 has another plan than rank 0: [0-9a-f]{16} for epoch 2, and rank 0 has [0-9a-f]{16} for epoch 2; all ranks need the same program, data, seed and method\\.$", error.Message));
    }

    private static TrainingOutcome Run(LoadedData data, TestPolicy policy, ProcessGroup? group) =>
        s_recipe.CreateTrainer(data, torch.CPU).Run(new TrainingRequest { Method = "test", Policy = policy }, [], null, group);
}
