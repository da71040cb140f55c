using System.Globalization;
using Google.Protobuf;
using Onnx;
using Winnow.Networks.Graphs;
using static TorchSharp.torch;

namespace Winnow.Onnx.Export;

/// <summary>Makes an ONNX graph of what modules say.</summary>
internal sealed class OnnxGraphBuilder : IGraphBuilder
{
    private readonly string _prefix;
    private readonly Content _content;

    /// <param name="module">The whole network.</param>
    public OnnxGraphBuilder(nn.Module module)
        : this("", new(module))
    {
    }

    private OnnxGraphBuilder(string prefix, Content content) => (_prefix, _content) = (prefix, content);

    /// <summary>What was made so far.</summary>
    public GraphProto Graph => _content.Graph;

    /// <summary>An input of the graph.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">The type of its numbers.</param>
    /// <param name="extents">Its extents; names for those that are free.</param>
    public GraphValue Input(string name, ScalarType type, IReadOnlyList<(long Extent, string? Free)> extents)
    {
        Graph.Input.Add(Port(name, type, extents));
        _content.Names.Add(name);
        return new(name, extents.Count);
    }

    /// <summary>Makes a value an output of the graph.</summary>
    public void Output(GraphValue value, string name, ScalarType type, IReadOnlyList<(long Extent, string? Free)> extents)
    {
        Graph.Node.Add(new NodeProto { OpType = "Identity", Name = $"{name}/Identity", Input = { value.Name }, Output = { name } });
        Graph.Output.Add(Port(name, type, extents));
    }

    /// <summary>What the whole network gives.</summary>
    public GraphValue Call(GraphValue input) => Call("", input);

    /// <inheritdoc/>
    public GraphValue Call(string part, GraphValue input)
    {
        var within = part.Length == 0 ? this : (OnnxGraphBuilder)Within(part);
        var name = within._prefix.Length == 0 ? "the network" : $"\"{within._prefix}\"";
        var module = _content.Module(within._prefix);
        var type = module.GetType();
        if (module is IGraphModule own)
        {
            return own.Describe(within, input);
        }

        // What is derived from a layer may compute something else.
        var known = type.Assembly == typeof(nn).Assembly ? LayerRules.Describe(within, module, input, what => new($"{name}, a {type.Name}, {what}.")) : null;
        return known ?? throw new NetworkGraphException($"{name} is a {type.Name}, of which nobody knows what it computes: TorchSharp records no graph. Let it implement {nameof(IGraphModule)}, or make it a Sequential of TorchSharp's layers.");
    }

    /// <inheritdoc/>
    public IGraphBuilder Within(string part)
    {
        var prefix = Join(part);
        return _content.Has(prefix) ? new OnnxGraphBuilder(prefix, _content) : throw new ArgumentException($"The network has no part \"{prefix}\"; name one that was registered.", nameof(part));
    }

    /// <inheritdoc/>
    public GraphValue State(string name)
    {
        var whole = Join(name);
        var tensor = _content.State.TryGetValue(whole, out var found) ? found : throw new ArgumentException($"The network has no parameter or buffer \"{whole}\"; name one that was registered.", nameof(name));
        if (_content.Names.Add(whole))
        {
            Graph.Initializer.Add(Tensor(tensor, whole));
        }

        return new(whole, (int)tensor.dim());
    }

    /// <inheritdoc/>
    public GraphValue Constant(Tensor values, string name)
    {
        ArgumentNullException.ThrowIfNull(values);
        var constant = Tensor(values, "");
        if (_content.Constants.TryGetValue(constant, out var known))
        {
            return new(known, (int)values.dim());
        }

        var own = Free(name);
        _content.Constants.Add(constant.Clone(), own);
        constant.Name = own;
        Graph.Initializer.Add(constant);
        return new(own, (int)values.dim());
    }

    /// <inheritdoc/>
    public GraphValue Operator(string type, int rank, IReadOnlyList<GraphValue?> inputs, params (string Name, object Value)[] attributes)
    {
        ArgumentException.ThrowIfNullOrEmpty(type);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(attributes);
        var name = Free(type);
        var node = new NodeProto { OpType = type, Name = name, Output = { name } };
        node.Input.AddRange(inputs.Select(static input => input?.Name ?? ""));
        node.Attribute.AddRange(attributes.Select(static attribute => Attribute(attribute.Name, attribute.Value)));
        Graph.Node.Add(node);
        return new(name, rank);
    }

    private static AttributeProto Attribute(string name, object value) => value switch
    {
        long number => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = number },
        double number => new() { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = (float)number },
        string text => new() { Name = name, Type = AttributeProto.Types.AttributeType.String, S = ByteString.CopyFromUtf8(text) },
        long[] numbers => new() { Name = name, Type = AttributeProto.Types.AttributeType.Ints, Ints = { numbers } },
        _ => throw new ArgumentException($"The attribute {name} is a {value?.GetType().Name ?? "null"}; it can be a long, a double, a string or a long[].", nameof(value)),
    };

    private static TensorProto Tensor(Tensor values, string name)
    {
        using var scope = NewDisposeScope();
        var plain = values.detach().cpu();
        plain = (plain.is_floating_point() ? plain.to(ScalarType.Float32) : plain).contiguous();
        return new() { Name = name, DataType = (int)TypeOf(plain.dtype), Dims = { plain.shape }, RawData = ByteString.CopyFrom(plain.bytes) };
    }

    private static TensorProto.Types.DataType TypeOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => TensorProto.Types.DataType.Float,
        ScalarType.Int64 => TensorProto.Types.DataType.Int64,
        ScalarType.Byte => TensorProto.Types.DataType.Uint8,
        ScalarType.Bool => TensorProto.Types.DataType.Bool,
        _ => throw new NetworkGraphException($"numbers of type {type} can't be exported; use float32, int64, uint8 or bool."),
    };

    private static ValueInfoProto Port(string name, ScalarType type, IReadOnlyList<(long Extent, string? Free)> extents)
    {
        var shape = new TensorShapeProto();
        shape.Dim.AddRange(extents.Select(static extent => extent.Free is { } free ? new TensorShapeProto.Types.Dimension { DimParam = free } : new TensorShapeProto.Types.Dimension { DimValue = extent.Extent }));
        return new() { Name = name, Type = new() { TensorType = new() { ElemType = (int)TypeOf(type), Shape = shape } } };
    }

    private string Join(string name) => _prefix.Length == 0 ? name : $"{_prefix}.{name}";

    /// <summary>A name that nothing has yet.</summary>
    private string Free(string name)
    {
        var whole = Join(name);
        for (var k = 1; !_content.Names.Add(whole); k++)
        {
            whole = string.Create(CultureInfo.InvariantCulture, $"{Join(name)}_{k}");
        }

        return whole;
    }

    /// <summary>What builders of one graph share.</summary>
    private sealed class Content
    {
        private readonly Dictionary<string, nn.Module> _modules;

        public Content(nn.Module module)
        {
            _modules = module.named_modules().ToDictionary(static entry => entry.name, static entry => entry.module, StringComparer.Ordinal);
            _modules[""] = module;
            foreach (var (name, tensor) in module.named_parameters().Select(static entry => (entry.name, (Tensor)entry.parameter)).Concat(module.named_buffers().Select(static entry => (entry.Item1, entry.Item2))))
            {
                State.TryAdd(name, tensor);
            }
        }

        public GraphProto Graph { get; } = new() { Name = "network" };

        public Dictionary<string, Tensor> State { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Names { get; } = new(StringComparer.Ordinal);

        public Dictionary<TensorProto, string> Constants { get; } = [];

        public bool Has(string name) => _modules.ContainsKey(name);

        public nn.Module Module(string name) => _modules[name];
    }
}
