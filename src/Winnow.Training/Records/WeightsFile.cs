using System.Runtime.InteropServices;
using Winnow.Data.Formats;

namespace Winnow.Training.Records;

/// <summary>Trained tensors as an npz archive: one array a tensor, under the name it has in the model. NumPy has no bfloat16; such tensors are widened to float32.</summary>
public static class WeightsFile
{
    /// <summary>Writes the archive to a stream that stays open.</summary>
    public static void Write(Stream destination, IReadOnlyList<WeightArray> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var content = new NpzContent();
        foreach (var weight in weights)
        {
            content.Arrays.Add(new(weight.Name, Array(weight)));
        }

        Npz.Write(destination, content);
    }

    private static NpyArray Array(WeightArray weight)
    {
        return weight.Type switch
        {
            "F32" => Of<float>(As<float>()),
            "F64" => Of<double>(As<double>()),
            "F16" => Of<Half>(As<Half>()),
            "BF16" => Of<float>(System.Array.ConvertAll(As<ushort>().ToArray(), static bits => BitConverter.UInt32BitsToSingle((uint)bits << 16))),
            "I64" => Of<long>(As<long>()),
            "I32" => Of<int>(As<int>()),
            "I16" => Of<short>(As<short>()),
            "I8" => Of<sbyte>(As<sbyte>()),
            "BOOL" => Of<bool>(As<bool>()),
            _ => Of<byte>(weight.Bytes),
        };

        ReadOnlySpan<T> As<T>()
            where T : unmanaged => MemoryMarshal.Cast<byte, T>(weight.Bytes);

        NpyArray Of<T>(ReadOnlySpan<T> values)
            where T : unmanaged =>
            weight.Shape.Count == 0 ? NpyArray.Scalar(values[0]) : NpyArray.Create(values, [.. weight.Shape.Select(static extent => checked((int)extent))]);
    }
}
