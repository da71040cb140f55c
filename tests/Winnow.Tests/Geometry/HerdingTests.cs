using Winnow.Geometry;

namespace Winnow.Tests.Geometry;

public class HerdingTests
{
    private static (List<int> Ids, List<double> Distances) Plain(float[] values, int width, int count, bool farthest)
    {
        var n = values.Length / width;
        double[] mean = [.. Enumerable.Range(0, width).Select(k => Enumerable.Range(0, n).Average(i => (double)values[(i * width) + k]))];
        List<int> ids = [];
        List<double> distances = [];
        for (var step = 0; step < count; step++)
        {
            var candidates = Enumerable.Range(0, n).Except(ids).Select(i => (Id: i, Distance: Math.Sqrt(Enumerable.Range(0, width).Sum(k =>
                Math.Pow(((step + 1) * mean[k]) - ids.Sum(s => (double)values[(s * width) + k]) - values[(i * width) + k], 2))))).ToList();
            var best = farthest ? candidates.MaxBy(static c => (Math.Round(c.Distance, 9), -c.Id)) : candidates.MinBy(static c => (Math.Round(c.Distance, 9), c.Id));
            ids.Add(best.Id);
            distances.Add(best.Distance / (step + 1));
        }

        return (ids, distances);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(17, false)]
    [InlineData(1, true)]
    [InlineData(17, true)]
    public void Takes_what_brings_the_mean_nearest_or_as_deepcore_does_farthest(int width, bool farthest)
    {
        foreach (var values in new[] { Points.Normal(120, width, 4, mean: 2), Points.Coarse(128, width, 3) })
        {
            var (ids, distances) = Plain(values, width, 40, farthest);
            var found = Herding.Select(Points.Matrix(values, width), 40, new() { Farthest = farthest });
            Assert.Equal(ids, found.Ids);
            for (var i = 0; i < 40; i++)
            {
                Assert.Equal(distances[i], found.Distances[i], 1e-9);
            }
        }
    }

    [Fact]
    public void The_mean_comes_nearer_about_as_one_over_the_number()
    {
        var found = Herding.Select(Points.Matrix(Points.Normal(2000, 8), 8), 200);
        Assert.True(found.Distances[199] < found.Distances[19] / 4);
        Assert.All(Enumerable.Range(10, 190), i => Assert.True(found.Distances[i] * (i + 1) < 8));
        // DeepCore's goes the other way.
        var other = Herding.Select(Points.Matrix(Points.Normal(2000, 8), 8), 200, new() { Farthest = true });
        Assert.True(other.Distances[199] > 10 * found.Distances[199]);
    }

    [Fact]
    public void Is_the_same_bits_at_any_number_of_threads_and_on_any_instructions()
    {
        var values = Points.Normal(5000, 37, 6);
        var found = Points.Everywhere(threads => Herding.Select(Points.Matrix(values, 37), 30, new() { Threads = threads }));
        foreach (var other in found.Skip(1))
        {
            Assert.Equal(found[0].Ids, other.Ids);
            Assert.Equal(found[0].Distances, other.Distances);
        }
    }

    [Fact]
    public void Takes_nothing_all_and_one_row_and_refuses_what_it_cant_use()
    {
        var matrix = Points.Matrix([1, 2, 3, 2], 1);
        Assert.Empty(Herding.Select(matrix, 0).Ids);
        Assert.Empty(Herding.Select(Points.Matrix([], 1), 0).Ids);
        // The mean is 2: rows 1 and 3 lie on it, then 1 and 3 in either order.
        Assert.Equal([1, 3, 0, 2], Herding.Select(matrix, 4).Ids);
        Assert.Equal(0, Herding.Select(matrix, 4).Distances[3]);
        Assert.Contains("5 rows to be selected of 4", Assert.Throws<ArgumentException>(() => Herding.Select(matrix, 5)).Message, StringComparison.Ordinal);
        Assert.Equal(1, Assert.Throws<EmbeddingException>(() => Herding.Select(Points.Matrix([1, float.NaN], 1), 1)).Row);
        Assert.Throws<WorkingMemoryException>(() => Herding.Select(matrix, 2, new() { MaxMemory = 5 }));
        using CancellationTokenSource stop = new();
        Assert.Throws<OperationCanceledException>(() => Herding.Select(matrix, 3, new() { Progress = _ => stop.Cancel() }, stop.Token));
    }
}
