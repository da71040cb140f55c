using Winnow.Networks.Tracing;
using static TorchSharp.torch;

namespace Winnow.Networks.Shrinking;

/// <summary>
/// The widths of a smaller network with weights drawn anew: what a network that is trained from scratch at those widths begins with (Liu et al., "Rethinking the value of network
/// pruning", ICLR 2019, section 3).
/// </summary>
public static class DrawnNetwork
{
    /// <summary>
    /// Makes a network whose weights were just drawn as small as another was cut, its weights then as if its layers had been made that small: convolutions and dense layers are drawn
    /// from an interval that shrinks with the root of the numbers an output is made of, so that what is left of them is stretched by the root of how many fewer those are.
    /// </summary>
    /// <remarks>Right where layers are drawn as TorchSharp and PyTorch draw them when they are made; weights that a module's own code draws otherwise keep the spread that it gave them only if it doesn't go by their layer's inputs.</remarks>
    /// <param name="module">The network as its code makes it.</param>
    /// <param name="kept">The positions that are left, by tensor and axis, as <see cref="ShrinkOutcome.Kept"/> has them.</param>
    /// <exception cref="NetworkPruningException">It has no such tensor, or the tensor no such position: it is another network.</exception>
    public static void Cut(nn.Module module, IReadOnlyDictionary<(string Tensor, int Axis), IReadOnlyList<int>> kept)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(kept);
        var state = StateNames.Of(module).Tensors;
        foreach (var ((name, axis), positions) in kept)
        {
            if (!state.TryGetValue(name, out var tensor) || axis >= tensor.dim() || positions.Any(position => position >= tensor.shape[axis]))
            {
                throw new NetworkPruningException($"the network has no \"{name}\" of that size; give one that is made as the one that was cut was.");
            }
        }

        var layers = Tracer.LayersOf(module).Layers;
        using var silent = no_grad();
        var before = layers.ToDictionary(static layer => layer, FanIn);
        foreach (var ((name, axis), positions) in kept)
        {
            AlongAxis.Keep(state[name], axis, [.. positions]);
        }

        foreach (var layer in layers)
        {
            LayerSizes.Follow(layer);
            if (FanIn(layer) is > 0 and var after && after != before[layer])
            {
                foreach (var (_, tensor) in Layer.Own(layer.Module))
                {
                    tensor.mul_(Math.Sqrt(before[layer] / (double)after));
                }
            }
        }
    }

    // Of how many numbers an output is made, as PyTorch counts them where it draws weights and biases; 0 for layers that draw otherwise.
    private static long FanIn(Layer layer) => layer.Module switch
    {
        TorchSharp.Modules.Convolution conv => conv.weight!.numel() / conv.weight.shape[0],
        TorchSharp.Modules.Linear linear => linear.weight!.shape[1],
        _ => 0,
    };
}
