using Onnx;
using DataType = Onnx.TensorProto.Types.DataType;

namespace Winnow.Onnx.Graphs;

/// <summary>Numbers on their way into a network or out of it.</summary>
/// <param name="Type">What they are.</param>
/// <param name="Shape">Their extents.</param>
/// <param name="Data">Their bytes, in the order of rows.</param>
internal sealed record OnnxValue(DataType Type, long[] Shape, byte[] Data)
{
    /// <summary>As floats; null where they are of another kind.</summary>
    public float[]? Floats => TensorBytes.Floats(Type, Data);

    public TensorProto ToTensor(string name) => TensorBytes.Make(name, Type, Shape, Data);
}
