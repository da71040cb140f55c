using Winnow.Torch.Interop;

namespace Winnow.Torch;

/// <summary>
/// One argument of an <see cref="Operator"/>. It keeps a managed reference to what it stands for, so that no tensor can be finalised
/// while libtorch works on it. Made by implicit conversion.
/// </summary>
public readonly struct Argument
{
    internal readonly object? Object;
    internal readonly long Bits;
    internal readonly ValueTag Tag;
    internal readonly int Count;

    Argument(ValueTag tag, long bits = 0, object? value = null, int count = 0)
    {
        Tag = tag;
        Bits = bits;
        Object = value;
        Count = count;
    }

    /// <summary>No value, for an optional argument.</summary>
    public static Argument None => default;

    /// <summary>The default of the operator's schema.</summary>
    public static Argument Default => new(ValueTag.Default);

    /// <summary>A tensor; null is no value.</summary>
    public static implicit operator Argument(Tensor? tensor) => tensor is null ? default : new(ValueTag.Tensor, value: tensor);

    /// <summary>An integer.</summary>
    public static implicit operator Argument(long value) => new(ValueTag.Integer, value);

    /// <summary>An integer.</summary>
    public static implicit operator Argument(int value) => new(ValueTag.Integer, value);

    /// <summary>A real number.</summary>
    public static implicit operator Argument(double value) => new(ValueTag.Real, BitConverter.DoubleToInt64Bits(value));

    /// <summary>A truth value.</summary>
    public static implicit operator Argument(bool value) => new(ValueTag.Boolean, value ? 1 : 0);

    /// <summary>A string.</summary>
    public static implicit operator Argument(string value) => new(ValueTag.String, value: value);

    /// <summary>A list of integers, or of truth values where the schema asks for them.</summary>
    public static implicit operator Argument(long[] values) => new(ValueTag.Integers, value: values);

    /// <summary>A list of tensors; null elements where the schema allows them.</summary>
    public static implicit operator Argument(Tensor?[] tensors) => new(ValueTag.Tensors, value: tensors);

    /// <summary>An element type.</summary>
    public static implicit operator Argument(ScalarType type) => new(ValueTag.Integer, (long)type);

    /// <summary>An element type, or no value.</summary>
    public static implicit operator Argument(ScalarType? type) => type is { } given ? new(ValueTag.Integer, (long)given) : default;

    /// <summary>A memory format.</summary>
    public static implicit operator Argument(MemoryFormat format) => new(ValueTag.Integer, (long)format);

    /// <summary>A device.</summary>
    public static implicit operator Argument(Device device) => new(ValueTag.Device, device.Index, count: (int)device.Type);
}
