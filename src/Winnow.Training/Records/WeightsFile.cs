using Winnow.Data.Formats;

namespace Winnow.Training.Records;

/// <summary>Trained tensors as an npz archive: one float32 array a tensor, under the name it has in the model.</summary>
public static class WeightsFile
{
    /// <summary>Writes the archive to a stream that stays open.</summary>
    public static void Write(Stream destination, IReadOnlyList<WeightArray> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var content = new NpzContent();
        foreach (var weight in weights)
        {
            content.Arrays.Add(new(weight.Name, NpyArray.Create<float>(weight.Values, [.. weight.Shape.Select(static extent => checked((int)extent))])));
        }

        Npz.Write(destination, content);
    }
}
