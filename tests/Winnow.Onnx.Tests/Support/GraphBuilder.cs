using Google.Protobuf;
using Onnx;

namespace Winnow.Onnx.Tests.Support;

/// <summary>Builds small ONNX models node by node, with weights that are drawn.</summary>
internal sealed class GraphBuilder(long opset = 17)
{
    private readonly GraphProto _graph = new() { Name = "small" };
    private readonly Random _random = new(7);

    public OnnxNetwork Network => new(Model);

    public ModelProto Model
    {
        get
        {
            var model = new ModelProto { IrVersion = 8, ProducerName = "tests", Graph = _graph };
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = opset });
            return model.Clone();
        }
    }

    /// <summary>An input; 0 stands for an extent that is free.</summary>
    public string Input(string name, params int[] shape) => Port(_graph.Input, name, TensorProto.Types.DataType.Float, shape);

    public string Tokens(string name, params int[] shape) => Port(_graph.Input, name, TensorProto.Types.DataType.Int64, shape);

    public GraphBuilder Output(string name, params int[] shape)
    {
        Port(_graph.Output, name, TensorProto.Types.DataType.Float, shape);
        return this;
    }

    /// <summary>A node with one output of its name.</summary>
    public string Add(string type, string name, string inputs, params AttributeProto[] attributes)
    {
        Node(type, name, inputs, name, attributes);
        return name;
    }

    public void Node(string type, string name, string inputs, string outputs, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = type, Name = name };
        node.Input.AddRange(inputs.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static input => input == "-" ? "" : input));
        node.Output.AddRange(outputs.Split(' '));
        node.Attribute.AddRange(attributes);
        _graph.Node.Add(node);
    }

    /// <summary>A convolution of 3 x 3 with padding and bias, and the weights for it.</summary>
    public string Conv(string name, string input, int inputs, int outputs, int kernel = 3, int groups = 1)
    {
        Floats($"{name}.weight", outputs, inputs / groups, kernel, kernel);
        Floats($"{name}.bias", outputs);
        var pad = kernel / 2;
        return Add("Conv", name, $"{input} {name}.weight {name}.bias", Numbers("pads", pad, pad, pad, pad), Numbers("kernel_shape", kernel, kernel), Number("group", groups));
    }

    public string Norm(string name, string input, int channels)
    {
        foreach (var part in new[] { "scale", "bias", "mean" })
        {
            Floats($"{name}.{part}", channels);
        }

        Constant($"{name}.var", [channels], [.. Enumerable.Range(0, channels).Select(_ => (float)(0.5 + _random.NextDouble()))]);
        return Add("BatchNormalization", name, $"{input} {name}.scale {name}.bias {name}.mean {name}.var");
    }

    /// <summary>A dense layer, weights as PyTorch has them.</summary>
    public string Gemm(string name, string input, int inputs, int outputs)
    {
        Floats($"{name}.weight", outputs, inputs);
        Floats($"{name}.bias", outputs);
        return Add("Gemm", name, $"{input} {name}.weight {name}.bias", Number("transB", 1));
    }

    /// <summary>A dense layer over the last axis, as PyTorch exports it for sequences.</summary>
    public string MatMul(string name, string input, int inputs, int outputs)
    {
        Floats($"{name}.weight", inputs, outputs);
        Floats($"{name}.bias", outputs);
        Add("MatMul", $"{name}.product", $"{input} {name}.weight");
        return Add("Add", name, $"{name}.bias {name}.product");
    }

    public string LayerNorm(string name, string input, int channels)
    {
        Floats($"{name}.scale", channels);
        Floats($"{name}.bias", channels);
        return Add("LayerNormalization", name, $"{input} {name}.scale {name}.bias");
    }

    /// <summary>Weights that are drawn, of the size that keeps a signal's.</summary>
    public string Floats(string name, params int[] shape)
    {
        var count = shape.Aggregate(1, static (product, extent) => product * extent);
        var scale = shape.Length > 1 ? Math.Sqrt(6.0 * shape[0] / count) : 0.5;
        return Constant(name, shape, [.. Enumerable.Range(0, count).Select(_ => (float)(((2 * _random.NextDouble()) - 1) * scale))]);
    }

    public string Constant(string name, int[] shape, float[] values)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)TensorProto.Types.DataType.Float };
        tensor.Dims.AddRange(shape.Select(static extent => (long)extent));
        tensor.FloatData.AddRange(values);
        _graph.Initializer.Add(tensor);
        return name;
    }

    public string Integers(string name, params long[] values)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)TensorProto.Types.DataType.Int64 };
        tensor.Dims.Add(values.Length);
        tensor.Int64Data.AddRange(values);
        _graph.Initializer.Add(tensor);
        return name;
    }

    public static AttributeProto Number(string name, long value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    public static AttributeProto Text(string name, string value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.String, S = ByteString.CopyFromUtf8(value) };

    public static AttributeProto Numbers(string name, params long[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.AddRange(values);
        return attribute;
    }

    private static string Port(Google.Protobuf.Collections.RepeatedField<ValueInfoProto> ports, string name, TensorProto.Types.DataType type, int[] shape)
    {
        var extents = new TensorShapeProto();
        foreach (var (extent, k) in shape.Select(static (extent, k) => (extent, k)))
        {
            extents.Dim.Add(extent == 0 ? new TensorShapeProto.Types.Dimension { DimParam = $"n{k}" } : new TensorShapeProto.Types.Dimension { DimValue = extent });
        }

        ports.Add(new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = extents } } });
        return name;
    }
}
