using Onnx;
using Winnow.Data;

namespace Winnow.Onnx.Graphs;

/// <summary>
/// A network's graph, tidied: what needs no input is computed already and a constant, and the extents of every value are known, because the network was run once with all of
/// them as outputs.
/// </summary>
internal sealed class GraphView
{
    // Their result differs from run to run, or would lose what it is for as a constant.
    private static readonly HashSet<string> s_never = new(StringComparer.Ordinal) { "RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial", "Bernoulli", "Dropout", "QuantizeLinear", "DequantizeLinear", "If", "Loop", "Scan" };

    private readonly Dictionary<string, long[]> _shapes;
    private readonly Dictionary<string, int> _readers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _taken;

    private GraphView(ModelProto model, Dictionary<string, OnnxValue> values)
    {
        Model = model;
        Constants = model.Graph.Initializer.ToDictionary(static tensor => tensor.Name, StringComparer.Ordinal);
        _shapes = values.ToDictionary(static entry => entry.Key, static entry => entry.Value.Shape, StringComparer.Ordinal);
        foreach (var tensor in model.Graph.Initializer)
        {
            _shapes[tensor.Name] = [.. tensor.Dims];
        }

        Nodes = Named(model.Graph);
        foreach (var name in Nodes.SelectMany(static node => node.Reads).Concat(model.Graph.Output.Select(static output => output.Name)))
        {
            _readers[name] = _readers.GetValueOrDefault(name) + 1;
        }

        FromInputs = Dependent(model.Graph);
        _taken = [.. _shapes.Keys, .. Nodes.SelectMany(static node => node.Outputs.Append(node.Proto.Name).Append(node.Name))];
    }

    /// <summary>The tidied model; nobody changes it.</summary>
    public ModelProto Model { get; }

    public IReadOnlyList<GraphNode> Nodes { get; }

    public IReadOnlyDictionary<string, TensorProto> Constants { get; }

    /// <summary>Values that depend on what the network is given.</summary>
    public HashSet<string> FromInputs { get; }

    /// <summary>A graph as it is run on some inputs.</summary>
    /// <param name="network">The network.</param>
    /// <param name="inputs">What it is given.</param>
    /// <exception cref="DataException">It can't be run.</exception>
    public static GraphView Of(OnnxNetwork network, IReadOnlyDictionary<string, OnnxValue> inputs)
    {
        var model = Plain(network.Model);
        var values = RunAll(model, inputs);
        foreach (var (name, input) in inputs)
        {
            values[name] = input;
        }

        Fold(model, values);
        return new(model, values);
    }

    /// <summary>The extents of a value; null where it isn't a tensor.</summary>
    public long[]? Shape(string value) => _shapes.GetValueOrDefault(value);

    public int Rank(string value) => _shapes[value].Length;

    /// <summary>How many operations and outputs read a value.</summary>
    public int Readers(string value) => _readers.GetValueOrDefault(value);

    /// <summary>A name that nothing in the graph has.</summary>
    /// <param name="stem">What it begins with: a name of the graph and a word.</param>
    /// <param name="number">The number of the last name with that stem; counted on.</param>
    public string NewName(string stem, ref int number)
    {
        string name;
        do
        {
            name = FormattableString.Invariant($"{stem}{number++}");
        }
        while (_taken.Contains(name));
        return name;
    }

    /// <summary>A value's whole numbers; null where they aren't constant.</summary>
    public long[]? Integers(string? value) => value is not null && Constants.TryGetValue(value, out var tensor) ? TensorBytes.Integers(tensor) : null;

    /// <summary>Runs a network with every value as an output.</summary>
    public static Dictionary<string, OnnxValue> RunAll(ModelProto model, IReadOnlyDictionary<string, OnnxValue> inputs)
    {
        var open = model.Clone();
        var known = open.Graph.Output.Select(static output => output.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var name in open.Graph.Node.SelectMany(static node => node.Output).Where(name => name.Length > 0 && known.Add(name)))
        {
            open.Graph.Output.Add(new ValueInfoProto { Name = name });
        }

        using var session = OnnxSession.Open(open);
        return session.Run(inputs);
    }

    /// <summary>Takes out of a graph the constants that nobody reads.</summary>
    public static void DropUnread(GraphProto graph)
    {
        var read = graph.Node.SelectMany(static node => new GraphNode(node, "").Reads).Concat(graph.Output.Select(static output => output.Name)).ToHashSet(StringComparer.Ordinal);
        var kept = graph.Initializer.Where(tensor => read.Contains(tensor.Name)).ToArray();
        graph.Initializer.Clear();
        graph.Initializer.AddRange(kept);
    }

    /// <summary>A copy whose constants are all initialisers in bytes, and none an input.</summary>
    private static ModelProto Plain(ModelProto given)
    {
        var model = given.Clone();
        var graph = model.Graph;

        // Before version 4 of the format constants had to be inputs, too.
        model.IrVersion = Math.Max(4, model.IrVersion);
        var (nodes, constants) = (graph.Node.ToArray(), graph.Initializer.ToList());
        graph.Node.Clear();
        foreach (var node in nodes)
        {
            if (node.OpType == "Constant" && node.Domain.Length == 0 && ValueOf(node) is { } tensor)
            {
                constants.Add(tensor);
            }
            else
            {
                graph.Node.Add(node);
            }
        }

        graph.Initializer.Clear();
        graph.Initializer.AddRange(constants.Select(static tensor => TensorBytes.Size(TensorBytes.Type(tensor)) == 0 ? tensor : TensorBytes.Make(tensor.Name, TensorBytes.Type(tensor), tensor.Dims, TensorBytes.Of(tensor))));
        var names = constants.Select(static tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        var inputs = graph.Input.Where(input => !names.Contains(input.Name)).ToArray();
        graph.Input.Clear();
        graph.Input.AddRange(inputs);
        return model;
    }

    private static TensorProto? ValueOf(NodeProto node)
    {
        var value = node.Attribute.FirstOrDefault();
        var tensor = value?.Name switch
        {
            "value" => value.T.Clone(),
            "value_int" => TensorBytes.Make("", TensorProto.Types.DataType.Int64, [], TensorBytes.Bytes([value.I])),
            "value_ints" => TensorBytes.Make("", [.. value.Ints]),
            "value_float" => TensorBytes.Make("", TensorProto.Types.DataType.Float, [], TensorBytes.Bytes([value.F])),
            "value_floats" => TensorBytes.Make("", TensorProto.Types.DataType.Float, [value.Floats.Count], TensorBytes.Bytes(value.Floats.ToArray())),
            _ => null,
        };
        if (tensor is not null)
        {
            tensor.Name = node.Output[0];
        }

        return tensor;
    }

    /// <summary>Makes constants of what needs no input, where that isn't larger than what it is made of.</summary>
    private static void Fold(ModelProto model, Dictionary<string, OnnxValue> values)
    {
        const long Small = 1 << 16;
        var graph = model.Graph;
        var moving = Dependent(graph);
        var outputs = graph.Output.Select(static output => output.Name).ToHashSet(StringComparer.Ordinal);
        var sizes = graph.Initializer.ToDictionary(static tensor => tensor.Name, static tensor => (long)tensor.RawData.Length, StringComparer.Ordinal);
        var readers = graph.Node.SelectMany(static node => node.Input).CountBy(static name => name, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        var nodes = graph.Node.ToArray();
        graph.Node.Clear();
        foreach (var node in nodes)
        {
            // A large constant that others read as well stays one, since weights that are shared would get two copies.
            if (node.Output.Any(moving.Contains) || node.Output.Any(outputs.Contains) || node.Output.Any(name => name.Length > 0 && !values.ContainsKey(name))
                || node.Input.Any(name => name.Length > 0 && (!sizes.ContainsKey(name) || (sizes[name] > Small && readers[name] > 1)))
                || node.Output.Sum(name => name.Length > 0 ? values[name].Data.Length : 0L) > Math.Max(Small, node.Input.Sum(name => sizes.GetValueOrDefault(name))))
            {
                graph.Node.Add(node);
                continue;
            }

            foreach (var name in node.Output.Where(static name => name.Length > 0))
            {
                graph.Initializer.Add(values[name].ToTensor(name));
                sizes[name] = values[name].Data.Length;
            }
        }

        // What was folded may have been all that read a constant.
        DropUnread(graph);

        // Extents of what lies between are about to change.
        graph.ValueInfo.Clear();
    }

    private static HashSet<string> Dependent(GraphProto graph)
    {
        var moving = graph.Input.Select(static input => input.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var node in graph.Node)
        {
            if (s_never.Contains(node.OpType) || new GraphNode(node, "").Reads.Any(moving.Contains))
            {
                moving.UnionWith(node.Output.Where(static name => name.Length > 0));
            }
        }

        return moving;
    }

    private static GraphNode[] Named(GraphProto graph)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        return [.. graph.Node.Select(node =>
        {
            var name = node.Name.Length > 0 && names.Add(node.Name) ? node.Name : node.Output.FirstOrDefault(static output => output.Length > 0) ?? node.OpType;
            names.Add(name);
            return new GraphNode(node, name);
        })];
    }
}
