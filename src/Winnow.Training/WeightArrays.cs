using static TorchSharp.torch;

namespace Winnow.Training;

/// <summary>Tensors of a model brought to the host.</summary>
internal static class WeightArrays
{
    /// <summary>A copy of a tensor, from any device.</summary>
    /// <exception cref="TrainingFailedException">Its element type is none that files of weights hold.</exception>
    public static WeightArray Of(string name, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        var type = tensor.dtype switch
        {
            ScalarType.Float32 => "F32",
            ScalarType.Float64 => "F64",
            ScalarType.Float16 => "F16",
            ScalarType.BFloat16 => "BF16",
            ScalarType.Int64 => "I64",
            ScalarType.Int32 => "I32",
            ScalarType.Int16 => "I16",
            ScalarType.Int8 => "I8",
            ScalarType.Byte => "U8",
            ScalarType.Bool => "BOOL",
            var other => throw new TrainingFailedException($"the model's tensor \"{name}\" is of type {other}, which weight files don't hold."),
        };
        return new WeightArray(name, tensor.shape, type, tensor.detach().cpu().contiguous().bytes.ToArray());
    }
}
