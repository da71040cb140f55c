using System.Runtime.InteropServices;

namespace Winnow.Data.Formats;

/// <summary>An array as numpy saves it: element type, extents, and the elements in row-major order, little-endian.</summary>
public sealed class NpyArray
{
    private readonly int[] _shape;

    internal NpyArray(NpyType type, int[] shape, ReadOnlyMemory<byte> data)
    {
        Type = type;
        _shape = shape;
        Data = data;
    }

    /// <summary>The type of an element.</summary>
    public NpyType Type { get; }

    /// <summary>The extents; empty for a single number.</summary>
    public ReadOnlySpan<int> Shape => _shape;

    /// <summary>The number of elements.</summary>
    public int Length => Data.Length / SizeOf(Type);

    /// <summary>The elements' bytes, row-major, little-endian.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>The extents as numpy prints them, e.g. <c>[60000, 28, 28]</c>.</summary>
    public string ShapeText => SampleSet.Describe(_shape);

    /// <summary>An array of a copy of these values.</summary>
    /// <typeparam name="T">bool, an integer, Half, float or double.</typeparam>
    /// <param name="values">The elements in row-major order.</param>
    /// <param name="shape">The extents; none means one extent, the number of values.</param>
    /// <exception cref="ArgumentException">The extents' product isn't the number of values.</exception>
    /// <exception cref="NotSupportedException">npy has no such type.</exception>
    public static NpyArray Create<T>(ReadOnlySpan<T> values, params ReadOnlySpan<int> shape)
        where T : unmanaged
    {
        var extents = shape.IsEmpty ? [values.Length] : shape.ToArray();
        long product = 1;
        foreach (var extent in extents)
        {
            product = extent < 0 ? -1 : checked(product * extent);
        }

        if (product != values.Length)
        {
            throw new ArgumentException($"{values.Length} values don't fill the shape {SampleSet.Describe(extents)}.", nameof(shape));
        }

        if ((long)values.Length * SizeOf(TypeOf<T>()) > Array.MaxLength)
        {
            throw new ArgumentException($"{values.Length} values are more than the {Array.MaxLength} bytes an array may have.", nameof(values));
        }

        return new(TypeOf<T>(), extents, MemoryMarshal.AsBytes(values).ToArray());
    }

    /// <summary>A single number, an array without extents.</summary>
    /// <typeparam name="T">bool, an integer, Half, float or double.</typeparam>
    /// <param name="value">The number.</param>
    /// <exception cref="NotSupportedException">npy has no such type.</exception>
    public static NpyArray Scalar<T>(T value)
        where T : unmanaged
        => new(TypeOf<T>(), [], MemoryMarshal.AsBytes([value]).ToArray());

    /// <summary>The elements without a copy.</summary>
    /// <typeparam name="T">Exactly the array's type.</typeparam>
    /// <exception cref="InvalidOperationException"><typeparamref name="T"/> is another type.</exception>
    public ReadOnlySpan<T> AsSpan<T>()
        where T : unmanaged
        => TypeOf<T>() == Type
            ? MemoryMarshal.Cast<byte, T>(Data.Span)
            : throw new InvalidOperationException($"The array holds {Type}, not {typeof(T).Name}.");

    /// <summary>The elements as float32. 64-bit integers and floats are rounded; what is too large becomes infinite.</summary>
    public float[] ToSingles()
    {
        var result = GC.AllocateUninitializedArray<float>(Length);
        var data = Data.Span;
        switch (Type)
        {
            case NpyType.Float16 or NpyType.Float32 or NpyType.Float64: ToSingles(Type, data, result); break;
            case NpyType.UInt64: Fill<ulong>(data, result, static v => v); break;
            default:
                for (var i = 0; i < result.Length; i++)
                {
                    result[i] = IntegerAt(i);
                }

                break;
        }

        return result;
    }

    /// <summary>The elements as float32, without a copy where they are that already.</summary>
    public ReadOnlyMemory<float> AsSingles() => Type == NpyType.Float32 ? new FloatMemory(Data).Memory : ToSingles();

    /// <summary>The elements as 64-bit integers.</summary>
    /// <exception cref="InvalidOperationException">The array holds floats.</exception>
    /// <exception cref="OverflowException">An unsigned 64-bit element above 2^63 - 1.</exception>
    public long[] ToInt64s()
    {
        if (!IsInteger)
        {
            throw new InvalidOperationException($"The array holds {Type}, not integers.");
        }

        var result = GC.AllocateUninitializedArray<long>(Length);
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = IntegerAt(i);
        }

        return result;
    }

    /// <summary>Whether the elements are integers (bool counts).</summary>
    public bool IsInteger => Type is not (NpyType.Float16 or NpyType.Float32 or NpyType.Float64);

    /// <summary>Bytes of one element: 1, 2, 4 or 8.</summary>
    /// <param name="type">The type.</param>
    public static int SizeOf(NpyType type) => type switch
    {
        NpyType.Boolean or NpyType.Int8 or NpyType.UInt8 => 1,
        NpyType.Int16 or NpyType.UInt16 or NpyType.Float16 => 2,
        NpyType.Int32 or NpyType.UInt32 or NpyType.Float32 => 4,
        _ => 8,
    };

    // For integer types; clamps nothing.
    internal long IntegerAt(int index)
    {
        var at = Data.Span[(index * SizeOf(Type))..];
        return Type switch
        {
            NpyType.Boolean or NpyType.UInt8 => at[0],
            NpyType.Int8 => (sbyte)at[0],
            NpyType.Int16 => MemoryMarshal.Read<short>(at),
            NpyType.UInt16 => MemoryMarshal.Read<ushort>(at),
            NpyType.Int32 => MemoryMarshal.Read<int>(at),
            NpyType.UInt32 => MemoryMarshal.Read<uint>(at),
            NpyType.UInt64 => checked((long)MemoryMarshal.Read<ulong>(at)),
            _ => MemoryMarshal.Read<long>(at),
        };
    }

    /// <summary>Floats of any width as float32.</summary>
    internal static void ToSingles(NpyType type, ReadOnlySpan<byte> data, Span<float> result)
    {
        switch (type)
        {
            case NpyType.Float16: Fill<Half>(data, result, static v => (float)v); break;
            case NpyType.Float64: Fill<double>(data, result, static v => (float)v); break;
            default: MemoryMarshal.Cast<byte, float>(data).CopyTo(result); break;
        }
    }

    private static void Fill<T>(ReadOnlySpan<byte> data, Span<float> result, Func<T, float> convert)
        where T : unmanaged
    {
        var values = MemoryMarshal.Cast<byte, T>(data);
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = convert(values[i]);
        }
    }

    internal static NpyType TypeOf<T>() => default(T)! switch
    {
        bool => NpyType.Boolean,
        sbyte => NpyType.Int8,
        short => NpyType.Int16,
        int => NpyType.Int32,
        long => NpyType.Int64,
        byte => NpyType.UInt8,
        ushort => NpyType.UInt16,
        uint => NpyType.UInt32,
        ulong => NpyType.UInt64,
        Half => NpyType.Float16,
        float => NpyType.Float32,
        double => NpyType.Float64,
        _ => throw new NotSupportedException($"npy has no type for {typeof(T).Name}; it has bool, integers, Half, float and double."),
    };
}
