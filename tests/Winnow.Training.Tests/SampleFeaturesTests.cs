using Winnow.Records;
using Winnow.Training.Tasks.Reconstruction;

namespace Winnow.Training.Tests;

/// <summary>The features of the training samples that a trained network gives.</summary>
[Collection(TrainingCollection.Name)]
public sealed class SampleFeaturesTests
{
    [Fact]
    public void Features_times_the_last_layer_are_the_logits()
    {
        var data = Small.Images(96);
        var recipe = new TrainingRecipe { Model = "resnet-small", Epochs = 1, BatchSize = 32, Precision = Precision.Fp32 };
        var outcome = recipe.CreateTrainer(data, TorchSharp.torch.CPU).Run(new TrainingRequest { Method = "full", Features = true }, []);
        var features = outcome.Features!;
        Assert.Equal(96 * features.Width, features.Rows.Length);
        Assert.Equal(96 * data.Train.Classes, features.Probabilities.Length);
        var weight = outcome.Weights.Last(static array => array.Shape.Count == 2);
        var bias = outcome.Weights.SingleOrDefault(array => array.Name == weight.Name.Replace("weight", "bias", StringComparison.Ordinal));
        Assert.Equal([data.Train.Classes, features.Width], weight.Shape);
        for (var i = 0; i < 96; i++)
        {
            double[] logits = [.. Enumerable.Range(0, data.Train.Classes).Select(c => (bias?.Values[c] ?? 0) + Enumerable.Range(0, features.Width).Sum(k => (double)weight.Values[(c * features.Width) + k] * features.Rows[(i * features.Width) + k]))];
            var sum = logits.Sum(Math.Exp);
            for (var c = 0; c < logits.Length; c++)
            {
                Assert.Equal(Math.Exp(logits[c]) / sum, features.Probabilities[(i * logits.Length) + c], 1e-3);
            }
        }
    }

    [Fact]
    public void Asking_for_them_changes_nothing_in_the_training()
    {
        var trainer = new TrainingRecipe { Model = "mlp", Epochs = 2, BatchSize = 32 }.CreateTrainer(Small.Images(96), TorchSharp.torch.CPU);
        var with = trainer.Run(new TrainingRequest { Method = "full", Features = true }, []);
        var without = trainer.Run(new TrainingRequest { Method = "full" }, []);
        Assert.Equal(without.WeightsSha256(), with.WeightsSha256());
        Assert.Null(without.Features);
        Assert.Equal(without.Forwards + 96, with.Forwards);
    }

    [Fact]
    public void A_task_without_a_known_last_layer_is_refused()
    {
        var trainer = new ReconstructionRecipe { Epochs = 1, BatchSize = 32 }.CreateTrainer(Small.Images(64), TorchSharp.torch.CPU);
        Assert.Contains("last layer", Assert.Throws<RecipeException>(() => trainer.Check(new TrainingRequest { Method = "full", Features = true })).Message, StringComparison.Ordinal);
    }
}
