using Winnow.Networks.Tracing;
using static TorchSharp.torch;

namespace Winnow.Networks.Shrinking;

/// <summary>What goes and what stays, of tensors and of layers' outputs.</summary>
internal sealed class ChannelCut
{
    private readonly Dictionary<(string Tensor, int Axis), int[]> _removed;

    public ChannelCut(NetworkTrace trace, IReadOnlyCollection<ChannelUnit> removed)
    {
        Trace = trace;
        State = StateNames.Of(trace.Module);
        _removed = removed.SelectMany(static unit => unit.Slices).GroupBy(static slice => (slice.Tensor, slice.Axis))
            .ToDictionary(static group => group.Key, static group => group.SelectMany(static slice => slice.Indices).Distinct().Order().ToArray());
        RemovedOutputs = removed.SelectMany(static unit => unit.Outputs).GroupBy(static outputs => outputs.Layer, StringComparer.Ordinal)
            .ToDictionary(static group => group.Key, static group => group.SelectMany(static outputs => outputs.Channels).Distinct().Order().ToArray(), StringComparer.Ordinal);
        Kept = _removed.ToDictionary(static entry => entry.Key, entry => Except((int)State.Tensors[entry.Key.Tensor].shape[entry.Key.Axis], entry.Value));
    }

    public NetworkTrace Trace { get; }

    public StateNames State { get; }

    /// <summary>Channels of layers' outputs that go, by layer.</summary>
    public Dictionary<string, int[]> RemovedOutputs { get; }

    /// <summary>Positions that stay, by tensor and axis; only where some go.</summary>
    public Dictionary<(string Tensor, int Axis), int[]> Kept { get; }

    /// <summary>The channels of a layer's outputs that stay; null for all.</summary>
    public int[]? KeptOutputs(Layer layer) => RemovedOutputs.TryGetValue(layer.Name, out var removed) ? Except(layer.Outputs, removed) : null;

    /// <summary>Sets what goes to zero.</summary>
    public void Mask()
    {
        using var silent = no_grad();
        foreach (var ((name, axis), indices) in _removed)
        {
            using var places = AlongAxis.Places(indices, State.Tensors[name].device);
            State.Tensors[name].index_fill_(axis, places, 0);
        }
    }

    /// <summary>Makes tensors smaller, and lets their layers know.</summary>
    public void Apply()
    {
        using (no_grad())
        {
            foreach (var ((name, axis), kept) in Kept)
            {
                AlongAxis.Keep(State.Tensors[name], axis, kept);
            }
        }

        foreach (var layer in Trace.Layers)
        {
            LayerSizes.Follow(layer);
        }
    }

    private static int[] Except(int count, int[] removed)
    {
        var gone = removed.ToHashSet();
        return [.. Enumerable.Range(0, count).Where(index => !gone.Contains(index))];
    }
}
