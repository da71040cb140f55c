using Winnow.Torch.Interop;

namespace Winnow.Torch;

/// <content>Numbers in and out, and the operations that read best on the tensor itself.</content>
public sealed unsafe partial class Tensor
{
    /// <summary>A new tensor with a copy of the numbers.</summary>
    /// <typeparam name="T">float, double, Half, byte, sbyte, short, int, long or bool; decides the element type.</typeparam>
    /// <param name="data">The elements, row-major; as many as the shape has.</param>
    /// <param name="shape">The sizes of the dimensions.</param>
    /// <param name="device">Where the tensor shall live; the processor by default.</param>
    /// <exception cref="ArgumentException">The numbers do not fill the shape.</exception>
    public static Tensor FromSpan<T>(ReadOnlySpan<T> data, ReadOnlySpan<long> shape, Device device = default)
        where T : unmanaged
    {
        long elements = 1;
        foreach (var size in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(shape));
            elements = checked(elements * size);
        }

        if (elements != data.Length)
        {
            throw new ArgumentException(
                $"The shape [{string.Join(", ", shape.ToArray())}] has {elements} elements and the data {data.Length}; pass as many.",
                nameof(data));
        }

        TorchRuntime.PrepareThread();
        nint handle;
        fixed (T* memory = data)
        fixed (long* sizes = shape)
        {
            Native.Check(Native.winnow_tensor_from_data(
                memory, sizes, shape.Length, (int)ScalarTypes.Of<T>(), (int)device.Type, device.Index, out handle));
        }

        return Own(handle);
    }

    /// <summary>A new one-dimensional tensor with a copy of the numbers.</summary>
    /// <inheritdoc cref="FromSpan{T}(ReadOnlySpan{T}, ReadOnlySpan{long}, Device)"/>
    public static Tensor FromSpan<T>(ReadOnlySpan<T> data, Device device = default)
        where T : unmanaged
        => FromSpan(data, [data.Length], device);

    /// <summary>Copies the elements out in row-major order. For a tensor on another device this waits until it is computed.</summary>
    /// <typeparam name="T">The .NET type of the tensor's <see cref="ScalarType"/>.</typeparam>
    /// <param name="destination">Exactly as long as the tensor has elements.</param>
    /// <exception cref="InvalidOperationException">The element type is another.</exception>
    /// <exception cref="ArgumentException">The destination's length is another.</exception>
    public void CopyTo<T>(Span<T> destination)
        where T : unmanaged
    {
        RequireFit<T>(destination.Length, nameof(destination));
        fixed (T* memory = destination)
        {
            Native.Check(Native.winnow_tensor_read(Handle, memory, (long)destination.Length * sizeof(T)));
        }

        GC.KeepAlive(this);
    }

    /// <summary>The elements in row-major order, as <see cref="CopyTo{T}"/> gives them.</summary>
    /// <typeparam name="T">The .NET type of the tensor's <see cref="ScalarType"/>.</typeparam>
    public T[] ToArray<T>()
        where T : unmanaged
    {
        var elements = new T[Count];
        CopyTo<T>(elements);
        return elements;
    }

    /// <summary>Overwrites the elements with the numbers given in row-major order.</summary>
    /// <typeparam name="T">The .NET type of the tensor's <see cref="ScalarType"/>.</typeparam>
    /// <param name="source">Exactly as many numbers as the tensor has elements.</param>
    /// <exception cref="InvalidOperationException">The element type is another.</exception>
    /// <exception cref="ArgumentException">The source's length is another.</exception>
    public void CopyFrom<T>(ReadOnlySpan<T> source)
        where T : unmanaged
    {
        RequireFit<T>(source.Length, nameof(source));
        fixed (T* memory = source)
        {
            Native.Check(Native.winnow_tensor_write(Handle, memory, (long)source.Length * sizeof(T)));
        }

        GC.KeepAlive(this);
    }

    /// <summary>Overwrites the elements with another tensor's, converting type, device and layout and repeating size-one dimensions.</summary>
    /// <param name="source">A tensor whose shape fits.</param>
    public void CopyFrom(Tensor source) => Ops.CopyInPlace(this, source);

    /// <summary>Sets every element.</summary>
    /// <param name="value">The number, converted to the element type.</param>
    public void Fill(double value) => Ops.FillInPlace(this, value);

    /// <summary>The only element as a number. For a tensor on another device this waits until it is computed.</summary>
    /// <exception cref="TorchException">There is not exactly one element.</exception>
    public double ToDouble() => Ops.Item(this);

    /// <summary>A view of the same elements without their history.</summary>
    public Tensor Detach() => Ops.Detach(this);

    /// <summary>A copy in the same memory format.</summary>
    public Tensor Clone() => Ops.Clone(this);

    /// <summary>A view of <paramref name="length"/> slices of a dimension from <paramref name="start"/>.</summary>
    /// <param name="dimension">The dimension; negative counts from the last.</param>
    /// <param name="start">The first slice.</param>
    /// <param name="length">The number of slices.</param>
    public Tensor Narrow(int dimension, long start, long length) => Ops.Narrow(this, dimension, start, length);

    /// <summary>This tensor with another element type; a view of the same elements when it has that type already.</summary>
    /// <param name="type">The element type.</param>
    public Tensor To(ScalarType type) => Ops.To(this, type);

    /// <summary>This tensor on a device; a view of the same elements when it is there already.</summary>
    /// <param name="device">The device.</param>
    public Tensor To(Device device) => Ops.To(this, device, ScalarType);

    /// <summary>This tensor on a device with an element type; a view of the same elements when both are so already.</summary>
    /// <param name="device">The device.</param>
    /// <param name="type">The element type.</param>
    public Tensor To(Device device, ScalarType type) => Ops.To(this, device, type);

    /// <summary>This tensor with its elements in an order without gaps; a view of the same elements when they lie so already.</summary>
    /// <param name="format">The order.</param>
    public Tensor Contiguous(MemoryFormat format = MemoryFormat.Contiguous) => Ops.Contiguous(this, format);

    /// <summary>A view with another shape; one size may be -1 for "what is left".</summary>
    /// <param name="shape">The sizes.</param>
    public Tensor View(params ReadOnlySpan<long> shape) => Ops.View(this, shape);

    /// <summary>The same elements in another shape, as a view where the memory layout allows it and as a copy where not.</summary>
    /// <param name="shape">The sizes; one may be -1 for "what is left".</param>
    public Tensor Reshape(params ReadOnlySpan<long> shape) => Ops.Reshape(this, shape);

    void RequireFit<T>(int length, string parameter)
        where T : unmanaged
    {
        var info = Info;
        var type = ScalarTypes.Of<T>();
        if ((ScalarType)info.ScalarType != type)
        {
            throw new InvalidOperationException(
                $"The tensor's elements are {(ScalarType)info.ScalarType} and {typeof(T).Name} is {type}; convert with To(ScalarType.{type}) first.");
        }

        if (info.Elements != length)
        {
            throw new ArgumentException($"The span has {length} elements and the tensor {info.Elements}; pass as many.", parameter);
        }
    }
}
