using static TorchSharp.torch;

namespace Winnow.Networks.Tracing;

/// <summary>Looks at what layers are given and gives something else for what they give, until it is disposed of. Layers that can't be seen into have none.</summary>
internal sealed class LayerHooks : IDisposable
{
    private readonly List<Action> _removals = [];

    /// <param name="layers">The layers.</param>
    /// <param name="before">Is told the layer and its input, and gives what the layer is given; null to leave that alone.</param>
    /// <param name="after">Is told the layer, its input and its output, and gives what counts as its output.</param>
    public LayerHooks(IEnumerable<Layer> layers, Func<Layer, Tensor, Tensor>? before, Func<Layer, Tensor, Tensor, Tensor> after)
    {
        foreach (var layer in layers)
        {
            if (layer.Kind == LayerKind.Opaque || layer.Module is not nn.Module<Tensor, Tensor> module)
            {
                continue;
            }

            if (before is not null)
            {
                _removals.Add(module.register_forward_pre_hook((_, input) => before(layer, input)).remove);
            }

            _removals.Add(module.register_forward_hook((_, input, output) => after(layer, input, output)).remove);
        }
    }

    public void Dispose() => _removals.ForEach(static remove => remove());
}
