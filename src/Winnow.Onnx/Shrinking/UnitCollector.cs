using Winnow.Networks.Tracing;

namespace Winnow.Onnx.Shrinking;

/// <summary>Makes groups of units of positions that go together.</summary>
internal sealed class UnitCollector(AxisGraph graph, IReadOnlyList<GraphLayer> layers)
{
    private readonly Dictionary<int, Members> _members = [];

    /// <summary>All groups, in the order of the graph.</summary>
    /// <param name="sets">Gets the set that each unit is.</param>
    public IReadOnlyList<ChannelGroup> Collect(Dictionary<ChannelUnit, int> sets)
    {
        for (var number = 0; number < layers.Count; number++)
        {
            var layer = layers[number];
            Each(layer.Outputs(graph), (members, k) => members.Outputs.Add((number, k)));
            Each(layer.Inputs(graph), (members, k) => members.Inputs.Add((number, k)));
        }

        foreach (var (value, axis, positions) in graph.Known.Where(entry => graph.View.Constants.ContainsKey(entry.Value)).OrderBy(static entry => entry.Value, StringComparer.Ordinal).ThenBy(static entry => entry.Axis))
        {
            Each(positions, (members, k) => members.Slices.Add((value, axis, k)));
        }

        foreach (var (_, value, axis) in graph.Reduced)
        {
            Each(graph[value, axis], static (members, _) => members.Normalised = true);
        }

        // What nobody reads as a channel may be read in another way.
        var families = _members.Where(entry => entry.Value.Outputs.Count > 0 && (entry.Value.Inputs.Count > 0 || entry.Value.Normalised))
            .OrderBy(static entry => entry.Value.Outputs[0]).GroupBy(static entry => entry.Value.Make, StringComparer.Ordinal).Where(static family => family.Count() > 1);
        return [.. families.Select(family =>
        {
            var first = family.First().Value;
            var units = family.Select((entry, k) => (Unit: entry.Value.Unit(k, layers), entry.Key)).ToArray();
            foreach (var (unit, set) in units)
            {
                sets.Add(unit, set);
            }

            string[] producers = [.. Names(first.Outputs)];
            return new ChannelGroup(producers[0], producers, [.. Names(first.Inputs.Where(input => layers[input.Layer].Blocks == 1))], [.. units.Select(static entry => entry.Unit)], first.Normalised);
        })];
    }

    private IEnumerable<string> Names(IEnumerable<(int Layer, int Channel)> channels) => channels.Select(channel => layers[channel.Layer].Name).Distinct();

    private void Each(Axis axis, Action<Members, int> add)
    {
        for (var k = 0; k < axis.Extent; k++)
        {
            if (!graph.IsFixed(axis.First + k))
            {
                var set = graph.Set(axis.First + k);
                if (!_members.TryGetValue(set, out var members))
                {
                    _members.Add(set, members = new());
                }

                add(members, k);
            }
        }
    }

    private sealed class Members
    {
        public List<(int Layer, int Channel)> Outputs { get; } = [];

        public List<(int Layer, int Channel)> Inputs { get; } = [];

        public List<(string Tensor, int Axis, int Index)> Slices { get; } = [];

        public bool Normalised { get; set; }

        /// <summary>The same for all units of one group: how many positions of which axes.</summary>
        public string Make => string.Join(' ', Slices.CountBy(static slice => (slice.Tensor, slice.Axis)).Select(static entry => FormattableString.Invariant($"{entry.Key.Tensor}/{entry.Key.Axis}:{entry.Value}"))
            .Concat(Outputs.CountBy(static output => output.Layer).Select(static entry => FormattableString.Invariant($">{entry.Key}:{entry.Value}"))));

        public ChannelUnit Unit(int index, IReadOnlyList<GraphLayer> layers) => new(index, Channels(Outputs, layers), Channels(Inputs, layers),
            [.. Slices.GroupBy(static slice => (slice.Tensor, slice.Axis)).Select(static group => new ParameterSlice(group.Key.Tensor, group.Key.Axis, [.. group.Select(static slice => slice.Index)]))]);

        private static LayerChannels[] Channels(IEnumerable<(int Layer, int Channel)> channels, IReadOnlyList<GraphLayer> layers) =>
            [.. channels.GroupBy(static channel => channel.Layer).Select(group => new LayerChannels(layers[group.Key].Name, [.. group.Select(static channel => channel.Channel)]))];
    }
}
