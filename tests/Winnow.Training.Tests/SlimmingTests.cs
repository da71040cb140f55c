using Winnow.Checkpoints;
using Winnow.Networks.Masks;
using Winnow.Networks.Shrinking;
using Winnow.Networks.Tracing;
using Winnow.Training.Models;
using Winnow.Training.Tasks.Classification;

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
    public void Of_a_trained_network_only_what_goes_at_a_share_of_its_multiplications_is_penalised_and_is_what_goes_then()
    {
        // A trained network whose scales differ, so that which channels go is told by them.
        var path = Path.Combine(_root, "trained.safetensors");
        var trained = Small.Run(Small.Images(), s_recipe with { Slimming = 1e-2 }, "full");
        using (var file = File.Create(path))
        {
            WeightsFile.Forms(null).Single(static form => form.Ending == WeightsFile.SafetensorsEnding).Write(file, trained.Weights);
        }

        var recipe = s_recipe with { InitialWeights = FileIdentity.Of(path) };
        var masked = recipe with { Slimming = 0.25, SlimmingKeep = 0.5 };
        var trainer = masked.CreateTrainer(Small.Images(), torch.CPU);
        var (plain, slim) = (Step(recipe).Weights, trainer.Run(new() { Method = "full", Steps = 1 }, []).Weights);
        var differ = plain.Zip(slim).Where(static pair => pair.First.Type == "F32").SelectMany(static pair => pair.First.Values.Zip(pair.Second.Values).Select((values, index) => (Name: pair.First.Name, Index: index, values.First, values.Second))).Where(static entry => entry.First != entry.Second).ToArray();

        // What a cut to that share would take out of the network as it began.
        using var network = new TrainedClassifier((ClassificationTask)trainer.Task, trained.Weights, path);
        var trace = NetworkTrace.Of(network.Module, network.Inputs(1));
        var removed = ChannelBudget.Macs(trace, UnitScores.NormScales(trace), 0.5);
        var scales = ScalePenalty.Of(network.Module).Select(static entry => entry.Name).ToHashSet();
        var go = removed.SelectMany(static unit => unit.Slices).Where(slice => scales.Contains(slice.Tensor)).SelectMany(static slice => slice.Indices.Select(index => (slice.Tensor, index))).Order().ToArray();
        Assert.InRange(go.Length, 1, scales.Sum(name => trained.Weights.First(weight => weight.Name == name).Values.Length) - 1);
        Assert.Equal(go, differ.Select(static entry => (entry.Name, entry.Index)).Order());
        Assert.All(differ, static entry => Assert.True(Math.Abs(entry.Second) != Math.Abs(entry.First)));
        Assert.Contains($"The penalty is on {go.Length} of ", string.Join(' ', trainer.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_share_without_a_penalty_or_a_trained_network_is_refused()
    {
        Assert.StartsWith("SlimmingKeep 0.5 says which scales", Assert.Throws<RecipeException>(() => (s_recipe with { SlimmingKeep = 0.5 }).Validate()).Message, StringComparison.Ordinal);
        Assert.Contains("drawn weights", Assert.Throws<RecipeException>(() => (s_recipe with { Slimming = 1e-4, SlimmingKeep = 0.5 }).Validate()).Message, StringComparison.Ordinal);
        Assert.Contains("above 0 and below 1", Assert.Throws<RecipeException>(() => (s_recipe with { Slimming = 1e-4, SlimmingKeep = 1 }).Validate()).Message, StringComparison.Ordinal);
        var path = Path.Combine(_root, "trained.safetensors");
        using (var file = File.Create(path))
        {
            WeightsFile.Forms(null).Single(static form => form.Ending == WeightsFile.SafetensorsEnding).Write(file, Step(s_recipe).Weights);
        }

        Assert.Contains("SlimmingKeep 0.0001 can't be planned: 0 of the multiplications can't be met", Assert.Throws<RecipeException>(() => (s_recipe with { InitialWeights = FileIdentity.Of(path), Slimming = 1e-4, SlimmingKeep = 1e-4 }).CreateTrainer(Small.Images(), torch.CPU)).Message, StringComparison.Ordinal);
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
