using Winnow.Geometry;

namespace Winnow.Tests.Geometry;

public class EmbeddingMatrixTests
{
    [Fact]
    public void Shows_rows_without_a_copy()
    {
        float[] values = [1, 2, 3, 4, 5, 6];
        var matrix = EmbeddingMatrix.Of(values, 2);
        Assert.Equal((3, 2), (matrix.Count, matrix.Width));
        Assert.Equal([3, 4, 5, 6], matrix.Rows(1, 2).ToArray());
        Assert.True(matrix.Rows(1, 1).Overlaps(values));
        Assert.Empty(matrix.Rows(3, 0).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => matrix.Rows(2, 2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => matrix.Rows(-1, 1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => matrix.Rows(1, int.MaxValue).Length);
    }

    [Fact]
    public void Refuses_what_isnt_whole_rows()
    {
        Assert.Contains("5 numbers aren't whole rows of 2", Assert.Throws<ArgumentException>(static () => EmbeddingMatrix.Of(new float[5], 2)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(static () => EmbeddingMatrix.Of(new float[5], 0));
        Assert.Equal(0, EmbeddingMatrix.Of(ReadOnlyMemory<float>.Empty, 7).Count);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Names_the_lowest_row_that_isnt_finite(float value)
    {
        foreach (var width in new[] { 1, 3, 16, 37 })
        {
            var values = Points.Normal(30_000, width);
            EmbeddingMatrix.Of(values, width).RequireFinite();
            values[(20_123 * width) + width - 1] = value;
            values[(29_999 * width) + (width / 2)] = value;
            var error = Assert.Throws<EmbeddingException>(() => EmbeddingMatrix.Of(values, width).RequireFinite(2));
            Assert.Equal(20_123, error.Row);
            Assert.Contains($"row 20123 holds {value} in column {width - 1}", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_algorithm_names_rows_that_it_cant_use()
    {
        var values = Points.Normal(50, 3);
        values[(7 * 3) + 1] = float.NaN;
        Refused(Metric.Euclidean, 7, "row 7 holds NaN in column 1");
        values = Points.Normal(50, 3);
        values.AsSpan(9 * 3, 3).Clear();
        Refused(Metric.Cosine, 9, "row 9 has length 0");
        values[30 * 3] = 1e19f;
        Refused(Metric.Euclidean, 30, "row 30 is longer than 1E+18");

        void Refused(Metric metric, int row, string message)
        {
            var matrix = Points.Matrix(values, 3);
            Action[] all =
            [
                () => KMeans.Run(matrix, 2, new() { Metric = metric }),
                () => KCenter.Select(matrix, 2, new() { Metric = metric }),
                () => NearestNeighbours.Among(matrix, 2, new() { Metric = metric }),
                () => NearestNeighbours.Of(matrix, EmbeddingMatrix.Of(new float[] { 1, 2, 3 }, 3), 1, new() { Metric = metric }),
            ];
            foreach (var one in all)
            {
                var error = Assert.Throws<EmbeddingException>(one);
                Assert.Equal(row, error.Row);
                Assert.Contains(message, error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Refuses_before_the_work_what_doesnt_fit()
    {
        var matrix = Points.Matrix(new float[10_000], 10);
        Action[] all =
        [
            () => KMeans.Run(matrix, 100, new() { MaxMemory = 1000 }),
            () => KCenter.Select(matrix, 100, new() { MaxMemory = 1000 }),
            () => NearestNeighbours.Among(matrix, 100, new() { MaxMemory = 1000 }),
        ];
        foreach (var one in all)
        {
            var error = Assert.Throws<WorkingMemoryException>(one);
            Assert.Equal(1000, error.Allowed);
            Assert.True(error.Needed > 1000);
            Assert.Contains("would fit", error.Message, StringComparison.Ordinal);
        }
    }
}
