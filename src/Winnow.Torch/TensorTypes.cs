using static TorchSharp.torch;

namespace Winnow.Torch;

/// <summary>The names that weight files have for the element types of tensors.</summary>
internal static class TensorTypes
{
    private static readonly (ScalarType Type, string Name)[] s_types =
    [
        (ScalarType.Float32, "F32"), (ScalarType.Float64, "F64"), (ScalarType.Float16, "F16"), (ScalarType.BFloat16, "BF16"), (ScalarType.Int64, "I64"),
        (ScalarType.Int32, "I32"), (ScalarType.Int16, "I16"), (ScalarType.Int8, "I8"), (ScalarType.Byte, "U8"), (ScalarType.Bool, "BOOL"),
    ];

    /// <summary>The name of a type; null for one that weight files don't hold.</summary>
    public static string? Name(ScalarType type) => s_types.FirstOrDefault(entry => entry.Type == type).Name;
}
