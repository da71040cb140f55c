using Winnow.Networks.Tracing;

namespace Winnow.Networks.Shrinking;

/// <summary>What a network costs while units go, to the last multiplication: a layer's is a product of its inputs, its outputs and where they are applied.</summary>
internal sealed class ChannelCost : ICutCost
{
    private readonly Dictionary<string, Part> _parts = new(StringComparer.Ordinal);

    public ChannelCost(IChannelTrace trace)
    {
        foreach (var cost in trace.Costs)
        {
            // A grouped convolution's outputs each read inputs of their own block alone.
            var inputs = Math.Max(1, cost.Inputs);
            _parts.Add(cost.Layer, new(cost.Macs / inputs / cost.Outputs, inputs, cost.Outputs, cost.Inputs > 0));
        }

        Value = trace.Macs;
    }

    /// <summary>Multiplications with additions for one sample.</summary>
    public long Value { get; private set; }

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
            Value += _parts[side.Layer].Macs - before.Macs;
        }
    }

    private sealed record Part(long Each, int Inputs, int Outputs, bool Mixes)
    {
        public long Macs => Each * Inputs * Outputs;
    }
}
