namespace Winnow.Torch;

/// <content>New tensors.</content>
public static partial class Ops
{
    static readonly Operator s_empty = new("aten::empty", "memory_format");
    static readonly Operator s_full = new("aten::full");
    static readonly Operator s_zeros = new("aten::zeros");
    static readonly Operator s_ones = new("aten::ones");
    static readonly Operator s_zerosLike = new("aten::zeros_like");
    static readonly Operator s_arange = new("aten::arange", "start_step");

    /// <summary>A tensor whose elements are whatever the memory held.</summary>
    public static Tensor Empty(
        ReadOnlySpan<long> shape, ScalarType type = ScalarType.Float32, Device device = default,
        MemoryFormat format = MemoryFormat.Contiguous) =>
        s_empty.Call(shape.ToArray(), type, Argument.None, device, Argument.None, format);

    /// <summary>A tensor of zeros.</summary>
    public static Tensor Zeros(ReadOnlySpan<long> shape, ScalarType type = ScalarType.Float32, Device device = default) =>
        s_zeros.Call(shape.ToArray(), type, Argument.None, device);

    /// <summary>A tensor of ones.</summary>
    public static Tensor Ones(ReadOnlySpan<long> shape, ScalarType type = ScalarType.Float32, Device device = default) =>
        s_ones.Call(shape.ToArray(), type, Argument.None, device);

    /// <summary>A tensor of one value.</summary>
    public static Tensor Full(ReadOnlySpan<long> shape, double value, ScalarType type = ScalarType.Float32, Device device = default) =>
        s_full.Call(shape.ToArray(), value, type, Argument.None, device);

    /// <summary>Zeros with another tensor's shape, type, device and layout.</summary>
    public static Tensor ZerosLike(Tensor input) => s_zerosLike.Call(input);

    /// <summary>start, start + step, … below end.</summary>
    public static Tensor Arange(
        long start, long end, long step = 1, ScalarType type = ScalarType.Int64, Device device = default) =>
        s_arange.Call(start, end, step, type, Argument.None, device);
}
