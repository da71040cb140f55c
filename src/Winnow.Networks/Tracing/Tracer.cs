using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Winnow.Networks.Tracing;

/// <summary>Finds the layers of a network, runs it once and puts together what goes together.</summary>
internal static class Tracer
{
    public static NetworkTrace Trace(nn.Module module, IReadOnlyList<Tensor> samples, Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> forward)
    {
        var (layers, raw) = LayersOf(module);
        using var mode = EvalMode.Of(module);
        using var pass = Run(layers, raw, samples, forward);
        var graph = new ChannelGraph(layers, pass, StateNames.Of(module));
        try
        {
            graph.Build();
        }
        catch (ExternalException error)
        {
            throw new NetworkPruningException($"gradients can't be followed through the network's code: {error.Message.Split('\n')[0]}. It couldn't be trained either; mend that first.", error);
        }

        using (var dye = new NanDye(layers, () => forward(samples)))
        {
            graph.Check(dye);
        }

        var fired = pass.Firings.Select(static firing => firing.Layer).ToHashSet();
        var never = layers.Where(layer => !fired.Contains(layer)).Select(static layer => layer.Name).ToArray();
        var batch = samples[0].shape[0];
        return new NetworkTrace(module, samples, forward, layers)
        {
            Groups = graph.Groups,
            Fixed = [.. graph.FixedLayers],
            NeverFired = never,
            Costs = [.. layers.Where(static layer => layer.MacsPerOutput > 0).Select(layer => new LayerCost(layer.Name, pass.Firings.Where(firing => firing.Layer == layer).Sum(static firing => firing.Numbers) * layer.MacsPerOutput / batch, layer.Kind == LayerKind.Mixing ? layer.Inputs : 0, layer.Outputs))],
        };
    }

    /// <summary>The layers of a network, and the state of it that no layer owns.</summary>
    public static (IReadOnlyList<Layer> Layers, IReadOnlyList<(string Name, Tensor Tensor)> Raw) LayersOf(nn.Module module)
    {
        var (layers, raw) = (new List<Layer>(), new List<(string, Tensor)>());
        foreach (var (name, part) in module.named_modules().Prepend(("", module)).DistinctBy(static entry => entry.Item2))
        {
            if (Layer.Of(name, part) is { } layer)
            {
                layers.Add(layer);
            }
            else
            {
                raw.AddRange(Layer.Own(part).Select(entry => (StateNames.Join(name, entry.Name), entry.Tensor)));
            }
        }

        return (layers, raw);
    }

    private static TracedPass Run(IReadOnlyList<Layer> layers, IReadOnlyList<(string Name, Tensor Tensor)> raw, IReadOnlyList<Tensor> samples, Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> forward)
    {
        try
        {
            using var graph = set_grad_enabled(true);
            return TracedPass.Run(layers, raw, samples, forward);
        }
        catch (Exception error) when (error is ExternalException or ArgumentException or InvalidOperationException)
        {
            throw new NetworkPruningException($"the network can't be run on the sample: {error.Message.Split('\n')[0]}. Give a batch that it takes.", error);
        }
    }
}
