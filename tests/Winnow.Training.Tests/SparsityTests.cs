using System.Runtime.InteropServices;
using Winnow.Catalog;
using Winnow.Networks.Sparsity;
using Winnow.Records;
using Winnow.Torch.Optimizers;

namespace Winnow.Training.Tests;

[Collection(TrainingCollection.Name)]
public sealed class SparsityTests
{
    private static readonly TrainingRecipe s_recipe = Small.Recipe with { Epochs = 3, Sparsify = "gmp+cubic:every=3", Density = 0.1 };

    [Theory]
    [InlineData("sgd", null, MemoryLayout.ChannelsLast)]
    [InlineData("adamw", 0.5, MemoryLayout.Contiguous)]
    public void A_run_ends_with_exactly_as_many_weights_as_it_was_to_keep(string optimizer, double? clip, MemoryLayout layout)
    {
        var outcome = Small.Run(Small.Images(), s_recipe with { Optimizer = optimizer, LearningRate = null, ClipNorm = clip, Layout = layout }, "full");
        var network = outcome.Network!;
        var elements = network.Layers.Sum(static layer => layer.Elements);
        Assert.Equal((long)Math.Round(0.1 * elements, MidpointRounding.AwayFromZero), network.Layers.Sum(static layer => layer.Kept));
        Assert.Equal(network.Layers.Select(static layer => (layer.Name, layer.Kept)), outcome.Masks!.Select(static mask => (mask.Name, mask.Kept)));
        Assert.Equal(("magnitude+uniform+cubic:every=3", 0.1), (network.Sparsify, network.Density));
        foreach (var mask in outcome.Masks!)
        {
            // What is kept of a layer that has been trained isn't 0 anywhere.
            var values = Values(outcome, mask.Name);
            Assert.Equal(mask.ToArray(), Array.ConvertAll(values, static value => value != 0));
        }

        Assert.Equal(0, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void The_density_follows_the_schedule_and_the_mean_number_of_parameters_is_its_sum_over_the_steps()
    {
        var trainer = s_recipe.CreateTrainer(Small.Images(), torch.CPU);
        var outcome = trainer.Run(new() { Method = "full" }, []);
        var elements = outcome.Network!.Layers.Sum(static layer => layer.Elements);
        var method = SparsityMethod.Parse(s_recipe.Sparsify!);
        long sum = 0, kept = elements;
        for (var step = 0; step < outcome.Steps; step++)
        {
            kept = method.Schedule.At(step, outcome.Steps, 0.1) is { IsUpdate: true } update ? (long)Math.Round(update.Density * elements, MidpointRounding.AwayFromZero) : kept;
            sum += trainer.Parameters - elements + kept;
            if ((step + 1) % trainer.StepsPerFullEpoch == 0)
            {
                Assert.Equal((double)kept / elements, outcome.History[step / trainer.StepsPerFullEpoch].Density);
            }
        }

        Assert.Equal((trainer.Parameters, (double)sum / outcome.Steps), (outcome.Network.Parameters, outcome.Network.AverageParameters));
    }

    [Fact]
    public void A_dense_run_is_as_it_was_and_has_as_many_parameters_all_along()
    {
        var trainer = (s_recipe with { Sparsify = null, Density = null }).CreateTrainer(Small.Images(), torch.CPU);
        var outcome = trainer.Run(new() { Method = "full" }, []);
        Assert.Null(outcome.Masks);
        Assert.Equal((trainer.Parameters, (double)trainer.Parameters, 0), (outcome.Network!.Parameters, outcome.Network.AverageParameters, outcome.Network.Layers.Count));
        Assert.All(outcome.History, static epoch => Assert.Null(epoch.Density));
    }

    [Theory]
    [InlineData("infobatch:keep=0.5")]
    [InlineData("rs2:keep=0.3")]
    public void On_fewer_samples_a_run_comes_to_the_same_density(string method)
    {
        var outcome = Small.Run(Small.Images(), s_recipe with { Epochs = 6 }, method);
        Assert.True(outcome.Visited < outcome.FullVisits);
        Assert.Equal(0.1, outcome.Network!.Kept!.Value, 3);
    }

    [Theory]
    [InlineData("snip")]
    [InlineData("grasp")]
    [InlineData("synflow")]
    [InlineData("random-erk")]
    [InlineData("taylor+global+cubic:every=5")]
    [InlineData("magnitude+erk+cycle:every=4")]
    [InlineData("n-of-m+one-shot:at=0.5", null)]
    public void Every_method_trains_with_batch_norm_and_draws(string spec, double? density = 0.2)
    {
        var outcome = Small.Run(Small.Images(), s_recipe with { Sparsify = spec, Density = density }, "full", seed: 2);
        Assert.Equal(density ?? 0.5, outcome.Network!.Kept!.Value, density is null ? 1 : 3);
        Assert.True(double.IsFinite(outcome.TestLoss!.Value));
        Assert.All(outcome.Masks!, mask => Assert.All(mask.ToArray().Zip(Values(outcome, mask.Name)), static pair => Assert.True(pair.First || pair.Second == 0)));

        // The same again, and another with another seed.
        Assert.Equal(outcome.WeightsSha256(), Small.Run(Small.Images(), s_recipe with { Sparsify = spec, Density = density }, "full", seed: 2).WeightsSha256());
    }

    [Theory]
    [InlineData("rs2:keep=0.3", "magnitude+erk+cycle:every=1")]
    [InlineData("infobatch:keep=0.5", "taylor+global+cubic:every=1,until=0.99")]
    public void On_fewer_samples_a_method_by_gradients_makes_good_in_the_last_step_what_lies_behind_it(string method, string spec)
    {
        var outcome = Small.Run(Small.Images(), s_recipe with { Sparsify = spec, Density = 0.2 }, method);
        Assert.True(outcome.Steps < outcome.FullSteps);
        Assert.Equal(0.2, outcome.Network!.Kept!.Value, 3);
    }

    [Fact]
    public void The_schedule_is_looked_at_once_for_each_step()
    {
        var root = Directory.CreateTempSubdirectory("winnow-sparsity-").FullName;
        using var stop = new CancellationTokenSource();
        using (var saved = new SavedRun(root))
        {
            _ = (s_recipe with { Sparsify = "random-erk" }).CreateTrainer(Small.Images(), torch.CPU).Run(new() { Method = "full" }, [new StopAfter(stop, 9)], saved.Checkpoints, stop: stop.Token);
        }

        using (var file = File.OpenRead(Directory.GetFiles(Path.Combine(root, "checkpoints")).Single()))
        {
            // Steps, parameters over them, the next step to look at, updates.
            Assert.EndsWith(" 9 1", Winnow.Checkpoints.CheckpointReader.Open(file).Fact("state.sparsity"), StringComparison.Ordinal);
        }

        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public void Passes_for_gradients_count_as_computed()
    {
        var recipe = s_recipe with { Epochs = 1 };
        var plain = Small.Run(Small.Images(), recipe with { Sparsify = "random-erk" }, "full");
        var looked = Small.Run(Small.Images(), recipe with { Sparsify = "snip" }, "full");
        Assert.Equal((plain.Forwards + recipe.BatchSize, plain.Backwards + recipe.BatchSize), (looked.Forwards, looked.Backwards));
    }

    [Fact]
    public void A_look_at_a_batch_for_its_gradients_moves_no_running_statistics()
    {
        var recipe = s_recipe with { Sparsify = "snip", Density = 1 };
        var dense = Small.Run(Small.Images(), recipe with { Sparsify = null, Density = null }, "full");
        Assert.Equal(dense.WeightsSha256(), Small.Run(Small.Images(), recipe, "full").WeightsSha256());
    }

    [Fact]
    public void In_parts_of_a_batch_gradients_are_those_of_the_first_part() =>
        Assert.Equal(0.2, Small.Run(Small.Images(), s_recipe with { Sparsify = "snip", Density = 0.2, MicroBatchSize = 8 }, "full").Network!.Kept!.Value, 3);

    [Fact]
    public void An_optimiser_that_isnt_known_is_followed_step_by_step()
    {
        var recipe = s_recipe with { Epochs = 1 };
        var options = new TrainerOptions { Optimizer = static parameters => new FusedSgd(parameters, new SgdOptions { Momentum = 0.9 }) };
        var outcome = new Trainer(recipe.CreateTask(Small.Images()), recipe, torch.CPU, options).Run(new() { Method = "full" }, []);
        Assert.All(outcome.Masks!, mask => Assert.All(mask.ToArray().Zip(Values(outcome, mask.Name)), static pair => Assert.True(pair.First || pair.Second == 0)));
    }

    [Fact]
    public void A_run_begins_with_masks_and_keeps_them()
    {
        var dense = s_recipe with { Sparsify = null, Density = null, Epochs = 1 };
        var ticket = Small.Run(Small.Images(), s_recipe with { Epochs = 1 }, "full");
        var outcome = dense.CreateTrainer(Small.Images(), torch.CPU).Run(new() { Method = "full", Seed = 2, Start = new(ticket.Weights, ticket.Masks) }, []);
        Assert.Equal(ticket.Masks, outcome.Masks);
        Assert.All(outcome.Masks!, mask => Assert.All(mask.ToArray().Zip(Values(outcome, mask.Name)), static pair => Assert.True(pair.First || pair.Second == 0)));
        Assert.NotEqual(ticket.WeightsSha256(), outcome.WeightsSha256());
        Assert.True(outcome.Network!.AverageParameters < 0.2 * outcome.Network.Parameters);
    }

    [RanksFact]
    public void Two_processes_drop_the_same_weights()
    {
        var recipe = s_recipe with { Epochs = 1 };
        var outcomes = RankThreads.Run(2, group => recipe.CreateTrainer(Small.Images(), torch.CPU).Run(new() { Method = "full" }, [], null, group));
        Assert.Equal(outcomes[0].Masks, outcomes[1].Masks);
        Assert.Equal(outcomes[0].WeightsSha256(), outcomes[1].WeightsSha256());
        var errors = RankThreads.Run(2, group => Assert.Throws<RecipeException>(() => (recipe with { Sparsify = "snip" }).CreateTrainer(Small.Images(), torch.CPU).Run(new() { Method = "full" }, [], null, group)));
        Assert.All(errors, static error => Assert.Contains("each of 2 processes has a share only", error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void What_cant_be_is_refused_before_anything_is_trained()
    {
        Assert.Equal("Density 1.5 is not in (0, 1]; e.g. 0.1.", Assert.Throws<RecipeException>(() => (s_recipe with { Density = 1.5 }).Validate()).Message);
        Assert.Contains("has to be told the share", Assert.Throws<MethodSpecException>(() => (s_recipe with { Density = null }).Validate()).Message, StringComparison.Ordinal);
        Assert.Contains("ends with the run's last step", Refused(s_recipe with { Sparsify = "taylor+cubic:until=1,every=1" }).Message, StringComparison.Ordinal);
        Assert.Contains("11 rounds", Refused(s_recipe with { Epochs = 1, BatchSize = 100, Sparsify = "magnitude+geometric:rounds=11" }).Message, StringComparison.Ordinal);

        static RecipeException Refused(TrainingRecipe recipe) => Assert.Throws<RecipeException>(() => recipe.CreateTrainer(Small.Images(), torch.CPU));
    }

    private static float[] Values(TrainingOutcome outcome, string name) => MemoryMarshal.Cast<byte, float>(outcome.Weights.Single(weight => weight.Name == name).Bytes).ToArray();
}
