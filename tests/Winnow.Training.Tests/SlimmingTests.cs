using Winnow.Checkpoints;
using Winnow.Networks.Masks;

namespace Winnow.Training.Tests;

/// <summary>The penalty on batch norms' scales, within the loop.</summary>
[Collection(TrainingCollection.Name)]
public sealed class SlimmingTests : IDisposable
{
    private const string Scale = "stem.norm.weight";

    private static readonly TrainingRecipe s_recipe = Small.Recipe with { Epochs = 1, WeightDecay = 0 };

    private readonly string _root = Directory.CreateTempSubdirectory("winnow-slimming-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_step_takes_exactly_the_penalty_off_each_scale_and_nothing_off_other_weights()
    {
        var plain = Step(s_recipe);
        var slim = Step(s_recipe with { Slimming = 0.25 });

        // Nesterov's first step goes 1 + momentum times as far as the gradient; scales begin at 1.
        var moved = slim.History[0].LearningRate * (1 + s_recipe.Momentum) * 0.25;
        Assert.True(moved > 0);
        foreach (var (one, other) in plain.Weights.Zip(slim.Weights).Where(static pair => pair.First.Type == "F32"))
        {
            Assert.Equal(one.Name, other.Name);
            Assert.All(one.Values.Zip(other.Values), pair => Assert.Equal(IsScale(one.Name) ? pair.First - moved : pair.First, pair.Second, IsScale(one.Name) ? 1e-6 : 0));
        }

        Assert.Contains(plain.Weights, static weight => IsScale(weight.Name));

        // resnet-small's norms: norm of the stem, bn1 and bn2 of blocks, 1 of shortcuts.
        static bool IsScale(string name) => name.EndsWith("norm.weight", StringComparison.Ordinal) || name.EndsWith("bn1.weight", StringComparison.Ordinal)
            || name.EndsWith("bn2.weight", StringComparison.Ordinal) || name.EndsWith("downsample.1.weight", StringComparison.Ordinal);
    }

    [Fact]
    public void With_a_mask_only_the_scales_that_will_go_are_penalised()
    {
        var plain = Step(s_recipe).Weights.First(static weight => weight.Name == Scale).Values;
        var slim = Step(s_recipe with { Slimming = 0.25 }, new([Mask.Of(Scale, [true, false, true, false])])).Weights.First(static weight => weight.Name == Scale).Values;
        Assert.Equal([true, false, true, false], plain.Zip(slim, static (one, other) => one == other));
    }

    [Fact]
    public void A_run_that_goes_on_ends_with_the_same_bits_and_no_other_may_go_on_from_it()
    {
        var recipe = s_recipe with { Epochs = 2, Slimming = 1e-3 };
        var whole = Small.Run(Small.Images(), recipe, "full");
        using (var stop = new CancellationTokenSource())
        {
            using var first = new SavedRun(_root);
            Assert.True(recipe.CreateTrainer(Small.Images(), torch.CPU).Run(new() { Method = "full" }, [new StopAfter(stop, 20)], first.Checkpoints, stop: stop.Token).Interrupted);
        }

        using (var other = new SavedRun(_root))
        {
            Assert.Throws<CheckpointException>(() => (recipe with { Slimming = 1e-4 }).CreateTrainer(Small.Images(), torch.CPU).Run(new() { Method = "full" }, [], other.Checkpoints));
        }

        using (var masked = new SavedRun(_root))
        {
            var error = Assert.Throws<CheckpointException>(() => recipe.CreateTrainer(Small.Images(), torch.CPU).Run(new() { Method = "full", Unpenalised = new([]) }, [], masked.Checkpoints));
            Assert.Contains("run.unpenalised", error.Message, StringComparison.Ordinal);
        }

        using var second = new SavedRun(_root);
        var resumed = recipe.CreateTrainer(Small.Images(), torch.CPU).Run(new() { Method = "full" }, [], second.Checkpoints);
        Assert.Equal(whole.WeightsSha256(), resumed.WeightsSha256());
        Assert.NotEqual(whole.WeightsSha256(), Small.Run(Small.Images(), recipe with { Slimming = null }, "full").WeightsSha256());
    }

    [Fact]
    public void A_network_without_batch_norms_is_refused()
    {
        var error = Assert.Throws<RecipeException>(() => new TrainingRecipe { Model = "mlp", Slimming = 1e-4 }.CreateTrainer(Small.Vectors(), torch.CPU));
        Assert.Contains("mlp has none", error.Message, StringComparison.Ordinal);
        Assert.Throws<RecipeException>(() => (s_recipe with { Slimming = 0 }).CreateTrainer(Small.Images(), torch.CPU));
    }

    private static TrainingOutcome Step(TrainingRecipe recipe, MaskSet? kept = null) =>
        recipe.CreateTrainer(Small.Images(), torch.CPU).Run(new() { Method = "full", Steps = 1, Unpenalised = kept }, []);
}
