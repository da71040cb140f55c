using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Winnow.Torch;

/// <summary>Numbers into tensors and out of them in one copy, by spans.</summary>
public static class TensorData
{
    /// <summary>A new tensor with a copy of the numbers.</summary>
    /// <typeparam name="T">float, double, Half, byte, sbyte, short, int, long or bool; decides the element type.</typeparam>
    /// <param name="data">The elements, row-major; as many as the shape has.</param>
    /// <param name="shape">The sizes of the dimensions; one dimension when empty.</param>
    /// <exception cref="ArgumentException">The numbers do not fill the shape, or T is no element type.</exception>
    public static Tensor FromSpan<T>(ReadOnlySpan<T> data, params ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        long elements = 1;
        foreach (var size in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(shape));
            elements = checked(elements * size);
        }

        if (shape.Length > 0 && elements != data.Length)
        {
            throw new ArgumentException($"The shape [{string.Join(", ", shape.ToArray())}] has {elements} elements and the data {data.Length}; pass as many.", nameof(data));
        }

        var sizes = shape.Length > 0 ? shape.ToArray() : [data.Length];
        var tensor = empty(sizes, TypeOf<T>());
        MemoryMarshal.AsBytes(data).CopyTo(tensor.bytes);
        return tensor;
    }

    /// <summary>The elements in row-major order, from any device. For a tensor on another device this waits until it is computed.</summary>
    /// <typeparam name="T">The .NET type of the tensor's element type.</typeparam>
    /// <param name="tensor">Stays the caller's.</param>
    /// <exception cref="ArgumentException">The element type is another.</exception>
    public static T[] ToArray<T>(this Tensor tensor)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.dtype != TypeOf<T>())
        {
            throw new ArgumentException($"The tensor's elements are {tensor.dtype} and {typeof(T).Name} is {TypeOf<T>()}; convert with to({TypeOf<T>()}) first.", nameof(tensor));
        }

        using var scope = NewDisposeScope();
        var elements = new T[tensor.numel()];
        tensor.detach().cpu().contiguous().bytes.CopyTo(MemoryMarshal.AsBytes(elements.AsSpan()));
        return elements;
    }

    /// <summary>Overwrites the elements with the numbers given in row-major order, whatever the tensor's device and memory order.</summary>
    /// <typeparam name="T">The .NET type of the tensor's element type.</typeparam>
    /// <param name="tensor">Changed in place, without history.</param>
    /// <param name="source">Exactly as many numbers as the tensor has elements.</param>
    /// <exception cref="ArgumentException">Element type or number of elements is another.</exception>
    public static void CopyFrom<T>(this Tensor tensor, ReadOnlySpan<T> source)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.dtype != TypeOf<T>() || tensor.numel() != source.Length)
        {
            throw new ArgumentException($"The tensor has {tensor.numel()} elements of {tensor.dtype} and the source {source.Length} of {TypeOf<T>()}; pass as many of the same type.", nameof(source));
        }

        using var scope = NewDisposeScope();
        using var silent = no_grad();
        using var values = FromSpan(source, tensor.shape);
        tensor.copy_(values);
    }

    /// <summary>The element type of tensors that a .NET type is.</summary>
    /// <exception cref="NotSupportedException">It is none.</exception>
    public static ScalarType TypeOf<T>()
        where T : unmanaged =>
        typeof(T) == typeof(float) ? ScalarType.Float32
        : typeof(T) == typeof(double) ? ScalarType.Float64
        : typeof(T) == typeof(Half) ? ScalarType.Float16
        : typeof(T) == typeof(byte) ? ScalarType.Byte
        : typeof(T) == typeof(sbyte) ? ScalarType.Int8
        : typeof(T) == typeof(short) ? ScalarType.Int16
        : typeof(T) == typeof(int) ? ScalarType.Int32
        : typeof(T) == typeof(long) ? ScalarType.Int64
        : typeof(T) == typeof(bool) ? ScalarType.Bool
        : throw new NotSupportedException($"{typeof(T).Name} is no element type of tensors; use float, double, Half, byte, sbyte, short, int, long or bool.");
}
