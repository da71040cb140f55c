using Winnow.Geometry;

namespace Winnow.Tests.Geometry;

public class NearestNeighboursTests
{
    private static (int[] Ids, double[] Distances) Plain(float[] queries, float[] among, int width, int query, int k, bool self, Metric metric)
    {
        var all = Enumerable.Range(0, among.Length / width).Where(j => !self || j != query)
            .Select(j => (Distance: Points.Distance(queries.AsSpan(query * width, width), among.AsSpan(j * width, width), metric), Id: j)).Order().Take(k).ToArray();
        return ([.. all.Select(static a => a.Id)], [.. all.Select(static a => a.Distance)]);
    }

    [Theory]
    [InlineData(2, 1, 1, Metric.Euclidean)]
    [InlineData(50, 1, 49, Metric.Euclidean)]
    [InlineData(300, 3, 10, Metric.Euclidean)]
    [InlineData(300, 3, 10, Metric.Cosine)]
    [InlineData(700, 65, 5, Metric.Euclidean)]
    [InlineData(700, 65, 5, Metric.Cosine)]
    [InlineData(64, 17, 63, Metric.Cosine)]
    public void Agrees_with_looking_at_all_pairs(int n, int width, int k, Metric metric)
    {
        var values = Points.Normal(n, width, 3);
        var found = NearestNeighbours.Among(Points.Matrix(values, width), k, new() { Metric = metric });
        for (var i = 0; i < n; i++)
        {
            var (ids, distances) = Plain(values, values, width, i, k, true, metric);
            Assert.Equal(ids, found.Ids(i).ToArray());
            for (var j = 0; j < k; j++)
            {
                Assert.Equal(distances[j], found.Distances(i)[j], 1e-6 * Math.Max(1, distances[j]));
            }
        }
    }

    [Fact]
    public void Puts_equally_near_ones_into_the_order_of_their_index()
    {
        // Whole numbers: every distance is exact, and hundreds are equal.
        var values = Points.Coarse(600, 3, 3);
        var found = NearestNeighbours.Among(Points.Matrix(values, 3), 40);
        for (var i = 0; i < 600; i++)
        {
            Assert.Equal(Plain(values, values, 3, i, 40, true, Metric.Euclidean).Ids, found.Ids(i).ToArray());
        }
    }

    [Fact]
    public void A_row_isnt_its_own_neighbour_but_its_double_is()
    {
        float[] values = [5, 1, 5, 1, 0, 0, 5, 1];
        var found = NearestNeighbours.Among(Points.Matrix(values, 2), 3);
        Assert.Equal([1, 3, 2], found.Ids(0).ToArray());
        Assert.Equal([0, 3, 2], found.Ids(1).ToArray());
        Assert.Equal([0f, 0f], found.Distances(3).ToArray()[..2]);
        // From outside, equal rows are found at distance 0, the lowest first.
        var outside = NearestNeighbours.Of(EmbeddingMatrix.Of(new float[] { 5, 1 }, 2), Points.Matrix(values, 2), 4);
        Assert.Equal([0, 1, 3, 2], outside.Ids(0).ToArray());
    }

    [Fact]
    public void A_mean_far_from_zero_doesnt_drown_distances()
    {
        var values = Points.Normal(400, 20, 5, mean: 3000);
        var found = NearestNeighbours.Among(Points.Matrix(values, 20), 5);
        for (var i = 0; i < 400; i++)
        {
            Assert.Equal(Plain(values, values, 20, i, 5, true, Metric.Euclidean).Ids, found.Ids(i).ToArray());
        }
    }

    [Theory]
    [InlineData(Metric.Euclidean)]
    [InlineData(Metric.Cosine)]
    public void Is_the_same_bits_at_any_number_of_threads_and_on_any_instructions(Metric metric)
    {
        float[] values = Points.Normal(900, 19, 7), others = Points.Normal(333, 19, 8);
        var found = Points.Everywhere(threads => NearestNeighbours.Of(Points.Matrix(others, 19), Points.Matrix(values, 19), 7, new() { Metric = metric, Threads = threads }));
        foreach (var other in found.Skip(1))
        {
            for (var i = 0; i < 333; i++)
            {
                Assert.Equal(found[0].Ids(i).ToArray(), other.Ids(i).ToArray());
                Assert.Equal(Points.Bits(found[0].Distances(i)), Points.Bits(other.Distances(i)));
            }
        }
    }

    [Fact]
    public void Crosses_the_blocks_of_the_base()
    {
        var values = Points.Normal(20_000, 2, 9);
        var queries = values[..20];
        double told = 0;
        var found = NearestNeighbours.Of(Points.Matrix(queries, 2), Points.Matrix(values, 2), 6, new() { Progress = share => told = share });
        Assert.Equal(1, told);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(Plain(queries, values, 2, i, 6, false, Metric.Euclidean).Ids, found.Ids(i).ToArray());
        }
    }

    [Fact]
    public void Takes_no_neighbours_and_one_row_and_refuses_more_than_there_are()
    {
        var matrix = Points.Matrix([1, 2, 3, 4], 2);
        Assert.Empty(NearestNeighbours.Among(matrix, 0).Ids(1).ToArray());
        Assert.Equal([1], NearestNeighbours.Among(matrix, 1).Ids(0).ToArray());
        Assert.Equal(0, NearestNeighbours.Among(EmbeddingMatrix.Of(new float[2], 2), 0).Ids(0).Length);
        Assert.Contains("2 neighbours among 2 rows: there are 0 to 1", Assert.Throws<ArgumentException>(() => NearestNeighbours.Among(matrix, 2)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => NearestNeighbours.Of(EmbeddingMatrix.Of(new float[3], 3), matrix, 1));
        using CancellationTokenSource stop = new();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => NearestNeighbours.Among(matrix, 1, null, stop.Token));
    }
}
