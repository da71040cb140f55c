using Winnow.Geometry;
using Winnow.Numerics;

namespace Winnow.Selection;

/// <summary>The centre of each class's embeddings.</summary>
internal static class ClassCentres
{
    /// <summary>Every sample's distance from the centre of its class.</summary>
    /// <param name="input">Samples with labels and embeddings.</param>
    /// <param name="metric">How far apart two embeddings are. With the cosine, embeddings count by their direction alone.</param>
    /// <param name="median">Whether a centre is the median of each number in place of the mean.</param>
    public static float[] Distances(SelectionInput input, Metric metric, bool median)
    {
        var (rows, labels, width) = (input.Embeddings!, input.Labels, input.Embeddings!.Width);
        rows.RequireFinite(input.Threads);
        var members = ClassSharesSelector.Members(input);
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

    // Of an even number the mean of the two in the middle, as numpy has it.
    private static void Medians(EmbeddingMatrix rows, int[] ids, double[] centre)
    {
        if (ids.Length == 0)
        {
            return;
        }

        var column = new float[ids.Length];
        for (var k = 0; k < centre.Length; k++)
        {
            for (var i = 0; i < ids.Length; i++)
            {
                column[i] = rows.Rows(ids[i], 1)[k];
            }

            Array.Sort(column);
            centre[k] = ((double)column[(ids.Length - 1) / 2] + column[ids.Length / 2]) / 2;
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
