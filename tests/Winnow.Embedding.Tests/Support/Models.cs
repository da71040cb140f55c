using Google.Protobuf;
using Onnx;

namespace Winnow.Embedding.Tests.Support;

/// <summary>Small ONNX models, made as any exporter makes them.</summary>
internal static class Models
{
    public static byte[] Of(ValueInfoProto[] inputs, ValueInfoProto[] outputs, NodeProto[] nodes, TensorProto[]? constants = null, long opset = 13)
    {
        var model = new ModelProto { IrVersion = 7, ProducerName = "tests", Graph = new GraphProto { Name = "small" } };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = opset });
        model.Graph.Input.AddRange(inputs);
        model.Graph.Output.AddRange(outputs);
        model.Graph.Node.AddRange(nodes);
        model.Graph.Initializer.AddRange(constants ?? []);
        return model.ToByteArray();
    }

    /// <summary>The mean of each channel of pictures [rows, 3, 4, 4]: [rows, 3, 1, 1].</summary>
    public static byte[] Means(int rows = 0, long opset = 13) => Of([Floats("x", rows, 3, 4, 4)], [Floats("y", rows, 3, 1, 1)], [Node("GlobalAveragePool", "x", "y")], opset: opset);

    public static ValueInfoProto Floats(string name, params int[] shape) => Port(name, TensorProto.Types.DataType.Float, shape);

    public static ValueInfoProto Integers(string name, params int[] shape) => Port(name, TensorProto.Types.DataType.Int64, shape);

    public static NodeProto Node(string type, string input, string output, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = type, Name = output };
        node.Input.AddRange(input.Split(' '));
        node.Output.Add(output);
        node.Attribute.AddRange(attributes);
        return node;
    }

    public static TensorProto Numbers(string name, params long[] values)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)TensorProto.Types.DataType.Int64 };
        tensor.Dims.Add(values.Length);
        tensor.Int64Data.AddRange(values);
        return tensor;
    }

    public static AttributeProto Number(string name, long value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    // 0 stands for an extent that is free.
    private static ValueInfoProto Port(string name, TensorProto.Types.DataType type, int[] shape)
    {
        var extents = new TensorShapeProto();
        foreach (var extent in shape)
        {
            extents.Dim.Add(extent == 0 ? new TensorShapeProto.Types.Dimension { DimParam = "n" } : new TensorShapeProto.Types.Dimension { DimValue = extent });
        }

        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = extents } } };
    }
}
