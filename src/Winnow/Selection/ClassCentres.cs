using Winnow.Geometry;
using Winnow.Numerics;

namespace Winnow.Selection;

/// <summary>The centre of each class's embeddings.</summary>
internal static class ClassCentres
{
    // Columns of which medians are taken at once: a row is read, and widened where it is stored in float16, once for all of them.
    private const int Block = 64;

    /// <summary>Every sample's distance from the centre of its class.</summary>
    /// <param name="input">Samples with labels and embeddings.</param>
    /// <param name="metric">How far apart two embeddings are. With the cosine, embeddings count by their direction alone.</param>
    /// <param name="median">Whether a centre is the median of each number in place of the mean.</param>
    public static float[] Distances(SelectionInput input, Metric metric, bool median)
    {
        var (rows, labels, width) = (input.Embeddings!, input.Labels, input.Embeddings!.Width);
        rows.RequireFinite(input.Threads);
        var members = ClassMembers.Of(labels.Span, input.Classes);
        double[][] centres = [.. members.Select(_ => new double[width])];
        Chunks.For(members.Length, input.Threads, c =>
        {
            input.Stop.ThrowIfCancellationRequested();
            if (median)
            {
                Medians(rows, members[c], centres[c]);
            }
            else
            {
                Means(rows, members[c], metric, centres[c]);
            }
        });
        var distances = new float[input.Count];
        Chunks.For(Chunks.Count(input.Count), input.Threads, k =>
        {
            input.Stop.ThrowIfCancellationRequested();
            var (start, length) = Chunks.Range(k, input.Count);
            for (var i = start; i < start + length; i++)
            {
                distances[i] = (float)Distance(rows.Rows(i, 1), centres[labels.Span[i]], metric);
            }
        });
        return distances;
    }

    private static void Means(EmbeddingMatrix rows, int[] ids, Metric metric, double[] centre)
    {
        foreach (var id in ids)
        {
            var row = rows.Rows(id, 1);
            var scale = metric == Metric.Cosine ? 1 / Length(row, id) : 1.0;
            for (var k = 0; k < row.Length; k++)
            {
                centre[k] += row[k] * scale;
            }
        }

        for (var k = 0; k < centre.Length && ids.Length > 0; k++)
        {
            centre[k] /= ids.Length;
        }
    }

    /// <summary>The median of at least one number: of an even number of them the mean of the two in the middle, as numpy has it.</summary>
    internal static double Median(float[] sorted) => ((double)sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;

    private static void Medians(EmbeddingMatrix rows, int[] ids, double[] centre)
    {
        if (ids.Length == 0)
        {
            return;
        }

        float[][] columns = [.. Enumerable.Range(0, Math.Min(Block, centre.Length)).Select(_ => GC.AllocateUninitializedArray<float>(ids.Length))];
        for (var first = 0; first < centre.Length; first += Block)
        {
            var count = Math.Min(Block, centre.Length - first);
            for (var i = 0; i < ids.Length; i++)
            {
                var row = rows.Rows(ids[i], 1).Slice(first, count);
                for (var k = 0; k < count; k++)
                {
                    columns[k][i] = row[k];
                }
            }

            for (var k = 0; k < count; k++)
            {
                Array.Sort(columns[k]);
                centre[first + k] = Median(columns[k]);
            }
        }
    }

    private static double Distance(ReadOnlySpan<float> row, double[] centre, Metric metric)
    {
        double sum = 0, squares = 0, lengths = 0;
        for (var k = 0; k < row.Length; k++)
        {
            var difference = row[k] - centre[k];
            sum += metric == Metric.Cosine ? row[k] * centre[k] : difference * difference;
            squares += (double)row[k] * row[k];
            lengths += centre[k] * centre[k];
        }

        // Of directions that cancel out none is nearer than another.
        return metric == Metric.Euclidean ? Math.Sqrt(sum) : lengths == 0 || squares == 0 ? 1 : 1 - (sum / Math.Sqrt(squares * lengths));
    }

    private static double Length(ReadOnlySpan<float> row, int id)
    {
        double squares = 0;
        foreach (var value in row)
        {
            squares += (double)value * value;
        }

        return squares > 0 ? Math.Sqrt(squares) : throw new EmbeddingException($"row {id} is all zeros and has no direction, which the cosine needs; leave the sample out, or take the metric euclidean", id);
    }
}
