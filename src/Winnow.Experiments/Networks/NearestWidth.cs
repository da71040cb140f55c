using Winnow.Data;
using Winnow.Networks.Shrinking;
using Winnow.Networks.Tracing;
using Winnow.Torch;
using Winnow.Training;
using Winnow.Training.Models;
using Winnow.Training.Tasks.Classification;
using Device = TorchSharp.torch.Device;

namespace Winnow.Experiments.Networks;

/// <summary>The model of a recipe at another width.</summary>
/// <param name="Width">The width.</param>
/// <param name="Size">How large it is.</param>
/// <param name="Trainer">Trains it by the recipe.</param>
/// <param name="Speeds">Milliseconds of the recipe's own network and of this one, by turns.</param>
internal sealed record NearestWidth(int Width, NetworkSize Size, Trainer Trainer, IReadOnlyList<ForwardSpeed> Speeds)
{
    /// <summary>The width at which the model comes nearest to a number of multiplications, of the two that it lies between; found by halving, since more width is more of them.</summary>
    /// <param name="recipe">Its model is one of the catalogue.</param>
    /// <param name="data">What it is trained on.</param>
    /// <param name="device">Where.</param>
    /// <param name="macs">Multiplications with additions for one sample.</param>
    /// <param name="sizes">Sizes by width, so far as they are known: what is found out is added.</param>
    /// <param name="time">The clock.</param>
    public static NearestWidth Of(TrainingRecipe recipe, LoadedData data, Device device, double macs, Dictionary<int, NetworkSize> sizes, TimeProvider? time)
    {
        var (low, high) = (1, recipe.Width ?? ModelCatalog.Find(recipe.Model).DefaultWidth);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            (low, high) = At(middle).Macs <= macs ? (middle, high) : (low, middle);
        }

        var (narrow, wide) = (At(low), At(high));
        var (width, size) = macs - narrow.Macs <= wide.Macs - macs ? (low, narrow) : (high, wide);
        using var whole = Untrained(recipe.Width);
        using var small = Untrained(width);
        return new(width, size, (recipe with { Width = width }).CreateTrainer(data, device, time), ForwardSpeed.ByTurns(whole.Module, small.Module, whole.Inputs, TorchRuntime.Threads));

        NetworkSize At(int width)
        {
            if (!sizes.TryGetValue(width, out var size))
            {
                using var network = Untrained(width);
                sizes.Add(width, size = NetworkShrinker.Size(NetworkTrace.Of(network.Module, network.Inputs(1))));
            }

            return size;
        }

        TrainedClassifier Untrained(int? width) => TrainedClassifier.Untrained(new ClassificationTask(data, recipe with { Width = width }), 0);
    }
}
