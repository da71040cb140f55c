using Winnow.Geometry;

namespace Winnow.Tests.Geometry;

public class KCenterTests
{
    private static double Radius(float[] values, int width, IReadOnlyList<int> centres, Metric metric) =>
        Enumerable.Range(0, values.Length / width).Max(i => centres.Min(c => Points.Distance(values, width, i, c, metric)));

    [Fact]
    public void Comes_within_twice_the_best_radius()
    {
        for (ulong seed = 1; seed <= 40; seed++)
        {
            var values = Points.Normal(12, 2, seed);
            var best = double.MaxValue;
            for (var a = 0; a < 12; a++)
            {
                for (var b = a + 1; b < 12; b++)
                {
                    for (var c = b + 1; c < 12; c++)
                    {
                        best = Math.Min(best, Radius(values, 2, [a, b, c], Metric.Euclidean));
                    }
                }
            }

            var found = KCenter.Select(Points.Matrix(values, 2), 3, new() { Seed = seed });
            Assert.Equal(Radius(values, 2, found.Ids, Metric.Euclidean), found.Radius, 1e-6);
            Assert.True(found.Radius <= 2 * best * (1 + 1e-9));
        }
    }

    [Theory]
    [InlineData(Metric.Euclidean, 1)]
    [InlineData(Metric.Euclidean, 37)]
    [InlineData(Metric.Cosine, 5)]
    public void Takes_the_farthest_each_time(Metric metric, int width)
    {
        var values = Points.Normal(300, width, 2);
        var found = KCenter.Select(Points.Matrix(values, width), 60, new() { Metric = metric, Seed = 5 });
        Assert.Equal(float.PositiveInfinity, found.Distances[0]);
        for (var i = 1; i < 60; i++)
        {
            int[] before = [.. found.Ids.Take(i)];
            var distances = Enumerable.Range(0, 300).Select(r => before.Min(c => Points.Distance(values, width, r, c, metric))).ToArray();
            Assert.Equal(distances.Max(), found.Distances[i], 1e-6);
            Assert.Equal(distances.Max(), distances[found.Ids[i]], 1e-9);
        }
    }

    [Fact]
    public void Gives_the_lowest_row_where_several_are_equally_far()
    {
        var values = Points.Coarse(200, 2, 5);
        var found = KCenter.Select(Points.Matrix(values, 2), 200, new() { Seed = 3 });
        for (var i = 1; i < 200; i++)
        {
            int[] before = [.. found.Ids.Take(i)];
            var expected = Enumerable.Range(0, 200).Except(before).MaxBy(r => (before.Min(c => Points.Distance(values, 2, r, c, Metric.Euclidean)), -r));
            Assert.Equal(expected, found.Ids[i]);
        }

        // All rows, each once, though only 25 are different.
        Assert.Equal(Enumerable.Range(0, 200), found.Ids.Order());
        Assert.Equal(0, found.Radius);
    }

    [Theory]
    [InlineData(Metric.Euclidean)]
    [InlineData(Metric.Cosine)]
    public void Leaving_out_by_the_triangle_inequality_changes_no_bit(Metric metric)
    {
        var values = Points.Grouped(4000, 24, 20, 0.3);
        KCenterOptions options = new() { Metric = metric, Seed = 1 };
        var with = KCenter.Select(Points.Matrix(values, 24), 400, options);
        var without = KCenter.Select(Points.Matrix(values, 24), 400, options with { Skips = false });
        Assert.Equal(without.Ids, with.Ids);
        Assert.Equal(without.Distances, with.Distances);
        Assert.Equal(without.Radius, with.Radius);
        Assert.Equal(0, without.Skipped);
        Assert.True(with.Skipped > 400L * 4000 / 4);
    }

    [Theory]
    [InlineData(Metric.Euclidean)]
    [InlineData(Metric.Cosine)]
    public void Is_the_same_bits_at_any_number_of_threads_and_on_any_instructions(Metric metric)
    {
        var values = Points.Grouped(5000, 21, 9, 1);
        var found = Points.Everywhere(threads => KCenter.Select(Points.Matrix(values, 21), 50, new() { Metric = metric, Threads = threads }));
        foreach (var other in found.Skip(1))
        {
            Assert.Equal(found[0].Ids, other.Ids);
            Assert.Equal(found[0].Distances, other.Distances);
            Assert.Equal(found[0].Radius, other.Radius);
            Assert.Equal(found[0].Skipped, other.Skipped);
        }
    }

    [Fact]
    public void Goes_on_from_what_is_selected_and_a_beginning_is_a_smaller_selection()
    {
        var matrix = Points.Matrix(Points.Normal(500, 4, 6), 4);
        var all = KCenter.Select(matrix, 50, new() { Seed = 9 });
        var half = KCenter.Select(matrix, 25, new() { Seed = 9 });
        Assert.Equal(all.Ids.Take(25), half.Ids);
        var rest = KCenter.Select(matrix, 25, new() { Selected = half.Ids.ToArray() });
        Assert.Equal(all.Ids.Skip(25), rest.Ids);
        Assert.Equal(all.Distances.Skip(25), rest.Distances);
        // The seed decides where it begins.
        Assert.True(Enumerable.Range(0, 20).Select(s => KCenter.Select(matrix, 1, new() { Seed = (ulong)s }).Ids[0]).Distinct().Count() > 10);
    }

    [Fact]
    public void Distances_are_right_far_from_the_origin()
    {
        // In float32 by lengths and products all of these would be at distance 0.
        var values = Enumerable.Range(0, 64).SelectMany(static i => new[] { 16_000_000f, i * 0.001f }).ToArray();
        var found = KCenter.Select(Points.Matrix(values, 2), 2, new() { Selected = new int[] { 0 } });
        Assert.Equal([63, 32], found.Ids.Select(static i => i == 31 ? 32 : i));
        Assert.Equal(0.063f, found.Distances[0], 1e-6f);
    }

    [Fact]
    public void Takes_nothing_all_and_one_row_and_refuses_more()
    {
        var matrix = Points.Matrix([1, 2, 3], 1);
        Assert.Empty(KCenter.Select(matrix, 0).Ids);
        Assert.Equal(double.PositiveInfinity, KCenter.Select(matrix, 0).Radius);
        Assert.Equal([0, 1, 2], KCenter.Select(matrix, 3).Ids.Order());
        Assert.Equal([0], KCenter.Select(Points.Matrix([1], 1), 1).Ids);
        Assert.Empty(KCenter.Select(Points.Matrix([], 1), 0).Ids);
        Assert.Contains("4 rows to be selected of 3", Assert.Throws<ArgumentException>(() => KCenter.Select(matrix, 4)).Message, StringComparison.Ordinal);
        Assert.Contains("row 3 is named", Assert.Throws<ArgumentException>(() => KCenter.Select(matrix, 1, new() { Selected = new int[] { 3 } })).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => KCenter.Select(matrix, 1, new() { Selected = new int[] { 1, 1 } }));
        Assert.Throws<ArgumentException>(() => KCenter.Select(matrix, 1, new() { Metric = (Metric)7 }));
        using CancellationTokenSource stop = new();
        Assert.Throws<OperationCanceledException>(() => KCenter.Select(matrix, 3, new() { Progress = _ => stop.Cancel() }, stop.Token));
    }
}
