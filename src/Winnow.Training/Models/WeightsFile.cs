using System.Runtime.InteropServices;
using Winnow.Data;
using Winnow.Data.Formats;
using Winnow.Networks.Shrinking;
using Winnow.Training.Models.Scripts;

namespace Winnow.Training.Models;

/// <summary>
/// Trained tensors as files: one array a tensor, under the name that it has in the model, which is PyTorch's. A safetensors file has them as they are; an npz
/// archive, for NumPy, has no bfloat16 and holds such tensors as float32.
/// </summary>
public static class WeightsFile
{
    /// <summary>What the names of weight files end in.</summary>
    public const string SafetensorsEnding = ".safetensors", NpzEnding = ".npz", ScriptEnding = ".pt";

    /// <summary>The forms in which a run leaves its weights: what their files' names end in, and how they are written.</summary>
    /// <param name="script">The TorchScript file that the model came from; null where it came from none.</param>
    /// <param name="shrunk">Whether the model is smaller than its recipe makes it, so that the file has to say so.</param>
    public static IReadOnlyList<(string Ending, Action<Stream, IReadOnlyList<WeightArray>> Write)> Forms(ScriptFile? script, bool shrunk = false)
    {
        Action<Stream, IReadOnlyList<WeightArray>> safetensors = (stream, weights) => WriteSafetensors(stream, weights, shrunk);
        return script is null ? [(NpzEnding, WriteNpz), (SafetensorsEnding, safetensors)] : [(NpzEnding, WriteNpz), (SafetensorsEnding, safetensors), (ScriptEnding, script.Write)];
    }

    /// <summary>Writes an npz archive to a stream that stays open.</summary>
    public static void WriteNpz(Stream destination, IReadOnlyList<WeightArray> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var content = new NpzContent();
        foreach (var weight in weights)
        {
            content.Arrays.Add(new(weight.Name, Array(weight)));
        }

        Npz.Write(destination, content);
    }

    /// <summary>Writes a safetensors file to a stream that stays open; its metadata says <c>format: pt</c>, as PyTorch's own do.</summary>
    public static void WriteSafetensors(Stream destination, IReadOnlyList<WeightArray> weights) => WriteSafetensors(destination, weights, shrunk: false);

    private static void WriteSafetensors(Stream destination, IReadOnlyList<WeightArray> weights, bool shrunk)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var content = new SafetensorsContent();
        content.Metadata.Add(new("format", "pt"));
        if (shrunk)
        {
            content.Metadata.Add(ShrunkNetwork.Mark);
        }

        foreach (var weight in weights)
        {
            content.Arrays.Add(new(weight.Name, weight.Type, weight.Shape, weight.Bytes));
        }

        Safetensors.Write(destination, content);
    }

    /// <summary>Reads a safetensors file or an npz archive, whichever the name says.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="path">Its name, which ends in <c>.safetensors</c> or <c>.npz</c>.</param>
    /// <exception cref="DataFormatException">Any damage, with its place.</exception>
    /// <exception cref="RecipeException">The name says neither.</exception>
    public static IReadOnlyList<WeightArray> Read(Stream stream, string path) => Read(stream, path, out _);

    /// <inheritdoc cref="Read(Stream, string)"/>
    /// <param name="stream">The file.</param>
    /// <param name="path">Its name.</param>
    /// <param name="shrunk">Whether it says that its tensors may be smaller than the model's, which then gets as small.</param>
    internal static IReadOnlyList<WeightArray> Read(Stream stream, string path, out bool shrunk)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.EndsWith(SafetensorsEnding, StringComparison.OrdinalIgnoreCase))
        {
            var content = Safetensors.Read(stream, path);
            shrunk = content.Metadata.Contains(ShrunkNetwork.Mark);
            return [.. content.Arrays.Select(static array => new WeightArray(array.Name, array.Shape, array.Type, array.Data.ToArray()))];
        }

        shrunk = false;
        return path.EndsWith(NpzEnding, StringComparison.OrdinalIgnoreCase)
            ? [.. Npz.Read(stream, path).Arrays.Select(static entry => FromNpy(entry.Key, entry.Value))]
            : throw RecipeException.Of(nameof(TrainingRecipe.InitialWeights), $"{path} ends neither in {SafetensorsEnding} nor in {NpzEnding}; in Python, safetensors.torch.save_file(model.state_dict(), \"weights{SafetensorsEnding}\") writes such a file.");
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

    private static WeightArray FromNpy(string name, NpyArray array)
    {
        var type = array.Type switch
        {
            NpyType.Float64 => "F64",
            NpyType.Float32 => "F32",
            NpyType.Float16 => "F16",
            NpyType.Int64 => "I64",
            NpyType.Int32 => "I32",
            NpyType.Int16 => "I16",
            NpyType.Int8 => "I8",
            NpyType.UInt64 => "U64",
            NpyType.UInt32 => "U32",
            NpyType.UInt16 => "U16",
            NpyType.Boolean => "BOOL",
            _ => "U8",
        };
        var shape = new long[array.Shape.Length];
        for (var k = 0; k < shape.Length; k++)
        {
            shape[k] = array.Shape[k];
        }

        var bytes = array.Data.ToArray();
        return type == "BOOL" && bytes.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)1) is >= 0 and var at
            ? throw new DataException($"the array \"{name}\" has {bytes[at]} at element {at} where a bool is 0 or 1; write it with numpy.savez.")
            : new WeightArray(name, shape, type, bytes);
    }
}
