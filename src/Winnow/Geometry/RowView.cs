namespace Winnow.Geometry;

/// <summary>
/// A checked matrix as its metric sees it. For the cosine each row is divided by its length, since half the squared distance of what is left is 1 - cosine:
/// every algorithm then measures Euclidean distances. For products in float32 a common point is taken off all rows where they lie far from 0 compared
/// with their spread, so that distances don't drown in lengths.
/// </summary>
internal sealed unsafe class RowView
{
    private const int Sampled = 1024;

    // In squares: how much farther from 0 than from one another rows are before a point is taken off.
    private const double FarAway = 8;

    private readonly double[]? _inverse;

    private RowView(EmbeddingMatrix matrix, Metric metric, double[]? inverse, float[] origin) =>
        (Matrix, Metric, _inverse, Origin) = (matrix, metric, inverse, origin);

    public EmbeddingMatrix Matrix { get; }

    public Metric Metric { get; }

    /// <summary>What is taken off rows before they are packed.</summary>
    public float[] Origin { get; }

    public int Count => Matrix.Count;

    public int Width => Matrix.Width;

    /// <summary>Checks all rows.</summary>
    /// <exception cref="ArgumentException">An unknown metric.</exception>
    /// <exception cref="EmbeddingException">A row that can't be used.</exception>
    public static RowView Of(EmbeddingMatrix matrix, Metric metric, int threads, CancellationToken cancellation)
    {
        switch (metric)
        {
            case Metric.Cosine:
                return new(matrix, metric, RowSurvey.InverseLengths(matrix, threads, cancellation), new float[matrix.Width]);
            case Metric.Euclidean:
                RowSurvey.CheckForDistances(matrix, threads, cancellation);
                return new(matrix, metric, null, Middle(matrix));
            default:
                throw new ArgumentException($"{metric} is no metric; there are {nameof(Metric.Euclidean)} and {nameof(Metric.Cosine)}", nameof(metric));
        }
    }

    /// <summary>Another matrix of the same width and metric, with the same point taken off.</summary>
    public RowView For(EmbeddingMatrix other, int threads, CancellationToken cancellation)
    {
        if (Metric == Metric.Cosine)
        {
            return new(other, Metric, RowSurvey.InverseLengths(other, threads, cancellation), Origin);
        }

        RowSurvey.CheckForDistances(other, threads, cancellation);
        return new(other, Metric, null, Origin);
    }

    /// <summary>Some of these rows, which are known to be fit.</summary>
    public RowView Some(EmbeddingMatrix subset, int[] ids) => new(subset, Metric, _inverse is null ? null : Array.ConvertAll(ids, id => _inverse[id]), Origin);

    /// <summary>Rows that are known to be fit already, such as centroids, of length 1 where the metric is the cosine.</summary>
    public RowView ForChecked(EmbeddingMatrix other) => new(other, Metric, null, Origin);

    /// <summary>A matrix as it is, for plain products.</summary>
    public static RowView Plain(EmbeddingMatrix matrix) => new(matrix, Metric.Euclidean, null, new float[matrix.Width]);

    /// <summary>What a row is multiplied by.</summary>
    public double Scale(int row) => _inverse is null ? 1 : _inverse[row];

    /// <summary>A row as a point in float64.</summary>
    public void Point(int row, double* point) => ExactRows.Widen(Matrix.Rows(row, 1), Scale(row), point);

    /// <summary>The squared distance of a row from a point in float64.</summary>
    public double Squared(VectorPath path, int row, double* point)
    {
        fixed (float* values = Matrix.Rows(row, 1))
        {
            return ExactRows.Squared(path, values, Scale(row), point, Width);
        }
    }

    /// <summary>What users get told for a squared distance.</summary>
    public double Distance(double squared) => Metric == Metric.Cosine ? squared / 2 : Math.Sqrt(squared);

    // Any point near the rows serves, and the mean of some, evenly spread, costs nothing. Where the rows aren't far from 0 compared with their spread, nothing is
    // gained, and numbers stay as they are: products of small whole numbers are then exact, and distances that are equal come out as equal.
    private static float[] Middle(EmbeddingMatrix matrix)
    {
        double[] sums = new double[matrix.Width], squares = new double[matrix.Width];
        var taken = Math.Min(matrix.Count, Sampled);
        for (var i = 0; i < taken; i++)
        {
            var row = matrix.Rows((int)((long)i * matrix.Count / taken), 1);
            for (var k = 0; k < row.Length; k++)
            {
                sums[k] += row[k];
                squares[k] += (double)row[k] * row[k];
            }
        }

        double length = 0, spread = 0;
        for (var k = 0; k < sums.Length && taken > 0; k++)
        {
            var mean = sums[k] / taken;
            length += mean * mean;
            spread += (squares[k] / taken) - (mean * mean);
        }

        return length > FarAway * spread ? Array.ConvertAll(sums, sum => (float)(sum / taken)) : new float[matrix.Width];
    }
}
