namespace Winnow.Networks.Tracing;

/// <summary>All channels of a traced network and which of them go together.</summary>
internal sealed class ChannelGraph(IReadOnlyList<Layer> layers, TracedPass pass, StateNames names)
{
    private readonly ChannelSets _sets = new();
    private readonly List<Node> _nodes = [];
    private readonly Dictionary<(Layer Layer, Side Side), int> _layerNodes = [];
    private readonly Dictionary<(Source Source, int Axis), int> _sourceNodes = [];
    private readonly Dictionary<(Layer Layer, Side Side), (string Tensor, int Axis)[]> _tensors = [];
    private readonly Dictionary<int, string> _fixed = [];

    private enum Side
    {
        Input,
        Output,
    }

    public IReadOnlyList<ChannelGroup> Groups { get; private set; } = [];

    /// <summary>Layers whose outputs are in no group.</summary>
    public IEnumerable<FixedLayer> FixedLayers
    {
        get
        {
            var free = Groups.SelectMany(static group => group.Producers).ToHashSet(StringComparer.Ordinal);
            return layers.Where(layer => layer.Outputs > 0 && !free.Contains(layer.Name)).Select(layer => new FixedLayer(layer.Name, WhyFixed(layer)));
        }
    }

    public void Build()
    {
        foreach (var layer in layers)
        {
            var own = Layer.Own(layer.Module).ToDictionary(static entry => entry.Name, entry => names[entry.Tensor], StringComparer.Ordinal);
            _tensors.Add((layer, Side.Input), [.. layer.InputTensors.Select(entry => (own[entry.Name], entry.Axis))]);
            _tensors.Add((layer, Side.Output), [.. layer.OutputTensors.Where(entry => own.ContainsKey(entry.Name)).Select(entry => (own[entry.Name], entry.Axis))]);
            _layerNodes.Add((layer, Side.Input), AddNodes(layer.Inputs, k => new(layer, Side.Input, null, 0, k)));
            _layerNodes.Add((layer, Side.Output), AddNodes(layer.Outputs, k => new(layer, Side.Output, null, 0, k)));
        }

        Within();
        Between();
        ToOutputs();
        Tied();
        Unread();
        Settle();
    }

    /// <summary>Holds what gradients said against another dye: where a channel arrives in another set than its own, both become one; where it comes out of the network, it stays.</summary>
    public void Check(NanDye dye)
    {
        // By the bits of the sets' numbers, each set is dyed and left alone by turns: any two sets differ in one.
        var sets = Groups.SelectMany(static group => group.Units).Select((unit, k) => (Set: Root(unit), Number: k)).ToDictionary(static entry => entry.Set, static entry => entry.Number);
        var bits = sets.Count == 0 ? 0 : 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)sets.Count);
        var missed = false;
        for (var bit = 0; bit < bits; bit++)
        {
            foreach (var with in new[] { true, false })
            {
                missed |= Compare(dye, [.. sets.Where(set => (set.Value >> bit & 1) == 1 == with).Select(static set => set.Key)]);
            }
        }

        if (missed)
        {
            Settle();
        }

        int Root(ChannelUnit unit)
        {
            var outputs = unit.Outputs[0];
            return _sets.Find(NodeOf(layers.First(layer => layer.Name == outputs.Layer), Side.Output, outputs.Channels[0]));
        }
    }

    /// <summary>Whether dyed sets arrived anywhere that they shouldn't; what is found is mended at once.</summary>
    private bool Compare(NanDye dye, HashSet<int> dyed)
    {
        if (dyed.Count == 0)
        {
            return false;
        }

        var (inputs, output) = dye.Spread((layer, channel) => dyed.Contains(_sets.Find(NodeOf(layer, Side.Output, channel))));
        var strange = inputs.Select(input => NodeOf(input.Layer, Side.Input, input.Channel)).Where(node => !dyed.Contains(_sets.Find(node))).ToArray();
        if (strange.Length == 0 && !output)
        {
            return false;
        }

        if (dyed.Count > 1)
        {
            var half = dyed.Order().ToArray();
            var first = Compare(dye, [.. half[..(half.Length / 2)].Select(_sets.Find)]);
            return Compare(dye, [.. half[(half.Length / 2)..].Select(_sets.Find)]) || first;
        }

        var own = dyed.Single();
        if (output)
        {
            Fix(own, "reaches an output of the network");
        }

        foreach (var node in strange)
        {
            _sets.Join(node, own);
        }

        return true;
    }

    private void Settle()
    {
        do
        {
            Groups = Collect();
        }
        while (TieFamilies());
    }

    private int AddNodes(int count, Func<int, Node> node)
    {
        var first = _sets.Add(count);
        _nodes.AddRange(Enumerable.Range(0, count).Select(node));
        return first;
    }

    private int NodeOf(Layer layer, Side side, int channel) => _layerNodes[(layer, side)] + channel;

    private int NodeOf(Source source, int axis, int index)
    {
        if (source.Layer is { } layer)
        {
            return NodeOf(layer, Side.Output, index);
        }

        if (!_sourceNodes.TryGetValue((source, axis), out var first))
        {
            _sourceNodes.Add((source, axis), first = AddNodes((int)source.Leaf.shape[axis], k => new(null, Side.Output, source, axis, k)));
            if (source.Kind == SourceKind.Sample)
            {
                for (var k = 0; k < source.Leaf.shape[axis]; k++)
                {
                    Fix(first + k, "is what the network is given");
                }
            }
        }

        return first + index;
    }

    private void Fix(int node, string why) => _fixed.TryAdd(node, why);

    /// <summary>Inputs and outputs of one layer.</summary>
    private void Within()
    {
        var fired = pass.Firings.Select(static firing => firing.Layer).ToHashSet();
        foreach (var layer in layers)
        {
            if (layer.Kind == LayerKind.Opaque || !fired.Contains(layer))
            {
                var why = layer.Kind == LayerKind.Opaque ? "is of a kind that can't be seen into" : "was never called by call(), which alone runs hooks";
                for (var k = 0; k < layer.Inputs; k++)
                {
                    Fix(NodeOf(layer, Side.Input, k), why);
                }

                for (var k = 0; k < layer.Outputs; k++)
                {
                    Fix(NodeOf(layer, Side.Output, k), why);
                }
            }
            else if (layer.Kind == LayerKind.Alike)
            {
                for (var k = 0; k < layer.Inputs; k++)
                {
                    _sets.Join(NodeOf(layer, Side.Input, k), NodeOf(layer, Side.Output, k));
                }
            }
            else if (layer.Kind == LayerKind.Blocks)
            {
                var (inputs, outputs) = (layer.Inputs / layer.BlockCount, layer.Outputs / layer.BlockCount);
                for (var k = 0; k < layer.Inputs; k++)
                {
                    _sets.Join(NodeOf(layer, Side.Input, k), NodeOf(layer, Side.Output, k / inputs * outputs));
                }

                for (var k = 0; k < layer.Outputs; k++)
                {
                    _sets.Join(NodeOf(layer, Side.Output, k), NodeOf(layer, Side.Output, k / outputs * outputs));
                }
            }
        }
    }

    /// <summary>Outputs of layers and inputs of those after them.</summary>
    private void Between()
    {
        foreach (var firing in pass.Firings.Where(static firing => firing.Layer.Inputs > 0))
        {
            var links = firing.Input is { } input ? Reach.Of(input, firing.Layer.Axis, pass.Sources) : [];
            var explained = new bool[firing.Layer.Inputs];

            // A single channel that reaches several is a gate over all of them, such as a map of attention: it stays, and they needn't go together for its sake.
            var gates = links.GroupBy(static link => link.Source).Where(static group => group.Key.Layer is { Outputs: 1 } && group.Count() > 1).Select(static group => group.Key).ToHashSet();
            foreach (var gate in gates)
            {
                Fix(NodeOf(gate.Layer!, Side.Output, 0), "is one number for many channels");
            }

            foreach (var link in links.Where(link => !gates.Contains(link.Source)))
            {
                explained[link.Channel] = true;
                _sets.Join(NodeOf(firing.Layer, Side.Input, link.Channel), NodeOf(link.Source, link.Axis, link.Index));
            }

            for (var k = 0; k < explained.Length; k++)
            {
                if (!explained[k])
                {
                    Fix(NodeOf(firing.Layer, Side.Input, k), "reads something that isn't made by a layer");
                }
            }
        }
    }

    private void ToOutputs()
    {
        foreach (var (source, axis, index) in pass.Outputs.Where(static output => output.requires_grad).SelectMany(output => Reach.Behind(output, pass.Sources)))
        {
            if (source.Layer is not null)
            {
                Fix(NodeOf(source, axis, index), "is an output of the network");
            }
        }
    }

    /// <summary>One tensor in several places, or state of no layer that is one after all.</summary>
    private void Tied()
    {
        var owners = new Dictionary<(string Tensor, int Axis, int Index), int>();
        for (var node = 0; node < _nodes.Count; node++)
        {
            foreach (var (tensor, axis) in TensorsOf(_nodes[node]))
            {
                if (!owners.TryAdd((tensor, axis, _nodes[node].Index), node))
                {
                    _sets.Join(node, owners[(tensor, axis, _nodes[node].Index)]);
                }
            }
        }
    }

    /// <summary>What no layer and no output reads may be read in a way that gradients don't show.</summary>
    private void Unread()
    {
        var read = _nodes.Select((node, k) => (node, k)).Where(static entry => entry.node.Side == Side.Input || entry.node.Layer is null).Select(entry => _sets.Find(entry.k)).ToHashSet();
        foreach (var layer in layers)
        {
            for (var k = 0; k < layer.Outputs; k++)
            {
                if (!read.Contains(_sets.Find(NodeOf(layer, Side.Output, k))))
                {
                    Fix(NodeOf(layer, Side.Output, k), "isn't read in a way that can be followed");
                }
            }
        }
    }

    private List<ChannelGroup> Collect()
    {
        var stuck = _fixed.Keys.Select(_sets.Find).ToHashSet();
        var families = Enumerable.Range(0, _nodes.Count).GroupBy(_sets.Find).Where(set => !stuck.Contains(set.Key))
            .Select(static set => set.ToArray()).Where(set => set.Any(node => _nodes[node] is { Layer: not null, Side: Side.Output }))
            .GroupBy(Make);
        var groups = new List<ChannelGroup>();
        foreach (var family in families.Where(static family => family.Count() > 1))
        {
            var units = family.Select((set, k) => new ChannelUnit(k, Channels(set, Side.Output), Channels(set, Side.Input), Slices(set))).ToArray();
            var members = family.First().Select(node => _nodes[node]).Where(static node => node.Layer is not null).ToArray();
            string[] producers = [.. members.Where(static node => node.Side == Side.Output).Select(static node => node.Layer!.Name).Distinct()];
            string[] consumers = [.. members.Where(static node => node.Side == Side.Input && node.Layer!.Kind == LayerKind.Mixing).Select(static node => node.Layer!.Name).Distinct()];
            groups.Add(new(producers[0], producers, consumers, units, members.Any(static node => node.Layer!.Normalises)));
        }

        return groups;
    }

    /// <summary>What a set of channels is made of, the same for all of one family: how many channels on which side of which layer.</summary>
    private string Make(int[] set) => string.Join(' ', set.Select(node => _nodes[node]).GroupBy(static node => (node.Layer, node.Side, node.Source, node.Axis))
        .Select(group => $"{(group.Key.Layer is { } layer ? _layerNodes[(layer, group.Key.Side)] : _sourceNodes[(group.Key.Source!, group.Key.Axis)])}:{group.Count()}"));

    /// <summary>Where a layer's outputs are of several families, as a chunk makes of them, the same places of each go together: the network cuts them into equal parts again.</summary>
    private bool TieFamilies()
    {
        foreach (var layer in layers.Where(static layer => layer.Kind == LayerKind.Mixing && layer.Outputs > 1))
        {
            var own = Groups.Select(group => (Group: group, Units: group.Units.Where(unit => unit.Outputs.Any(outputs => outputs.Layer == layer.Name)).ToArray())).Where(static entry => entry.Units.Length > 0).ToArray();
            var free = own.Sum(entry => entry.Units.Sum(unit => unit.Outputs.First(outputs => outputs.Layer == layer.Name).Channels.Count));
            if (own.Length > 0 && (free < layer.Outputs || own.Select(static entry => entry.Units.Length).Distinct().Count() > 1))
            {
                for (var k = 0; k < layer.Outputs; k++)
                {
                    Fix(NodeOf(layer, Side.Output, k), "is cut into parts of which some can't get smaller");
                }

                return true;
            }

            if (own.Length > 1)
            {
                foreach (var (_, units) in own.Skip(1))
                {
                    for (var k = 0; k < units.Length; k++)
                    {
                        _sets.Join(First(units[k]), First(own[0].Units[k]));
                    }
                }

                return true;
            }

            int First(ChannelUnit unit) => NodeOf(layer, Side.Output, unit.Outputs.First(outputs => outputs.Layer == layer.Name).Channels[0]);
        }

        return false;
    }

    private LayerChannels[] Channels(int[] set, Side side) =>
    [
        .. set.Select(node => _nodes[node]).Where(node => node.Layer is not null && node.Side == side).GroupBy(static node => node.Layer!)
            .Select(static group => new LayerChannels(group.Key.Name, [.. group.Select(static node => node.Index).Order()])),
    ];

    private ParameterSlice[] Slices(int[] set) =>
    [
        .. set.SelectMany(node => TensorsOf(_nodes[node]).Select(tensor => (tensor.Tensor, tensor.Axis, _nodes[node].Index))).GroupBy(static entry => (entry.Tensor, entry.Axis))
            .Select(static group => new ParameterSlice(group.Key.Tensor, group.Key.Axis, [.. group.Select(static entry => entry.Index).Distinct().Order()])),
    ];

    private (string Tensor, int Axis)[] TensorsOf(Node node)
    {
        if (node.Layer is not { } layer)
        {
            return node.Source!.Kind == SourceKind.Raw ? [(names[node.Source.Leaf], node.Axis)] : [];
        }

        return _tensors[(layer, node.Side)];
    }

    private string WhyFixed(Layer layer)
    {
        var own = Enumerable.Range(0, layer.Outputs).Select(k => _sets.Find(NodeOf(layer, Side.Output, k))).ToHashSet();
        return _fixed.FirstOrDefault(entry => own.Contains(_sets.Find(entry.Key))).Value ?? "makes channels that all depend on each other";
    }

    /// <summary>One channel on one side of a layer, or one index along an axis of a tensor that is none's.</summary>
    private sealed record Node(Layer? Layer, Side Side, Source? Source, int Axis, int Index);
}
