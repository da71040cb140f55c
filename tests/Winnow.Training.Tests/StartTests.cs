using Winnow.Checkpoints;
using Winnow.Records;
using Winnow.Training.Models;

namespace Winnow.Training.Tests;

[Collection(TrainingCollection.Name)]
public sealed class StartTests : IDisposable
{
    private static readonly TrainingRecipe s_recipe = Small.Recipe with { Epochs = 1 };

    private readonly string _root = Directory.CreateTempSubdirectory("winnow-start-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_run_begins_with_given_weights_as_it_would_with_those_of_a_file()
    {
        var weights = Small.Run(Small.Images(), s_recipe, "full").Weights;
        var path = Path.Combine(_root, "w.safetensors");
        using (var stream = File.Create(path))
        {
            WeightsFile.WriteSafetensors(stream, weights);
        }

        var file = Small.Run(Small.Images(), s_recipe with { InitialWeights = FileIdentity.Of(path) }, "full", seed: 2);
        Assert.Equal(file.WeightsSha256(), Run(s_recipe, weights).WeightsSha256());
        Assert.NotEqual(file.WeightsSha256(), Small.Run(Small.Images(), s_recipe, "full", seed: 2).WeightsSha256());
        Assert.Equal(0, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Theory]
    [InlineData(MemoryLayout.Contiguous)]
    [InlineData(MemoryLayout.ChannelsLast)]
    public void Smaller_weights_make_the_network_as_small(MemoryLayout layout)
    {
        var small = s_recipe with { Layout = layout };
        var weights = Small.Run(Small.Images(), small, "full").Weights;
        var outcome = Run(small with { Width = 8 }, weights);
        Assert.Equal(weights.Select(static weight => weight.Description), outcome.Weights.Select(static weight => weight.Description));

        // What it computes is what a network does that was made so narrow.
        Assert.Equal(Run(small, weights).WeightsSha256(), outcome.WeightsSha256());
    }

    [Fact]
    public void Weights_of_another_network_are_refused_and_all_that_doesnt_fit_is_named()
    {
        var weights = Small.Run(Small.Images(), s_recipe with { Width = 8 }, "full", steps: 1).Weights;
        var error = Assert.Throws<RecipeException>(() => Run(s_recipe, weights));
        Assert.StartsWith("the run's start is of another network: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("F32[8, 1, 3, 3] in the file and F32[4, 1, 3, 3] in the network", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_checkpoint_of_a_run_with_another_start_is_refused()
    {
        var weights = Small.Run(Small.Images(), s_recipe, "full", steps: 1).Weights;
        using (var stop = new CancellationTokenSource())
        {
            using var first = new SavedRun(_root);
            Assert.True(s_recipe.CreateTrainer(Small.Images(), torch.CPU).Run(new() { Method = "full", Start = new(weights) }, [new StopAfter(stop, 3)], first.Checkpoints, stop: stop.Token).Interrupted);
        }

        using var other = new SavedRun(_root);
        var error = Assert.Throws<CheckpointException>(() => s_recipe.CreateTrainer(Small.Images(), torch.CPU).Run(new() { Method = "full" }, [], other.Checkpoints));
        Assert.Contains("run.start", error.Message, StringComparison.Ordinal);
    }

    private static TrainingOutcome Run(TrainingRecipe recipe, IReadOnlyList<WeightArray> weights) =>
        recipe.CreateTrainer(Small.Images(), torch.CPU).Run(new() { Method = "full", Seed = 2, Start = new(weights) }, []);
}
