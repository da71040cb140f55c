using Winnow.Data.Formats;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Denoising;

/// <summary>Images side by side as a PNG, a class a column.</summary>
internal static class ImageGrid
{
    private const int Gap = 1;

    /// <summary>Writes a grid to a stream that stays open.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="images">In [-1, 1], [rows of the grid · columns of the grid, channels, rows, columns]; of other than one or three channels the first is shown.</param>
    /// <param name="across">Columns of the grid.</param>
    public static void Write(Stream stream, Tensor images, int across)
    {
        using var scope = NewDisposeScope();
        var shown = images.size(1) is 1 or 3 ? images : images.narrow(1, 0, 1);
        var (count, channels, rows, columns) = ((int)shown.size(0), (int)shown.size(1), (int)shown.size(2), (int)shown.size(3));
        var bytes = ((shown + 1) * 127.5).round().clamp(0, 255).to(ScalarType.Byte).permute(0, 2, 3, 1).cpu().contiguous().ToArray<byte>();
        var down = (count + across - 1) / across;
        var (width, height) = ((across * (columns + Gap)) - Gap, (down * (rows + Gap)) - Gap);
        var pixels = new byte[width * height * channels];
        Array.Fill(pixels, byte.MaxValue);
        for (var k = 0; k < count; k++)
        {
            var (top, left) = (k / across * (rows + Gap), k % across * (columns + Gap));
            for (var row = 0; row < rows; row++)
            {
                bytes.AsSpan(((k * rows) + row) * columns * channels, columns * channels).CopyTo(pixels.AsSpan((((top + row) * width) + left) * channels));
            }
        }

        Png.Write(stream, width, height, channels, pixels);
    }
}
