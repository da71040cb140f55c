using Winnow.Numerics;
using Winnow.Tests.Policies;

namespace Winnow.Tests.Numerics;

public class KMeansTests
{
    /// <summary>Lloyd's iteration on the numbers themselves: same start, ties at the middle between two means go to the lower group.</summary>
    private static int[] Plain(float[] values, int groups)
    {
        double[] sorted = [.. values.Select(static v => (double)v).Order()], distinct = [.. sorted.Distinct()];
        groups = Math.Min(groups, distinct.Length);
        var means = new List<double>();
        for (var g = 0; g < groups; g++)
        {
            var at = Array.IndexOf(distinct, sorted[Math.Min(sorted.Length - 1, (int)((g + 0.5) / groups * sorted.Length))]);
            if (g > 0)
            {
                at = Math.Max(at, Array.IndexOf(distinct, means[^1]) + 1);
            }

            means.Add(distinct[Math.Min(at, distinct.Length - groups + g)]);
        }

        int[] sizes = [];
        for (var round = 0; round < 300; round++)
        {
            double[] limits = [.. means.Zip(means.Skip(1), static (a, b) => (a + b) / 2)];
            var members = sorted.ToLookup(v => limits.Count(l => v > l));
            int[] now = [.. Enumerable.Range(0, groups).Select(g => members[g].Count())];
            if (now.SequenceEqual(sizes))
            {
                break;
            }

            sizes = now;
            for (var g = 0; g < groups; g++)
            {
                if (sizes[g] > 0)
                {
                    means[g] = members[g].Average();
                }
            }
        }

        return [.. sizes.Where(static s => s > 0)];
    }

    private static (float[] Limits, int[] Counts) Of(float[] values, int groups, int threads = 1) => KMeans.Of(values, new byte[values.Length], 0, groups, threads);

    private static int[] Sizes(float[] values, float[] limits) =>
        [.. Enumerable.Range(0, limits.Length + 1).Select(g => values.Count(v => (g == 0 || v >= limits[g - 1]) && (g == limits.Length || v < limits[g])))];

    [Fact]
    public void Agrees_with_the_plain_iteration_where_every_value_has_a_bin_of_its_own()
    {
        for (ulong seed = 0; seed < 60; seed++)
        {
            // Multiples of 1/1024 in [1, 2) lie in different bins, and all bins are equally wide.
            var random = Rng.Derive(seed, 0, "values").Sequence();
            float[] values = [.. Enumerable.Range(0, 3 + (int)random.Next(400)).Select(_ => 1 + (random.Next(1024) * random.Next(1024) / 1024 / 1024f))];
            var groups = 1 + (int)random.Next(8);
            var (limits, counts) = Of(values, groups);
            Assert.Equal(Plain(values, groups), counts);
            Assert.Equal(counts, Sizes(values, limits));
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(10)]
    public void Comes_within_a_thousandth_of_the_plain_iterations_squared_distances(int groups)
    {
        var values = Tables.Skewed(5000);
        var (limits, counts) = Of(values, groups);
        Assert.Equal(counts, Sizes(values, limits));
        Assert.InRange(Squares(values, counts) / Squares(values, Plain(values, groups)), 0.999, 1.001);
    }

    // The sum of squared distances from the groups' means, of groups of those sizes in ascending order.
    private static double Squares(float[] values, int[] sizes)
    {
        double sum = 0;
        var from = 0;
        float[] sorted = [.. values.Order()];
        foreach (var size in sizes)
        {
            var group = sorted[from..(from += size)];
            var mean = group.Average(static v => (double)v);
            sum += group.Sum(v => (v - mean) * (v - mean));
        }

        return sum;
    }

    [Fact]
    public void Finds_groups_that_lie_apart()
    {
        // By hand: 1 1 2 | 10 11 | 100: any start ends here.
        var (limits, counts) = Of([100, 1, 11, 2, 10, 1], 3);
        Assert.Equal([3, 2, 1], counts);
        Assert.InRange(limits[0], 2.0001, 10);
        Assert.InRange(limits[1], 11.0001, 100);
    }

    [Fact]
    public void Makes_fewer_groups_where_there_are_fewer_different_values()
    {
        Assert.Equal([4], Of([3, 3, 3, 3], 5).Counts);
        Assert.Equal([3, 1], Of([3, 7, 3, 3], 5).Counts);
        Assert.Equal([2], Of([0f, -0f], 5).Counts);
        Assert.Empty(Of([], 5).Counts);
        Assert.Empty(KMeans.Of([1f], [0], 1, 5, 1).Counts);
        // Nine tenths alike: the quantiles fall together, and still there are as many groups as different values.
        Assert.Equal([90, 4, 3, 3], Of([.. Enumerable.Repeat(0f, 90), .. Enumerable.Range(0, 10).Select(static i => 5f + (i % 3))], 4).Counts);
    }

    [Fact]
    public void Still_tells_small_values_apart_beside_an_outlier_and_a_zero()
    {
        float[] values = [0f, 1e20f, .. Enumerable.Range(0, 500).Select(static i => 0.1f + (i / 1e5f)), .. Enumerable.Range(0, 500).Select(static i => 4f + (i / 1e5f))];
        var (limits, counts) = Of(values, 3);
        Assert.Equal([501, 500, 1], counts);
        Assert.Equal(counts, Sizes(values, limits));
    }

    [Fact]
    public void Is_the_same_on_any_number_of_threads_and_takes_values_of_any_size()
    {
        var values = Tables.Skewed(300_001);
        byte[] states = [.. values.Select(static (_, i) => (byte)(i % 5 == 0 ? 3 : 1))];
        for (var i = 0; i < values.Length; i += 5)
        {
            values[i] = i % 2 == 0 ? float.NaN : float.PositiveInfinity;
        }

        (var limits, var counts) = KMeans.Of(values, states, 1, 5, 1);
        Assert.Equal(counts, Sizes([.. values.Where((_, i) => states[i] == 1)], limits));
        foreach (var threads in new[] { 0, 2, 7 })
        {
            var other = KMeans.Of(values, states, 1, 5, threads);
            Assert.Equal(limits, other.Limits);
            Assert.Equal(counts, other.Counts);
        }

        Assert.Equal([1, 2, 1], Of([float.MinValue, float.Epsilon, -float.Epsilon, float.MaxValue], 3).Counts);
    }
}
