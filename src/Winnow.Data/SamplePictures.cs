using Winnow.Data.Formats;

namespace Winnow.Data;

/// <summary>A sample as a person looks at it.</summary>
public static class SamplePictures
{
    /// <summary>
    /// An image as PNG, made smaller by averaging where it is larger than asked. Three channels are colours, four have opacity; of other
    /// numbers the first is shown in grey. Floats are stretched from the sample's smallest to its largest value.
    /// </summary>
    /// <param name="set">Images.</param>
    /// <param name="id">The sample's position, 0-based.</param>
    /// <param name="largest">The most pixels on a side, at least 1.</param>
    /// <exception cref="InvalidOperationException">Samples aren't images.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sample.</exception>
    public static byte[] Picture(this SampleSet set, int id, int largest = 64)
    {
        ArgumentNullException.ThrowIfNull(set);
        var shape = set.Shape;
        if (!set.IsImage)
        {
            throw new InvalidOperationException($"{set.Name} holds samples of shape {SampleSet.Describe(shape)}, which are no images.");
        }

        set.CheckId(id);
        ArgumentOutOfRangeException.ThrowIfLessThan(largest, 1);
        (var height, var width) = (shape[1], shape[2]);
        int channels = shape[0] is 3 or 4 ? shape[0] : 1, step = (Math.Max(height, width) + largest - 1) / largest;
        (var rows, var columns) = ((height + step - 1) / step, (width + step - 1) / step);
        var values = set.Values(id);
        (var low, var high) = set.ElementType == ElementType.UInt8 ? (0, 255) : (values.Min(), values.Max());
        var scale = high > low ? 255 / (high - low) : 0;
        var pixels = new byte[rows * columns * channels];
        for (var p = 0; p < pixels.Length; p++)
        {
            (var channel, var column, var row) = (p % channels, p / channels % columns, p / channels / columns);
            (double sum, var count) = (0, 0);
            for (var y = row * step; y < Math.Min(height, (row + 1) * step); y++)
            {
                for (var x = column * step; x < Math.Min(width, (column + 1) * step); x++, count++)
                {
                    sum += values[(((channel * height) + y) * width) + x];
                }
            }

            pixels[p] = (byte)Math.Clamp(Math.Round(((sum / count) - low) * scale), 0, 255);
        }

        using var png = new MemoryStream();
        Png.Write(png, columns, rows, channels, pixels);
        return png.ToArray();
    }
}
