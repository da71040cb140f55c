using Winnow.Geometry;

namespace Winnow.Tests.Geometry;

public class SemanticDuplicatesTests
{
    private static readonly DuplicatePolicy[] s_policies = Enum.GetValues<DuplicatePolicy>();

    // Three unit vectors with cosines a-b and b-c .95, a-c .85 (spec 22.9).
    private static float[] Three()
    {
        double y = Math.Sqrt(1 - (0.95 * 0.95)), c = (0.85 - (0.95 * 0.95)) / y;
        // b = e1; a = (.95, y, 0); c = (.95, c, z).
        return [0.95f, (float)y, 0, 1, 0, 0, 0.95f, (float)c, (float)Math.Sqrt(1 - (0.95 * 0.95) - (c * c))];
    }

    private static int[] Kept(float[] keys, DuplicatePolicy policy) =>
        [.. SemanticDuplicates.Find(Points.Matrix(Three(), 3), [0, 0, 0], new() { Keys = keys, Order = DuplicateOrder.SmallestFirst }).Keep(0.1, policy)
            .Select(static (keep, i) => (keep, i)).Where(static k => k.keep).Select(static k => k.i)];

    [Fact]
    public void Golden_three_policies_in_two_orders()
    {
        float[] abc = [0, 1, 2], acb = [0, 2, 1];
        Assert.Equal([0], Kept(abc, DuplicatePolicy.AnyEarlier));
        Assert.Equal([0, 2], Kept(abc, DuplicatePolicy.KeptOnly));
        Assert.Equal([0], Kept(abc, DuplicatePolicy.ConnectedComponents));
        Assert.Equal([0, 2], Kept(acb, DuplicatePolicy.AnyEarlier));
        Assert.Equal([0, 2], Kept(acb, DuplicatePolicy.KeptOnly));
        Assert.Equal([0], Kept(acb, DuplicatePolicy.ConnectedComponents));
        var found = SemanticDuplicates.Find(Points.Matrix(Three(), 3), [0, 0, 0], new() { Keys = abc, Order = DuplicateOrder.SmallestFirst });
        Assert.Equal(-1, found.LargestEarlier[0]);
        Assert.Equal(0.95, found.LargestEarlier[1], 1e-6);
        Assert.Equal(0.95, found.LargestEarlier[2], 1e-6);
    }

    /// <summary>The rules as one would write them down, over the cosines of one cluster in its order.</summary>
    private static (double[] Largest, bool[] Keep) Plain(float[] values, int width, int[] order, double epsilon, DuplicatePolicy policy)
    {
        var n = order.Length;
        var largest = new double[n];
        var keep = new bool[n];
        int[] root = [.. Enumerable.Range(0, n)];
        for (var i = 0; i < n; i++)
        {
            (largest[i], keep[i]) = (-1, true);
            for (var j = 0; j < i; j++)
            {
                var cosine = 1 - Points.Distance(values, width, order[i], order[j], Metric.Cosine);
                largest[i] = Math.Max(largest[i], cosine);
                if (cosine > 1 - epsilon)
                {
                    keep[i] &= policy == DuplicatePolicy.KeptOnly && !keep[j];
                    int a = root[i], b = root[j];
                    for (var k = 0; k <= i && a != b; k++)
                    {
                        root[k] = root[k] == Math.Max(a, b) ? Math.Min(a, b) : root[k];
                    }
                }
            }
        }

        return (largest, policy == DuplicatePolicy.ConnectedComponents ? [.. root.Select(static (r, i) => r == i)] : keep);
    }

    [Theory]
    [InlineData(DuplicateOrder.LargestFirst)]
    [InlineData(DuplicateOrder.SmallestFirst)]
    [InlineData(DuplicateOrder.Random)]
    public void Agrees_with_looking_at_all_pairs(DuplicateOrder order)
    {
        var values = Points.Grouped(900, 6, 60, 1.5);
        int[] clusters = [.. Enumerable.Range(0, 900).Select(static i => i < 20 ? 7 : i % 3 == 0 ? 100 : 3)];
        float[] keys = [.. Enumerable.Range(0, 900).Select(static i => (float)(i * 7 % 40))];
        var found = SemanticDuplicates.Find(Points.Matrix(values, 6), clusters, new() { Keys = keys, Order = order, Seed = 3 });
        Assert.Equal(Enumerable.Range(0, 900), found.Order.ToArray().Order());
        var all = found.Order.ToArray();
        Assert.Equal(all.Select(i => clusters[i]), all.Select(i => clusters[i]).Order());
        foreach (var cluster in new[] { 3, 7, 100 })
        {
            int[] members = [.. all.Where(i => clusters[i] == cluster)];
            var sorted = order switch
            {
                DuplicateOrder.LargestFirst => members.OrderByDescending(i => keys[i]).ThenBy(static i => i),
                DuplicateOrder.SmallestFirst => members.OrderBy(i => keys[i]).ThenBy(static i => i),
                _ => members.AsEnumerable(),
            };
            Assert.Equal(sorted, members);
            Assert.True(order != DuplicateOrder.Random || !members.SequenceEqual(members.Order()));
            foreach (var policy in s_policies)
            {
                foreach (var epsilon in new[] { 0.003, 0.01, 0.1 })
                {
                    var (largest, keep) = Plain(values, 6, members, epsilon, policy);
                    var kept = found.Keep(epsilon, policy);
                    Assert.Equal(keep, members.Select(i => kept[i]));
                    for (var i = 0; i < members.Length; i++)
                    {
                        Assert.Equal(largest[i], found.LargestEarlier[members[i]], 2e-6);
                    }
                }
            }
        }
    }

    [Fact]
    public void A_giant_cluster_gives_what_small_ones_give_in_bounded_memory()
    {
        // Doubled rows, far apart otherwise: of each pair the earlier stays, across blocks of earlier rows.
        var half = Points.Normal(5000, 24, 5);
        float[] values = [.. half, .. half];
        float[] keys = [.. Enumerable.Range(0, 10_000).Select(static i => (float)(i * 7919 % 10_007))];
        List<double> told = [];
        var found = SemanticDuplicates.Find(Points.Matrix(values, 24), new int[10_000], new() { Keys = keys, Progress = told.Add });
        Assert.Equal([1], told);
        for (var i = 0; i < 5000; i++)
        {
            var later = keys[i] > keys[i + 5000] ? i + 5000 : i;
            Assert.Equal(1f, found.LargestEarlier[later]);
            Assert.True(found.LargestEarlier[later == i ? i + 5000 : i] < 0.99);
        }

        foreach (var policy in s_policies)
        {
            var keep = found.Keep(0.001, policy);
            Assert.All(Enumerable.Range(0, 5000), i => Assert.Equal(keys[i] > keys[i + 5000], keep[i]));
            Assert.Equal(5000, keep.Count(static k => k));
        }

        // Chains: kept-only must see what became of rows of the same block before.
        var chain = Enumerable.Range(0, 9000).SelectMany(static i => new[] { (float)Math.Cos(i * 1e-4), (float)Math.Sin(i * 1e-4) }).ToArray();
        float[] inOrder = [.. Enumerable.Range(0, 9000).Select(static i => (float)i)];
        var chained = SemanticDuplicates.Find(Points.Matrix(chain, 2), new int[9000], new() { Keys = inOrder, Order = DuplicateOrder.SmallestFirst });
        // Alike within an angle of 50.5 steps: every 51st stays.
        var alike = 1 - Math.Cos(50.5e-4);
        Assert.Equal([.. Enumerable.Range(0, 9000).Select(static i => i % 51 == 0)], chained.Keep(alike, DuplicatePolicy.KeptOnly));
        Assert.Equal(1, chained.Keep(alike).Count(static k => k));
        Assert.Equal(1, chained.Keep(alike, DuplicatePolicy.ConnectedComponents).Count(static k => k));
    }

    [Fact]
    public void Is_the_same_bits_at_any_number_of_threads_and_on_any_instructions()
    {
        var values = Points.Grouped(7000, 21, 300, 2);
        int[] clusters = [.. Enumerable.Range(0, 7000).Select(static i => i < 5000 ? 0 : 1 + (i % 9))];
        var found = Points.Everywhere(threads =>
        {
            var one = SemanticDuplicates.Find(Points.Matrix(values, 21), clusters, new() { Order = DuplicateOrder.Random, Threads = threads });
            return (Largest: Points.Bits(one.LargestEarlier), Keep: s_policies.Select(p => one.Keep(0.02, p)).ToArray());
        });
        foreach (var other in found.Skip(1))
        {
            Assert.Equal(found[0].Largest, other.Largest);
            Assert.Equal(found[0].Keep, other.Keep);
        }

        Assert.True(found[0].Keep[1].Count(static k => k) > found[0].Keep[0].Count(static k => k));
    }

    [Fact]
    public void Takes_nothing_and_one_row_and_refuses_what_it_cant_use()
    {
        var two = Points.Matrix([1, 2, 3, 4], 2);
        SemanticDuplicatesOptions random = new() { Order = DuplicateOrder.Random };
        Assert.Empty(SemanticDuplicates.Find(Points.Matrix([], 2), [], random).Keep(0.1));
        Assert.Equal([true], SemanticDuplicates.Find(Points.Matrix([1, 2], 2), [5], random).Keep(0.1, DuplicatePolicy.KeptOnly));
        Assert.Equal([true, true], SemanticDuplicates.Find(two, [0, 1], random).Keep(1.9, DuplicatePolicy.ConnectedComponents));
        Says("1 clusters for 2 rows", () => SemanticDuplicates.Find(two, [0], random));
        Says("row 1 is in cluster -3", () => SemanticDuplicates.Find(two, [0, -3], random));
        Says("0 keys for 2 rows", () => SemanticDuplicates.Find(two, [0, 0], new()));
        Says("the key of row 1 is NaN", () => SemanticDuplicates.Find(two, [0, 0], new() { Keys = new[] { 1, float.NaN } }));
        Says("epsilon=0: it must be above 0 and below 2", () => SemanticDuplicates.Find(two, [0, 0], random).Keep(0));
        Says("row 1 has length 0", static () => SemanticDuplicates.Find(Points.Matrix([1, 2, 0, 0], 2), [0, 0], new() { Order = DuplicateOrder.Random }));
        Assert.Throws<WorkingMemoryException>(() => SemanticDuplicates.Find(two, [0, 0], random with { MaxMemory = 10 }));

        static void Says(string message, Action act) => Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(act).Message, StringComparison.Ordinal);
    }
}
