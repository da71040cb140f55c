using System.Runtime.InteropServices;
using Google.Protobuf;
using Onnx;
using DataType = Onnx.TensorProto.Types.DataType;

namespace Winnow.Onnx.Graphs;

/// <summary>Constants of a model as bytes in the one order that a file may have them in.</summary>
internal static class TensorBytes
{
    /// <summary>Bytes of one number; 0 for texts and for types of less than a byte.</summary>
    public static int Size(DataType type) => type switch
    {
        DataType.Float or DataType.Int32 or DataType.Uint32 => 4,
        DataType.Double or DataType.Int64 or DataType.Uint64 or DataType.Complex64 => 8,
        DataType.Float16 or DataType.Bfloat16 or DataType.Int16 or DataType.Uint16 => 2,
        DataType.Int8 or DataType.Uint8 or DataType.Bool => 1,
        DataType.Complex128 => 16,
        _ => 0,
    };

    public static DataType Type(TensorProto tensor) => (DataType)tensor.DataType;

    public static long Count(TensorProto tensor) => tensor.Dims.Aggregate(1L, static (product, extent) => product * extent);

    /// <summary>Its numbers, in the order of rows.</summary>
    public static byte[] Of(TensorProto tensor)
    {
        if (tensor.RawData.Length > 0)
        {
            return tensor.RawData.ToByteArray();
        }

        // A file may hold numbers in a list of a wider type.
        return Type(tensor) switch
        {
            DataType.Float or DataType.Complex64 => Bytes(tensor.FloatData.ToArray()),
            DataType.Double or DataType.Complex128 => Bytes(tensor.DoubleData.ToArray()),
            DataType.Int64 => Bytes(tensor.Int64Data.ToArray()),
            DataType.Uint64 => Bytes(tensor.Uint64Data.ToArray()),
            DataType.Uint32 => Bytes(tensor.Uint64Data.Select(static value => (uint)value).ToArray()),
            DataType.Int32 => Bytes(tensor.Int32Data.ToArray()),
            DataType.Float16 or DataType.Bfloat16 or DataType.Int16 or DataType.Uint16 => Bytes(tensor.Int32Data.Select(static value => (ushort)value).ToArray()),
            DataType.Int8 or DataType.Uint8 or DataType.Bool => Bytes(tensor.Int32Data.Select(static value => (byte)value).ToArray()),
            _ => [],
        };
    }

    public static TensorProto Make(string name, DataType type, IEnumerable<long> shape, byte[] bytes)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = UnsafeByteOperations.UnsafeWrap(bytes) };
        tensor.Dims.AddRange(shape);
        return tensor;
    }

    public static TensorProto Make(string name, params long[] values) => Make(name, DataType.Int64, [values.Length], Bytes(values));

    /// <summary>Its numbers as floats; null where they are of another kind.</summary>
    public static float[]? Floats(TensorProto tensor) => Floats(Type(tensor), Of(tensor));

    public static float[]? Floats(DataType type, ReadOnlySpan<byte> bytes) => type switch
    {
        DataType.Float => MemoryMarshal.Cast<byte, float>(bytes).ToArray(),
        DataType.Double => Array.ConvertAll(MemoryMarshal.Cast<byte, double>(bytes).ToArray(), static value => (float)value),
        DataType.Float16 => Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(bytes).ToArray(), static value => (float)value),
        DataType.Bfloat16 => Array.ConvertAll(MemoryMarshal.Cast<byte, ushort>(bytes).ToArray(), static value => BitConverter.UInt32BitsToSingle((uint)value << 16)),
        _ => null,
    };

    /// <summary>Whether a type is one of those that <see cref="Floats(TensorProto)"/> reads.</summary>
    public static bool IsFloat(DataType type) => type is DataType.Float or DataType.Double or DataType.Float16 or DataType.Bfloat16;

    /// <summary>Numbers of a type that <see cref="Floats(TensorProto)"/> reads.</summary>
    public static byte[] Bytes(DataType type, float[] values) => type switch
    {
        DataType.Double => Bytes(Array.ConvertAll(values, static value => (double)value)),
        DataType.Float16 => Bytes(Array.ConvertAll(values, static value => (Half)value)),
        DataType.Bfloat16 => Bytes(Array.ConvertAll(values, static value => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16))),
        _ => Bytes(values),
    };

    /// <summary>Whole numbers; null for other types.</summary>
    public static long[]? Integers(TensorProto tensor) => Type(tensor) switch
    {
        DataType.Int64 => MemoryMarshal.Cast<byte, long>(Of(tensor)).ToArray(),
        DataType.Int32 => Array.ConvertAll(MemoryMarshal.Cast<byte, int>(Of(tensor)).ToArray(), static value => (long)value),
        _ => null,
    };

    /// <summary>The same with some positions of an axis alone.</summary>
    public static TensorProto Take(TensorProto tensor, int axis, int[] kept)
    {
        var (outer, inner) = Around(tensor, axis);
        var (given, extent) = (Of(tensor), (int)tensor.Dims[axis]);
        var taken = new byte[outer * kept.Length * inner];
        for (var row = 0; row < outer; row++)
        {
            for (var k = 0; k < kept.Length; k++)
            {
                given.AsSpan(((row * extent) + kept[k]) * inner, inner).CopyTo(taken.AsSpan(((row * kept.Length) + k) * inner));
            }
        }

        return Make(tensor.Name, Type(tensor), tensor.Dims.Select((size, k) => k == axis ? kept.Length : size), taken);
    }

    /// <summary>The same with some positions of an axis at zero.</summary>
    public static TensorProto Clear(TensorProto tensor, int axis, int[] removed)
    {
        var (outer, inner) = Around(tensor, axis);
        var (bytes, extent) = (Of(tensor), (int)tensor.Dims[axis]);
        for (var row = 0; row < outer; row++)
        {
            foreach (var k in removed)
            {
                bytes.AsSpan(((row * extent) + k) * inner, inner).Clear();
            }
        }

        return Make(tensor.Name, Type(tensor), tensor.Dims, bytes);
    }

    public static byte[] Bytes<T>(T[] values)
        where T : struct => MemoryMarshal.AsBytes<T>(values).ToArray();

    /// <summary>How many rows lie before an axis, and the bytes of one position along it.</summary>
    private static (int Outer, int Inner) Around(TensorProto tensor, int axis) =>
        ((int)tensor.Dims.Take(axis).Aggregate(1L, static (product, extent) => product * extent), checked((int)(tensor.Dims.Skip(axis + 1).Aggregate(1L, static (product, extent) => product * extent) * Size(Type(tensor)))));
}
