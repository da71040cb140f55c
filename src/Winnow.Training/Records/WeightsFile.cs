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
        int[] shape = [.. weight.Shape.Select(static extent => checked((int)extent))];
        return weight.Type switch
        {
            "F32" => NpyArray.Create<float>(As<float>(), shape),
            "F64" => NpyArray.Create<double>(As<double>(), shape),
            "F16" => NpyArray.Create<Half>(As<Half>(), shape),
            "BF16" => NpyArray.Create<float>(System.Array.ConvertAll(As<ushort>(), static bits => BitConverter.UInt32BitsToSingle((uint)bits << 16)), shape),
            "I64" => NpyArray.Create<long>(As<long>(), shape),
            "I32" => NpyArray.Create<int>(As<int>(), shape),
            "I16" => NpyArray.Create<short>(As<short>(), shape),
            "I8" => NpyArray.Create<sbyte>(As<sbyte>(), shape),
            "BOOL" => NpyArray.Create<bool>(As<bool>(), shape),
            _ => NpyArray.Create<byte>(weight.Bytes, shape),
        };

        T[] As<T>()
            where T : unmanaged => MemoryMarshal.Cast<byte, T>(weight.Bytes).ToArray();
    }
}
