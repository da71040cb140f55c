using System.Globalization;
using System.Text;
using Apache.Arrow;

namespace Winnow.Curation.Documents;

/// <summary>Values of columns in memory, by the types that they may have.</summary>
internal static class ArrowValues
{
    /// <summary>The text of a row in UTF-8; null where the column is of another type. Empty of a row without one.</summary>
    public static bool TryText(IArrowArray column, int row, out ReadOnlySpan<byte> text)
    {
        text = [];
        switch (column)
        {
            case StringArray strings:
                text = strings.IsNull(row) ? [] : strings.GetBytes(row);
                return true;
            case LargeStringArray strings:
                text = strings.IsNull(row) ? [] : strings.GetBytes(row, out _);
                return true;
            case BinaryArray bytes:
                text = bytes.IsNull(row) ? [] : bytes.GetBytes(row);
                return true;
            default:
                return false;
        }
    }

    /// <summary>A name that a row has, a text or a whole number; null where the column is of another type or the row has none.</summary>
    public static string? Name(IArrowArray column, int row) => column.IsNull(row) ? null
        : TryText(column, row, out var text) ? Encoding.UTF8.GetString(text)
        : Whole(column, row)?.ToString(CultureInfo.InvariantCulture);

    /// <summary>The number of a row, NaN where it has none; null where the column is of another type.</summary>
    public static double? Number(IArrowArray column, int row) => column switch
    {
        DoubleArray numbers => numbers.GetValue(row) ?? double.NaN,
        FloatArray numbers => numbers.GetValue(row) ?? double.NaN,
        HalfFloatArray numbers => (double?)numbers.GetValue(row) ?? double.NaN,
        Int64Array or Int32Array or Int16Array or Int8Array or UInt32Array or UInt16Array or UInt8Array => Whole(column, row) ?? double.NaN,
        _ => null,
    };

    private static long? Whole(IArrowArray column, int row) => column switch
    {
        Int64Array numbers => numbers.GetValue(row),
        Int32Array numbers => numbers.GetValue(row),
        Int16Array numbers => numbers.GetValue(row),
        Int8Array numbers => numbers.GetValue(row),
        UInt32Array numbers => numbers.GetValue(row),
        UInt16Array numbers => numbers.GetValue(row),
        UInt8Array numbers => numbers.GetValue(row),
        _ => null,
    };
}
