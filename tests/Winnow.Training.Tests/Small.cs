using Winnow.Data;
using Winnow.Numerics;
using Winnow.Training.Tasks.Classification;

namespace Winnow.Training.Tests;

/// <summary>Small data and recipes that train in a second.</summary>
internal static class Small
{
    /// <summary>Images of noise with a bright quadrant that tells the class: learnable, but not in one step.</summary>
    public static LoadedData Images(int train = 512, int test = 128) =>
        new(Quadrants("quadrants", train, 1), Quadrants("quadrants", test, 2), "quadrants", null);

    /// <summary>Vectors whose class is the sign of a sum.</summary>
    public static LoadedData Vectors(int train = 256, int test = 64)
    {
        return new LoadedData(Set(train, 1), Set(test, 2), "vectors", null);

        static SampleSet Set(int count, ulong seed)
        {
            var rng = Rng.Derive(seed, 0, "test").Sequence();
            var values = new float[count * 4];
            var labels = new int[count];
            for (var n = 0; n < count; n++)
            {
                for (var d = 0; d < 4; d++)
                {
                    values[(n * 4) + d] = (float)(rng.NextDouble() - 0.5);
                }

                labels[n] = values[n * 4] + values[(n * 4) + 1] > 0 ? 1 : 0;
            }

            return SampleSet.FromFloats("vectors", [4], values, labels, classes: 2);
        }
    }

    /// <summary>A recipe for <see cref="Images"/>.</summary>
    public static TrainingRecipe Recipe { get; } = new()
    {
        Model = "resnet-small",
        Width = 4,
        Epochs = 4,
        BatchSize = 32,
        LearningRate = 0.05,
        Augmentation = Augmentation.Parse("flip,crop=2,cutout=3"),
    };

    public static TrainingOutcome Run(LoadedData data, TrainingRecipe recipe, string method, ulong seed = 1, long? steps = null, params TrainerCallback[] callbacks) =>
        recipe.CreateTrainer(data, torch.CPU).Run(new TrainingRequest { Method = method, Seed = seed, Steps = steps }, callbacks);

    /// <summary>What a trainer of classification trains.</summary>
    public static ClassificationTask Task(Trainer trainer) => (ClassificationTask)trainer.Task;

    private static SampleSet Quadrants(string name, int count, ulong seed)
    {
        var rng = Rng.Derive(seed, 0, "test").Sequence();
        var pixels = new byte[count * 16 * 16];
        var labels = new int[count];
        for (var n = 0; n < count; n++)
        {
            labels[n] = n % 4;
            for (var p = 0; p < 256; p++)
            {
                var inside = (p / 16 >= 8 ? 2 : 0) + (p % 16 >= 8 ? 1 : 0) == labels[n];
                pixels[(n * 256) + p] = (byte)(rng.Next(160) + (inside ? 60u : 0));
            }
        }

        return SampleSet.FromBytes(name, [1, 16, 16], pixels, labels, classes: 4);
    }
}

/// <summary>libtorch's seed belongs to the process: what trains runs one after another.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TrainingCollection
{
    public const string Name = "training";
}
