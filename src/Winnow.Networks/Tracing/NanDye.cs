using TorchSharp;
using static TorchSharp.torch;

namespace Winnow.Networks.Tracing;

/// <summary>
/// The check on what gradients say: channels are made not-a-number where layers give them out, and where inputs of layers change, they arrive. It sees through rounding and
/// cut graphs, to which gradients are blind, and is blind where numbers are compared or cleaned, where gradients mostly see.
/// </summary>
internal sealed class NanDye : IDisposable
{
    private readonly IReadOnlyList<Layer> _layers;
    private readonly Func<IReadOnlyList<Tensor>> _forward;
    private readonly List<(Layer Layer, Tensor Input, Tensor Output)> _plain = [];
    private readonly List<Tensor> _plainOutputs = [];

    /// <summary>Runs the network once as it is.</summary>
    public NanDye(IReadOnlyList<Layer> layers, Func<IReadOnlyList<Tensor>> forward)
    {
        (_layers, _forward) = (layers, forward);
        using var silent = no_grad();
        _plainOutputs = Run((layer, input) => _plain.Add((layer, input.clone().DetachFromDisposeScope(), input)), (_, output) =>
        {
            _plain[^1] = _plain[^1] with { Output = output.clone().DetachFromDisposeScope() };
            return output;
        });
    }

    /// <summary>Where channels arrive that are made not-a-number: inputs of layers, and whether an output of the network is among it.</summary>
    /// <param name="dyed">Whether a channel of a layer's outputs is made so.</param>
    /// <exception cref="NetworkPruningException">The layers that are called depend on what they are given.</exception>
    public (List<(Layer Layer, int Channel)> Inputs, bool Output) Spread(Func<Layer, int, bool> dyed)
    {
        using var silent = no_grad();
        var (call, arrived) = (0, new HashSet<(Layer, int)>());
        var outputs = Run(
            (layer, input) =>
            {
                if (call >= _plain.Count || _plain[call].Layer != layer || !input.shape.SequenceEqual(_plain[call].Input.shape))
                {
                    throw new NetworkPruningException($"which layers are called depends on the numbers: \"{layer.Name}\" was called where another was before. Networks whose code branches on values can't be traced.");
                }

                arrived.UnionWith(Changed(layer, input, _plain[call].Input));
            },
            (layer, _) => Dye(layer, _plain[call++].Output, dyed));
        var reached = outputs.Zip(_plainOutputs).Any(static pair => !pair.First.shape.SequenceEqual(pair.Second.shape) || pair.First.ne(pair.Second).any().ToBoolean());
        outputs.ForEach(static output => output.Dispose());
        return ([.. arrived], reached);
    }

    public void Dispose()
    {
        foreach (var tensor in _plain.SelectMany(static call => new[] { call.Input, call.Output }).Concat(_plainOutputs))
        {
            tensor.Dispose();
        }
    }

    private static IEnumerable<(Layer Layer, int Channel)> Changed(Layer layer, Tensor input, Tensor plain)
    {
        if (layer.Inputs == 0)
        {
            yield break;
        }

        using var changed = input.ne(plain);
        foreach (var channel in AlongAxis.Touched(changed, layer.Axis < 0 ? (int)changed.dim() + layer.Axis : layer.Axis))
        {
            yield return (layer, channel);
        }
    }

    private static Tensor Dye(Layer layer, Tensor plain, Func<Layer, int, bool> dyed)
    {
        var output = plain.clone();
        var channels = Enumerable.Range(0, layer.Outputs).Where(channel => dyed(layer, channel)).ToArray();
        if (channels.Length > 0)
        {
            using var places = AlongAxis.Places(channels, plain.device);
            output.index_fill_(layer.Axis, places, float.NaN);
        }

        return output;
    }

    private List<Tensor> Run(Action<Layer, Tensor> before, Func<Layer, Tensor, Tensor> after)
    {
        using var hooks = new LayerHooks(
            _layers,
            (layer, input) =>
            {
                before(layer, input);
                return input;
            },
            (layer, _, output) => after(layer, output));
        return [.. _forward().Select(static output => output.clone().DetachFromDisposeScope())];
    }
}
