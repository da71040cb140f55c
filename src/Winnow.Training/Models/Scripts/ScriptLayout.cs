using Winnow.Data;
using Winnow.Records;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Training.Models.Scripts;

/// <summary>In which memory order the network of a TorchScript file can be computed: someone else's code may not care for the order, or depend on it.</summary>
internal static class ScriptLayout
{
    /// <summary>Why the network can't be computed in channels-last order, in half a sentence; null where it can.</summary>
    /// <param name="models">Has the file.</param>
    /// <param name="recipe">The recipe, which may say another order.</param>
    /// <param name="train">The samples.</param>
    /// <param name="device">Where is computed.</param>
    public static string? Problem(ModelSource models, TrainingRecipe recipe, SampleSet train, Device device)
    {
        using var scope = NewDisposeScope();
        using var network = models.Create(train, device, MemoryLayout.Contiguous, seed: 0);
        if (!ChannelsLast.Suits(network.Module, out var filter))
        {
            return $"libtorch's kernel in that order is broken for filters of one pixel whose channels are no multiple of 16, such as {filter}";
        }

        try
        {
            network.Arrange(MemoryLayout.ChannelsLast, recipe.Model);
            ScriptCheck.Try(recipe with { Layout = MemoryLayout.ChannelsLast }, train, device, network);
            return null;
        }
        catch (RecipeException)
        {
            return "its code doesn't take images in that order (because of a view(), as a rule; reshape() would take them)";
        }
    }
}
