using System.Globalization;
using Winnow.Geometry;
using Winnow.Numerics;

namespace Winnow.Selection;

/// <summary>Embeddings turned over: all samples' first numbers, then all second ones, and of each the smallest, the median and the largest.</summary>
internal sealed class PlaneColumns
{
    // Rows that are turned over in one go.
    private const int Block = 64;

    private readonly (float Low, double Median, float High)[] _ranges;

    private PlaneColumns(int count, int width)
    {
        Columns = [.. Enumerable.Range(0, width).Select(_ => GC.AllocateUninitializedArray<float>(count))];
        _ranges = new (float, double, float)[width];
    }

    public float[][] Columns { get; }

    public int Count => Columns[0].Length;

    public int Width => Columns.Length;

    /// <summary>Of checked embeddings, at least one row.</summary>
    public static PlaneColumns Of(SelectionInput input)
    {
        var rows = input.Embeddings!;
        WorkingMemory.Require(4.0 * rows.Count * rows.Width, null, string.Create(CultureInfo.InvariantCulture, $"the columns of {rows.Count} rows of {rows.Width}"),
            allowed => string.Create(CultureInfo.InvariantCulture, $"about {(int)Math.Min(int.MaxValue, allowed / (4.0 * rows.Count))} numbers a row would fit"));
        PlaneColumns turned = new(rows.Count, rows.Width);
        Chunks.For((rows.Count + Block - 1) / Block, input.Threads, block =>
        {
            var start = block * Block;
            var count = Math.Min(Block, rows.Count - start);
            var values = rows.Rows(start, count);
            for (var k = 0; k < rows.Width; k++)
            {
                var column = turned.Columns[k].AsSpan(start, count);
                for (var i = 0; i < count; i++)
                {
                    column[i] = values[(i * rows.Width) + k];
                }
            }
        });
        Chunks.For(rows.Width, input.Threads, k =>
        {
            input.Stop.ThrowIfCancellationRequested();
            var sorted = (float[])turned.Columns[k].Clone();
            Array.Sort(sorted);
            turned._ranges[k] = (sorted[0], ClassCentres.Median(sorted), sorted[^1]);
        });
        return turned;
    }

    /// <summary>A number of the triangular distribution of a column, by the inverse of its distribution function.</summary>
    /// <param name="column">Which.</param>
    /// <param name="share">How much of the distribution lies below, in [0, 1).</param>
    public float Triangular(int column, double share)
    {
        var (low, median, high) = _ranges[column];
        double width = (double)high - low, below = median - low;
        return width <= 0 ? low
            : share * width < below ? (float)(low + Math.Sqrt(share * width * below))
            : (float)(high - Math.Sqrt((1 - share) * width * (high - median)));
    }
}
