using Winnow.Geometry;

namespace Winnow.Tests.Geometry;

public class KMeansClusteringTests
{
    /// <summary>Lloyd's iteration as one would write it down, from given centroids.</summary>
    private static (int[] Ids, double[] Centroids, List<double> Objectives) Plain(float[] values, int width, float[] start, int iterations)
    {
        int n = values.Length / width, k = start.Length / width;
        double[] centroids = [.. start.Select(static v => (double)v)];
        List<double> objectives = [];
        var ids = new int[n];
        for (var iteration = 0; iteration <= iterations; iteration++)
        {
            var objective = 0.0;
            for (var i = 0; i < n; i++)
            {
                var best = double.MaxValue;
                for (var c = 0; c < k; c++)
                {
                    var square = Enumerable.Range(0, width).Sum(j => Math.Pow(values[(i * width) + j] - centroids[(c * width) + j], 2));
                    (best, ids[i]) = square < best ? (square, c) : (best, ids[i]);
                }

                objective += best;
            }

            objectives.Add(objective);
            for (var c = 0; c < k && iteration < iterations; c++)
            {
                int[] members = [.. Enumerable.Range(0, n).Where(i => ids[i] == c)];
                for (var j = 0; j < width && members.Length > 0; j++)
                {
                    centroids[(c * width) + j] = members.Average(i => (double)values[(i * width) + j]);
                }
            }
        }

        return (ids, centroids, objectives);
    }

    [Theory]
    [InlineData(300, 1, 5)]
    [InlineData(400, 7, 9)]
    [InlineData(600, 33, 40)]
    public void Agrees_with_the_plain_iteration(int n, int width, int k)
    {
        float[] values = Points.Grouped(n, width, k, 1.5), start = values[..(k * width)];
        var (ids, centroids, objectives) = Plain(values, width, start, 6);
        List<double> told = [];
        var found = KMeans.Run(Points.Matrix(values, width), k, new() { Iterations = 6, Centroids = start, Progress = p => told.Add(p.Objective) });
        Assert.Equal(ids, found.Assignments.ToArray());
        Assert.Equal(found.Objectives.ToArray(), told);
        for (var i = 0; i < found.Objectives.Length; i++)
        {
            Assert.Equal(1, found.Objectives[i] / objectives[i], 1e-6);
        }

        Assert.Equal(1, found.Objective / objectives[^1], 1e-6);
        for (var i = 0; i < centroids.Length; i++)
        {
            Assert.Equal(centroids[i], found.Centroids.Span[i], 1e-4);
        }

        for (var i = 0; i < n; i++)
        {
            Assert.Equal(Points.Distance(values.AsSpan(i * width, width), found.Centroid(found.Assignments[i]), Metric.Euclidean), found.Distances[i], 1e-4);
        }

        Assert.Equal(Enumerable.Range(0, k).Select(c => found.Assignments.ToArray().Count(a => a == c)), found.Sizes.ToArray());
    }

    [Theory]
    [InlineData(Metric.Euclidean, KMeansStart.Random)]
    [InlineData(Metric.Euclidean, KMeansStart.PlusPlus)]
    [InlineData(Metric.Cosine, KMeansStart.Random)]
    [InlineData(Metric.Cosine, KMeansStart.PlusPlus)]
    public void Never_gets_worse_and_ends_at_nearest_centroids(Metric metric, KMeansStart start)
    {
        var values = Points.Grouped(3000, 10, 25, 2);
        var found = KMeans.Run(Points.Matrix(values, 10), 25, new() { Metric = metric, Start = start, Seed = 4, Iterations = 200 });
        for (var i = 1; i < found.Objectives.Length; i++)
        {
            Assert.True(found.Refilled > 0 || found.Objectives[i] <= found.Objectives[i - 1] * (1 + 1e-6));
        }

        Assert.True(found.Objectives.Length < 200, "it ends where nothing changes");
        Assert.Equal(25, found.Count);
        for (var i = 0; i < 3000; i++)
        {
            var distances = Enumerable.Range(0, 25).Select(c => Points.Distance(values.AsSpan(i * 10, 10), found.Centroid(c), metric)).ToArray();
            Assert.Equal(distances.Min(), distances[found.Assignments[i]], 1e-5);
            Assert.Equal(distances.Min(), found.Distances[i], 1e-5);
        }

        if (metric == Metric.Cosine)
        {
            Assert.All(Enumerable.Range(0, 25), c => Assert.Equal(1, found.Centroid(c).ToArray().Sum(static v => (double)v * v), 1e-5));
        }
    }

    [Fact]
    public void Finds_groups_that_lie_apart_by_plus_plus()
    {
        var values = Points.Grouped(2000, 8, 10, 0.05);
        var found = KMeans.Run(Points.Matrix(values, 8), 10, new() { Start = KMeansStart.PlusPlus });
        for (var i = 10; i < 2000; i++)
        {
            Assert.Equal(found.Assignments[i % 10], found.Assignments[i]);
        }

        Assert.All(found.Sizes.ToArray(), static size => Assert.Equal(200, size));
    }

    [Fact]
    public void Plus_plus_draws_in_proportion_to_squared_distances()
    {
        // From 0 the others are at 1 and 3: the second is drawn nine times in ten. From 1: at 1 and 2, four times in five. From 3: 9 to 4.
        var matrix = Points.Matrix([0, 1, 3], 1);
        var pairs = new Dictionary<(float, float), int>();
        for (ulong seed = 0; seed < 6000; seed++)
        {
            var start = KMeans.Run(matrix, 2, new() { Start = KMeansStart.PlusPlus, Seed = seed, Iterations = 0 }).Centroids.ToArray();
            pairs[(start[0], start[1])] = pairs.GetValueOrDefault((start[0], start[1])) + 1;
        }

        Assert.Equal(2000, pairs[(0, 3)] + pairs[(0, 1)], 150.0);
        Assert.Equal(0.9, pairs[(0, 3)] / (double)(pairs[(0, 3)] + pairs[(0, 1)]), 0.03);
        Assert.Equal(0.8, pairs[(1, 3)] / (double)(pairs[(1, 3)] + pairs[(1, 0)]), 0.04);
        Assert.Equal(9 / 13.0, pairs[(3, 0)] / (double)(pairs[(3, 0)] + pairs[(3, 1)]), 0.04);
    }

    [Fact]
    public void Refills_empty_centroids_and_leaves_those_that_no_row_is_left_for()
    {
        // All three centroids begin at one place: the ties go to the first, the others are refilled from the farthest rows.
        float[] values = [0, 0.1f, 0.2f, 50, 51, 100];
        var found = KMeans.Run(Points.Matrix(values, 1), 3, new() { Centroids = new float[] { 0, 0, 0 } });
        Assert.Equal([3, 1, 2], found.Sizes.ToArray());
        Assert.Equal(2, found.Refilled);
        Assert.Equal(100f, found.Centroid(1)[0]);
        // Two different rows can't fill three centroids.
        var few = KMeans.Run(Points.Matrix([7, 7, 7, 9], 1), 3);
        Assert.Equal(4, few.Sizes.ToArray().Sum());
        Assert.Equal(0, few.Objective);
        Assert.Contains(0, few.Sizes.ToArray());
        // Opposite directions cancel: the centroid stays what it was.
        var opposite = KMeans.Run(Points.Matrix([1, 0, -1, 0], 2), 1, new() { Metric = Metric.Cosine });
        Assert.Equal(1, Math.Abs(opposite.Centroid(0)[0]));
    }

    [Theory]
    [InlineData(Metric.Euclidean)]
    [InlineData(Metric.Cosine)]
    public void Is_the_same_bits_at_any_number_of_threads_and_on_any_instructions(Metric metric)
    {
        var values = Points.Grouped(17_000, 70, 8, 3);
        var found = Points.Everywhere(threads => KMeans.Run(Points.Matrix(values, 70), 30, new() { Metric = metric, Threads = threads, Iterations = 2, Start = KMeansStart.PlusPlus }));
        foreach (var other in found.Skip(1))
        {
            Assert.Equal(Points.Bits(found[0].Centroids.Span), Points.Bits(other.Centroids.Span));
            Assert.Equal(found[0].Assignments.ToArray(), other.Assignments.ToArray());
            Assert.Equal(Points.Bits(found[0].Distances), Points.Bits(other.Distances));
            Assert.Equal(found[0].Objectives.ToArray(), other.Objectives.ToArray());
            Assert.Equal(found[0].Objective, other.Objective);
        }
    }

    [Fact]
    public void Takes_part_of_the_rows_where_asked_and_assigns_all()
    {
        var values = Points.Grouped(5000, 6, 4, 0.1);
        var found = KMeans.Run(Points.Matrix(values, 6), 4, new() { MaxPointsPerCentroid = 100, Seed = 2, Start = KMeansStart.PlusPlus });
        Assert.Equal(5000, found.Assignments.Length);
        Assert.Equal(5000, found.Sizes.ToArray().Sum());
        // The rows that count are copied when they are read: at any number of threads the same.
        Assert.Equal(found.Objectives.ToArray(), KMeans.Run(Points.Matrix(values, 6), 4, new() { MaxPointsPerCentroid = 100, Seed = 2, Start = KMeansStart.PlusPlus, Threads = 5 }).Objectives.ToArray());
        // The objective while it ran is over 400 rows, the last over all.
        Assert.InRange(found.Objective / found.Objectives[^1], 8, 18);
        var all = KMeans.Run(Points.Matrix(values, 6), 4, new() { MaxPointsPerCentroid = 1250, Seed = 2, Start = KMeansStart.PlusPlus });
        Assert.Equal(all.Objective, KMeans.Run(Points.Matrix(values, 6), 4, new() { Seed = 2, Start = KMeansStart.PlusPlus }).Objective);
    }

    [Fact]
    public void Takes_as_many_centroids_as_rows_and_one_and_refuses_others()
    {
        var values = Points.Normal(20, 3);
        var all = KMeans.Run(Points.Matrix(values, 3), 20);
        Assert.Equal(0, all.Objective);
        Assert.All(all.Sizes.ToArray(), static s => Assert.Equal(1, s));
        Assert.Equal([20], KMeans.Run(Points.Matrix(values, 3), 1).Sizes.ToArray());
        Assert.Equal([1], KMeans.Run(Points.Matrix([4], 1), 1).Sizes.ToArray());
        var matrix = Points.Matrix(values, 3);
        Assert.Contains("21 centroids of 20 rows", Assert.Throws<ArgumentException>(() => KMeans.Run(matrix, 21)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => KMeans.Run(matrix, 0));
        Assert.Throws<ArgumentException>(() => KMeans.Run(matrix, 2, new() { Centroids = new float[5] }));
        Assert.Throws<ArgumentException>(() => KMeans.Run(matrix, 2, new() { MaxPointsPerCentroid = 0 }));
        Assert.Throws<ArgumentException>(() => KMeans.Run(matrix, 2, new() { Start = (KMeansStart)9 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => KMeans.Run(matrix, 2, new() { Iterations = -1 }));
        Assert.Contains("of the initial centroids, row 0 holds NaN",
            Assert.Throws<EmbeddingException>(() => KMeans.Run(matrix, 1, new() { Centroids = new float[] { 1, float.NaN, 2 } })).Message, StringComparison.Ordinal);
        using CancellationTokenSource stop = new();
        Assert.Throws<OperationCanceledException>(() => KMeans.Run(matrix, 3, new() { Progress = _ => stop.Cancel() }, stop.Token));
    }
}
