using Winnow.Data;

namespace Winnow.Training.Tests;

/// <summary>The whole way on real data: a slice of Fashion-MNIST, full against pruned.</summary>
[Collection(TrainingCollection.Name)]
public class FashionMnistTests
{
    [FashionMnistFact]
    public void Pruning_saves_samples_and_costs_little_accuracy()
    {
        var whole = DataSources.Open("fashion-mnist");
        var data = whole with { Train = whole.Train.Take(8000), Test = whole.Test.Take(2000) };
        var recipe = new TrainingRecipe { Model = "resnet-small", Width = 8, Epochs = 6, BatchSize = 64, Augmentation = Augmentation.Parse("flip") };
        var full = Small.Run(data, recipe, "full");
        var pruned = Small.Run(data, recipe, "infobatch");

        // Measured: 86.1 % and 85.7 %; five points below that is a broken loop and not a seed.
        Assert.True(full.Accuracy > 0.81, $"full reached {full.Accuracy:P2}");
        Assert.True(pruned.Accuracy > 0.81, $"infobatch reached {pruned.Accuracy:P2}");

        // Epochs 2 to 5 of 6 drop half of the 55 to 70 % that lie below the mean: 18 to 24 % of all visits.
        var saved = 1 - ((double)pruned.Visited / full.Visited);
        Assert.InRange(saved, 0.16, 0.28);
    }
}

/// <summary>A test on Debian's copy of Fashion-MNIST, skipped visibly where it isn't installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FashionMnistFactAttribute : FactAttribute
{
    public FashionMnistFactAttribute()
    {
        if (!Directory.Exists("/usr/share/datasets/fashion-mnist"))
        {
            Skip = "the Debian package dataset-fashion-mnist is not installed";
        }
    }
}
