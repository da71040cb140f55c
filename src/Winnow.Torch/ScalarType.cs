namespace Winnow.Torch;

/// <summary>Element types of tensors. The values are libtorch's.</summary>
public enum ScalarType
{
    /// <summary>Unsigned 8-bit integer; <see cref="byte"/>.</summary>
    UInt8 = 0,

    /// <summary>Signed 8-bit integer; <see cref="sbyte"/>.</summary>
    Int8 = 1,

    /// <summary>Signed 16-bit integer; <see cref="short"/>.</summary>
    Int16 = 2,

    /// <summary>Signed 32-bit integer; <see cref="int"/>.</summary>
    Int32 = 3,

    /// <summary>Signed 64-bit integer; <see cref="long"/>. Indices and class labels are of this type.</summary>
    Int64 = 4,

    /// <summary>IEEE half precision; <see cref="Half"/>.</summary>
    Float16 = 5,

    /// <summary>IEEE single precision; <see cref="float"/>. The default for parameters.</summary>
    Float32 = 6,

    /// <summary>IEEE double precision; <see cref="double"/>.</summary>
    Float64 = 7,

    /// <summary>Truth value, one byte; <see cref="bool"/>.</summary>
    Bool = 11,

    /// <summary>The upper half of a single: 8 bits of exponent, 7 of fraction. No .NET type; convert before reading.</summary>
    BFloat16 = 15,
}

/// <summary>Which .NET type stands for which <see cref="ScalarType"/>.</summary>
internal static class ScalarTypes
{
    public static ScalarType Of<T>()
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            return ScalarType.Float32;
        }

        if (typeof(T) == typeof(long))
        {
            return ScalarType.Int64;
        }

        if (typeof(T) == typeof(byte))
        {
            return ScalarType.UInt8;
        }

        return typeof(T) == typeof(double) ? ScalarType.Float64
            : typeof(T) == typeof(int) ? ScalarType.Int32
            : typeof(T) == typeof(bool) ? ScalarType.Bool
            : typeof(T) == typeof(short) ? ScalarType.Int16
            : typeof(T) == typeof(sbyte) ? ScalarType.Int8
            : typeof(T) == typeof(Half) ? ScalarType.Float16
            : throw new NotSupportedException(
                $"{typeof(T).Name} has no tensor element type; use float, double, Half, byte, sbyte, short, int, long or bool.");
    }
}
