using Winnow.Networks.Tracing;

namespace Winnow.Networks.Shrinking;

/// <summary>What a network costs while units go, to the last multiplication: a layer's is a product of its inputs, its outputs and where they are applied.</summary>
internal sealed class ChannelCost
{
    private readonly Dictionary<string, Part> _parts = new(StringComparer.Ordinal);

    public ChannelCost(NetworkTrace trace)
    {
        var macs = trace.Costs.ToDictionary(static cost => cost.Layer, static cost => cost.Macs, StringComparer.Ordinal);
        foreach (var layer in trace.Layers.Where(layer => macs.ContainsKey(layer.Name)))
        {
            // A grouped convolution's outputs each read inputs of their own block alone.
            var inputs = layer.Kind == LayerKind.Mixing ? layer.Inputs : 1;
            _parts.Add(layer.Name, new(macs[layer.Name] / inputs / layer.Outputs, inputs, layer.Outputs, layer.Kind == LayerKind.Mixing));
        }

        Macs = trace.Macs;
    }

    /// <summary>Multiplications with additions for one sample.</summary>
    public long Macs { get; private set; }

    public void Remove(ChannelUnit unit)
    {
        foreach (var side in unit.Outputs)
        {
            Change(side, part => part with { Outputs = part.Outputs - side.Channels.Count });
        }

        foreach (var side in unit.Inputs)
        {
            Change(side, part => part.Mixes ? part with { Inputs = part.Inputs - side.Channels.Count } : part);
        }
    }

    private void Change(LayerChannels side, Func<Part, Part> change)
    {
        if (_parts.TryGetValue(side.Layer, out var before))
        {
            _parts[side.Layer] = change(before);
            Macs += _parts[side.Layer].Macs - before.Macs;
        }
    }

    private sealed record Part(long Each, int Inputs, int Outputs, bool Mixes)
    {
        public long Macs => Each * Inputs * Outputs;
    }
}
