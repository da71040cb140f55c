using Apache.Arrow;
using Apache.Arrow.Types;

namespace Winnow.Curation.Documents;

/// <summary>Puts stretches of a column one behind the other, as a column of its own memory.</summary>
internal static class ArrowRows
{
    /// <summary>Whether columns of a type can be put together.</summary>
    public static bool Can(IArrowType type) => type.TypeId is not (ArrowTypeId.LargeList or ArrowTypeId.ListView or ArrowTypeId.Union)
        && (type is not NestedType nested || nested.Fields.All(static field => field.DataType is not (DictionaryType or LargeStringType or LargeBinaryType) && Can(field.DataType)));

    /// <summary>Puts them together.</summary>
    /// <param name="column">The column.</param>
    /// <param name="stretches">Rows of it.</param>
    public static IArrowArray Gather(IArrowArray column, IReadOnlyList<Range> stretches)
    {
        switch (column)
        {
            case DictionaryArray coded:
                return new DictionaryArray((DictionaryType)coded.Data.DataType, Gather(coded.Indices, stretches), coded.Dictionary);
            case LargeBinaryArray bytes:
                return Gather(bytes, stretches);
            default:
                return ArrowArrayConcatenator.Concatenate([.. stretches.Select(stretch => ArrowArrayFactory.Slice(column, stretch.Start.Value, stretch.End.Value - stretch.Start.Value))]);
        }
    }

    // Of texts too, whose columns are such ones.
    private static IArrowArray Gather(LargeBinaryArray column, IReadOnlyList<Range> stretches)
    {
        var (ends, values, valid) = (new ArrowBuffer.Builder<long>(), new ArrowBuffer.Builder<byte>(), new ArrowBuffer.BitmapBuilder());
        var (length, nulls, end) = (0, 0, 0L);
        _ = ends.Append(0);
        foreach (var stretch in stretches)
        {
            for (var row = stretch.Start.Value; row < stretch.End.Value; row++)
            {
                var bytes = column.GetBytes(row, out var isNull);
                _ = values.Append(bytes);
                _ = ends.Append(end += bytes.Length);
                _ = valid.Append(!isNull);
                (length, nulls) = (length + 1, nulls + (isNull ? 1 : 0));
            }
        }

        return ArrowArrayFactory.BuildArray(new ArrayData(column.Data.DataType, length, nulls, 0, [nulls == 0 ? ArrowBuffer.Empty : valid.Build(), ends.Build(), values.Build()]));
    }
}
