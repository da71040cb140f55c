using Winnow.Networks.Graphs;
using static TorchSharp.torch;

namespace Winnow.Training.Models;

/// <summary>Images as patches, the words of a vision transformer.</summary>
internal static class Patches
{
    /// <summary>Patches from left to right and from top to bottom, [samples, rows · columns, size · size · channels], of images [samples, channels, height, width] whose sides are multiples of the size.</summary>
    public static Tensor Split(Tensor images, int size)
    {
        using var scope = NewDisposeScope();
        var (samples, channels, rows, columns) = (images.size(0), images.size(1), images.size(2) / size, images.size(3) / size);
        return images.reshape(samples, channels, rows, size, columns, size).permute(0, 2, 4, 3, 5, 1).reshape(samples, rows * columns, size * size * channels).MoveToOuterDisposeScope();
    }

    /// <summary>The same in a graph.</summary>
    /// <param name="graph">Takes the operators.</param>
    /// <param name="images">[samples, channels, height, width].</param>
    /// <param name="size">A patch's side.</param>
    /// <param name="columns">Patches from left to right.</param>
    /// <param name="numbers">Numbers a patch: size · size · channels.</param>
    public static GraphValue Split(IGraphBuilder graph, GraphValue images, int size, int columns, long numbers) =>
        graph.Reshape(graph.Permute(graph.Reshape(images, 0, 0, -1, size, columns, size), 0, 2, 4, 3, 5, 1), 0, -1, numbers);

    /// <summary>Positions as sines and cosines of rows and columns, a quarter of the width each, [1, rows · columns, width]; not trained.</summary>
    public static Tensor Positions(int rows, int columns, int width)
    {
        var table = new float[rows * columns * width];
        var quarter = width / 4;
        for (var place = 0; place < rows * columns; place++)
        {
            for (var k = 0; k < quarter; k++)
            {
                var rate = Math.Pow(10000, -(double)k / quarter);
                var (row, column) = (place / columns * rate, place % columns * rate);
                var at = (place * width) + k;
                (table[at], table[at + quarter], table[at + (2 * quarter)], table[at + (3 * quarter)]) =
                    ((float)Math.Sin(row), (float)Math.Cos(row), (float)Math.Sin(column), (float)Math.Cos(column));
            }
        }

        return tensor(table, [1, rows * columns, width]);
    }
}
