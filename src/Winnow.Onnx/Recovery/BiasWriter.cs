using Onnx;
using Winnow.Onnx.Graphs;

namespace Winnow.Onnx.Recovery;

/// <summary>Adds numbers to the outputs of layers: into a bias or the mean of a norm where one is there, into a new one elsewhere.</summary>
internal static class BiasWriter
{
    /// <param name="model">Changed.</param>
    /// <param name="layer">The node.</param>
    /// <param name="bias">What is added to each channel.</param>
    /// <param name="name">A name that nothing has, for what may be new.</param>
    public static void Add(ModelProto model, NodeProto layer, float[] bias, string name)
    {
        var graph = model.Graph;
        var readers = graph.Node.Where(node => node.Input.Contains(layer.Output[0])).ToArray();
        var alone = readers.Length == 1 && graph.Output.All(output => output.Name != layer.Output[0]) ? readers[0] : null;
        if (alone is { OpType: "BatchNormalization" } && Own(alone, 3) is { } mean)
        {
            Change(mean, -1);
            return;
        }

        if (layer.OpType == "MatMul")
        {
            if (alone is { OpType: "Add" } && Own(alone, alone.Input[0] == layer.Output[0] ? 1 : 0) is { } shift)
            {
                Change(shift, 1);
                return;
            }
        }
        else if (layer.Input.Count > 2 && layer.Input[2].Length > 0)
        {
            if (Own(layer, 2) is { } own)
            {
                Change(own, 1);
                return;
            }
        }
        else
        {
            graph.Initializer.Add(TensorBytes.Make(name, TensorProto.Types.DataType.Float, [bias.Length], TensorBytes.Bytes(bias)));
            while (layer.Input.Count <= 2)
            {
                layer.Input.Add("");
            }

            layer.Input[2] = name;
            return;
        }

        // Along the axis of channels: the last of a product, the second of a convolution.
        var shape = layer.OpType is "MatMul" or "Gemm" ? [bias.Length] : graph.Initializer.First(tensor => tensor.Name == layer.Input[1]).Dims.Skip(2).Select(static _ => 1L).Prepend(bias.Length).ToArray();
        graph.Initializer.Add(TensorBytes.Make(name, TensorProto.Types.DataType.Float, shape, TensorBytes.Bytes(bias)));
        var sum = new NodeProto { OpType = "Add", Name = $"{name}.sum" };
        sum.Input.AddRange([$"{name}.before", name]);
        sum.Output.Add(layer.Output[0]);
        layer.Output[0] = $"{name}.before";
        graph.Node.Insert(graph.Node.IndexOf(layer) + 1, sum);

        // A constant of one number a channel that nothing else reads.
        int? Own(NodeProto node, int input)
        {
            var place = graph.Initializer.Select(static (tensor, k) => (tensor, k)).Where(entry => entry.tensor.Name == node.Input[input] && TensorBytes.Type(entry.tensor) == TensorProto.Types.DataType.Float && TensorBytes.Count(entry.tensor) == bias.Length
                && (node.OpType is "BatchNormalization" or "Conv" or "ConvTranspose" || entry.tensor.Dims[^1] == bias.Length)).Select(static entry => (int?)entry.k).FirstOrDefault();
            return place is not null && graph.Node.Sum(other => other.Input.Count(name => name == node.Input[input])) == 1 ? place : null;
        }

        void Change(int? place, int sign)
        {
            var tensor = graph.Initializer[place!.Value];
            var values = TensorBytes.Floats(tensor)!;
            for (var k = 0; k < values.Length; k++)
            {
                values[k] += sign * bias[k];
            }

            graph.Initializer[place.Value] = TensorBytes.Make(tensor.Name, TensorProto.Types.DataType.Float, tensor.Dims, TensorBytes.Bytes(values));
        }
    }
}
