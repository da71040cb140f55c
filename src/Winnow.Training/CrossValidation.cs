using Winnow.Data;
using Winnow.Numerics;
using Winnow.Training.Tasks.Classification;
using static TorchSharp.torch;

namespace Winnow.Training;

/// <summary>What networks say of the class of samples that they weren't trained on.</summary>
public static class CrossValidation
{
    /// <summary>
    /// Deals the training samples into parts of equal size, each class evenly, trains on all parts but one by the recipe, full data in every epoch, and asks the network for the classes of that one; so
    /// for each part.
    /// </summary>
    /// <param name="recipe">How is trained. What it makes of the data, such as wrong labels, is made before the samples are dealt.</param>
    /// <param name="data">The samples; of them the training part is dealt, and the test part isn't looked at.</param>
    /// <param name="folds">How many parts, in [2, samples].</param>
    /// <param name="seed">Decides how samples are dealt, and what the trainings draw.</param>
    /// <param name="device">Where is computed.</param>
    /// <param name="callbacks">Gives those that look on at the training for a part, 0-based.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>The probability of each class, [samples × classes], a row a sample; null when it was stopped.</returns>
    /// <exception cref="RecipeException">The number of parts is out of range, or recipe and data don't go together.</exception>
    /// <exception cref="TrainingFailedException">A training failed.</exception>
    public static float[]? Probabilities(
        TrainingRecipe recipe, LoadedData data, int folds, ulong seed, Device device, Func<int, IReadOnlyList<TrainerCallback>> callbacks, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(callbacks);
        var all = recipe.TrainSet(data).Train;
        if (folds < 2 || folds > all.Count)
        {
            throw new RecipeException($"{folds} folds of {all.Count} samples: there are at least 2, and no more than samples.");
        }

        var plain = recipe with { LabelNoise = 0, Imbalance = 1, Subset = null, Selection = null };
        var parts = Deal(all, folds, seed);
        var probabilities = new float[(long)all.Count * all.Classes];
        var random = Rng.Derive(seed, 0, "folds/runs").Sequence();
        for (var fold = 0; fold < folds; fold++)
        {
            int[] held = [.. Enumerable.Range(0, all.Count).Where(id => parts[id] == fold)], rest = [.. Enumerable.Range(0, all.Count).Where(id => parts[id] != fold)];
            var own = ((ulong)random.NextUInt32() << 32) | random.NextUInt32();
            var task = new ClassificationTask(data with { Train = all.Select(rest), Test = all.Select(held) }, plain)
            {
                Predicted = rows =>
                {
                    for (var k = 0; k < held.Length; k++)
                    {
                        rows.AsSpan(k * all.Classes, all.Classes).CopyTo(probabilities.AsSpan(held[k] * all.Classes));
                    }
                },
            };
            if (new Trainer(task, plain, device).Run(new TrainingRequest { Method = "full", Seed = own }, callbacks(fold), stop).Interrupted)
            {
                return null;
            }
        }

        return probabilities;
    }

    /// <summary>The part of each sample: the samples of each class in random order, dealt one by one, the next class beginning where the last one ended.</summary>
    internal static int[] Deal(SampleSet samples, int folds, ulong seed)
    {
        var rng = Rng.Derive(seed, 0, "folds");
        var parts = new int[samples.Count];
        int[] labels = samples.Labels.ToArray(), order = [.. Enumerable.Range(0, samples.Count).OrderBy(id => labels[id]).ThenBy(id => rng.UInt32At((ulong)id)).ThenBy(static id => id)];
        for (var k = 0; k < order.Length; k++)
        {
            parts[order[k]] = k % folds;
        }

        return parts;
    }
}
