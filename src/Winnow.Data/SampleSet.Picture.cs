using System.Runtime.InteropServices;
using Winnow.Data.Formats;

namespace Winnow.Data;

/// <content>A sample as a person looks at it.</content>
public sealed partial class SampleSet
{
    /// <summary>
    /// An image as PNG, made smaller by averaging where it is larger than asked. Three channels are colours, four have opacity; of other
    /// numbers the first is shown in grey. Floats are stretched from the sample's smallest to its largest value.
    /// </summary>
    /// <param name="id">The sample's position, 0-based.</param>
    /// <param name="largest">The most pixels on a side, at least 1.</param>
    /// <exception cref="InvalidOperationException">Samples aren't images.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sample.</exception>
    public byte[] Picture(int id, int largest = 64)
    {
        if (!IsImage)
        {
            throw new InvalidOperationException($"{Name} holds samples of shape {Describe(_shape)}, which are no images.");
        }

        CheckId(id);
        ArgumentOutOfRangeException.ThrowIfLessThan(largest, 1);
        (var height, var width) = (_shape[1], _shape[2]);
        int channels = _shape[0] is 3 or 4 ? _shape[0] : 1, step = (Math.Max(height, width) + largest - 1) / largest;
        (var rows, var columns) = ((height + step - 1) / step, (width + step - 1) / step);
        var values = Values(id);
        (var low, var high) = ElementType == ElementType.UInt8 ? (0, 255) : (values.Min(), values.Max());
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

    /// <summary>The numbers of a sample; bytes as they are, in [0, 255].</summary>
    /// <param name="id">The sample's position, 0-based.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sample.</exception>
    public float[] Values(int id)
    {
        CheckId(id);
        var sample = new byte[SampleBytes];
        Read([id], sample);
        return ElementType == ElementType.Float32 ? MemoryMarshal.Cast<byte, float>(sample).ToArray() : Array.ConvertAll(sample, static value => (float)value);
    }

    private void CheckId(int id)
    {
        if ((uint)id >= (uint)Count)
        {
            throw new ArgumentOutOfRangeException(nameof(id), id, $"{Name} has {Count} samples; ids are in [0, {Count}).");
        }
    }
}
