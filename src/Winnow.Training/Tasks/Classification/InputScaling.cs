using Winnow.Data;
using Winnow.Networks.Graphs;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Classification;

/// <summary>What a network is given in place of the numbers that a data set holds: of mean 0 and variance 1 in each channel or feature over the training samples. The tensors belong to the scope in which this was made.</summary>
internal sealed class InputScaling
{
    // What ONNX calls float32.
    private const long Float = 1;

    private readonly Tensor _scale, _shift;

    /// <summary>
    /// (x + shift)·scale equals (x/unit - mean)/std: one addition and one multiplication a batch. In this order, since the difference of two numbers that are close
    /// to each other is exact, however far from zero they are.
    /// </summary>
    /// <param name="statistics">The training samples.</param>
    /// <param name="device">Where is computed.</param>
    /// <param name="masks">Whether the last plane is a mask, which stays as it is.</param>
    public InputScaling(SampleSet statistics, Device device, bool masks = false)
    {
        var unit = statistics.ElementType == ElementType.UInt8 ? 255.0 : 1.0;
        var scale = statistics.Std.Select(std => (float)(1 / (unit * (std > 0 ? std : 1)))).ToArray();
        var shift = statistics.Mean.Select(mean => (float)(-mean * unit)).ToArray();
        if (masks)
        {
            (scale[^1], shift[^1]) = (1, 0);
        }

        long[] shape = statistics.IsImage ? [1, scale.Length, 1, 1] : [1, scale.Length];
        (_scale, _shift) = (TensorData.FromSpan<float>(scale, shape).to(device), TensorData.FromSpan<float>(shift, shape).to(device));
    }

    /// <summary>A batch as the network takes it.</summary>
    /// <param name="batch">As in the data set; nobody else's where its numbers are floats already, since it is changed in place.</param>
    public Tensor Apply(Tensor batch) => batch.to(ScalarType.Float32).add_(_shift).mul_(_scale);

    /// <summary>The same in a graph.</summary>
    public GraphValue Describe(IGraphBuilder graph, GraphValue batch) =>
        graph.Mul(graph.Add(graph.Each("Cast", batch, ("to", Float)), graph.Constant(_shift, "shift")), graph.Constant(_scale, "scale"));
}
