using Winnow.Networks.Budgets;
using Winnow.Networks.Masks;
using Winnow.Networks.Tests.Support;

namespace Winnow.Networks.Tests.Budgets;

/// <summary>Budgets that go by scores, against sorting and closed forms.</summary>
public class ScoreBudgetTests
{
    [Fact]
    public void The_largest_are_those_that_sorting_finds()
    {
        for (var seed = 1UL; seed <= 60; seed++)
        {
            var layers = LayerLists.Random(seed, alive: seed % 2 == 0);
            (int Layer, int Index, float Score)[] all = [.. layers.SelectMany(static (layer, l) => Enumerable.Range(0, (int)layer.Count)
                .Where(i => layer.Alive?[i] is not false).Select(i => (l, i, layer.Scores.Span[i])))
                .OrderByDescending(static x => x.Item3).ThenBy(static x => x.l).ThenBy(static x => x.i)];
            foreach (var keep in new[] { 0, 1, all.Length / 3, all.Length - 1, all.Length })
            {
                var masks = new GlobalBudget().Choose(layers, keep);
                var kept = all.Take(keep).Select(static x => (x.Layer, x.Index)).ToHashSet();
                Assert.All(all, x => Assert.Equal(kept.Contains((x.Layer, x.Index)), masks[x.Layer][x.Index]));
                // The same within layers, whose counts the budget tells.
                Assert.Equal(masks, LargestScores.Of(layers, new GlobalBudget().Counts(layers, keep)));
            }
        }
    }

    // Few are counted by fewer bits at a time than many; the result can't tell.
    [Fact]
    public void Many_are_chosen_as_few_are()
    {
        float[] a = [.. Nets.Floats(20_000, 7).Select(static x => MathF.Round(x * 100))], b = [.. Nets.Floats(30_000, 8).Select(static x => x * 1e-3f)];
        BudgetLayer[] layers = [new("a", [a.Length], a, Mask.Of("a", [.. a.Select(static x => x < 90)])), new("b", [100, 300], b)];
        (float Score, int Place)[] order = [.. a.Concat(b).Select(static (score, i) => (score, i)).Where(x => x.i >= a.Length || x.score < 90).OrderByDescending(static x => x.score).ThenBy(static x => x.i)];
        foreach (var keep in new[] { 0, 1, 77, 9_000, 10_001, 25_000, 40_000, order.Length })
        {
            var expected = new bool[a.Length + b.Length];
            foreach (var (_, place) in order.Take(keep))
            {
                expected[place] = true;
            }

            Assert.Equal(expected, new GlobalBudget().Choose(layers, keep).SelectMany(static mask => mask.ToArray()).ToArray());
        }
    }

    [Fact]
    public void Ties_go_to_the_lowest_index_and_all_signs_are_in_order()
    {
        float[] scores = [float.NegativeInfinity, -1, -0f, 0, 1e-45f, 1, float.PositiveInfinity, 1, -1e-45f, 0];
        Assert.Equal([6L, 5, 7, 4, 2, 3, 9, 8, 1, 0], Order(scores));
        Assert.Equal([0L, 1, 2], Order([0.5f, 0.5f, 0.5f]));
    }

    [Fact]
    public void Quotas_hold_in_each_group()
    {
        float[] a = [9, 1, 8, 2], b = [7, 6, 5], c = [4, 3, 0.5f];
        BudgetLayer[] layers = [new("a", [4], a) { Group = "x" }, new("b", [3], b) { Group = "y" }, new("c", [3], c) { Group = "x" }];
        // 5 of 10: 3.5 of x, 1.5 of y; the first group has the remainder.
        Assert.Equal([2L, 1, 2], new QuotaBudget().Counts(layers, 5));
        QuotaBudget own = new() { Densities = new Dictionary<string, double> { ["x"] = 0.3, ["y"] = 1 } };
        Assert.True(own.SetsDensity);
        // round(0.3 · 7) = 2 of x.
        Assert.Equal([2L, 3, 0], own.Counts(layers));
        Assert.Contains("\"y\" of b", Assert.Throws<NetworkPruningException>(() => new QuotaBudget { Densities = new Dictionary<string, double> { ["x"] = 1 } }.Counts(layers)).Message, StringComparison.Ordinal);
        Assert.Contains("group x", Assert.Throws<NetworkPruningException>(static () => new QuotaBudget { Densities = new Dictionary<string, double> { ["x"] = 1.5 } }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_threshold_keeps_what_reaches_it_as_it_was_written()
    {
        BudgetLayer[] layers = [new("a", [4], new[] { 0.01f, 0.0099f, 1, 0 }), new("b", [1], new[] { 0.001f })];
        Assert.Equal([2L, 0], new ThresholdBudget().Counts(layers));
        Assert.Equal([true, false, true, false], new ThresholdBudget().Choose(layers)[0].ToArray());
    }

    [Fact]
    public void Energy_drops_the_most_that_its_share_allows()
    {
        // Squares 1, 4, 9, 16, 25, 45 of 100.
        BudgetLayer[] layers = [new("a", [3], new[] { 4f, 1, 5 }), new("b", [3], new[] { 3f, 2, MathF.Sqrt(45) })];
        Assert.Equal([3L, 3], new EnergyBudget(0.0099).Counts(layers));
        Assert.Equal([2L, 3], new EnergyBudget(0.0101).Counts(layers));
        Assert.Equal([2L, 1], new EnergyBudget(0.1401).Counts(layers));
        Assert.Equal([0L, 0], new EnergyBudget(1).Counts(layers));
        Assert.Contains("b at 0", Assert.Throws<NetworkPruningException>(static () => new EnergyBudget().Counts([new("b", [1], new[] { -1f })])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.5, 1)]
    [InlineData(1, 2)]
    [InlineData(0.3, 1.7)]
    public void The_index_is_0_for_equal_magnitudes_and_knows_no_scale(double p, double q)
    {
        foreach (var value in new[] { 1e-30f, 0.1f, 1, 3e30f })
        {
            Assert.Equal(0, PqIndexBudget.Index([.. Enumerable.Repeat(value, 77)], p, q));
        }

        // One spike of d.
        Assert.Equal(1 - Math.Pow(9, (1 / q) - (1 / p)), PqIndexBudget.Index([0, 0, 0, 0, -5, 0, 0, 0, 0], p, q), 12);
        var some = Nets.Floats(500, 3);
        var index = PqIndexBudget.Index(some, p, q);
        Assert.InRange(index, 0.01, 0.99);
        Assert.Equal(index, PqIndexBudget.Index([.. some.Select(static x => x * 1024)], p, q));
        Assert.Equal(index, PqIndexBudget.Index([.. some.Select(static x => x * 3e-5f)], p, q), 1e-6);
        // As the formula is written.
        double NormOf(double e) => Math.Pow(some.Sum(x => Math.Pow(Math.Abs(x), e)), 1 / e);
        Assert.Equal(1 - (Math.Pow(500, (1 / q) - (1 / p)) * NormOf(p) / NormOf(q)), index, 12);
        Assert.Equal(0, PqIndexBudget.Index([0, 0], p, q));
        Assert.Equal(0, PqIndexBudget.Index([], p, q));
    }

    [Fact]
    public void What_goes_is_the_published_amount()
    {
        Assert.Equal(40, new PqIndexBudget().Dropped(100, 0.4));
        Assert.Equal(90, new PqIndexBudget().Dropped(100, 0.99));
        Assert.Equal(20, new PqIndexBudget { Gamma = 0.5 }.Dropped(100, 0.4));
        // p 1, q 2: r = d (1+η)^-2 (1-I)^2.
        Assert.Equal((long)Math.Floor(1000 * (1 - (0.36 / 1.21))), new PqIndexBudget(1, 2) { Eta = 0.1 }.Dropped(1000, 0.4));
        Assert.Equal(0, new PqIndexBudget().Dropped(100, 0));
    }

    [Fact]
    public void The_index_goes_by_survivors_of_layer_network_or_neuron()
    {
        float[] even = [1, 1, 1, 1], spiky = [0, 0, 0, 4];
        BudgetLayer[] layers = [new("even", [2, 2], even), new("spiky", [2, 2], spiky)];
        // Spike of 4: I = 1 - 4^-1 = 0.75, 3 go.
        Assert.Equal([4L, 1], new PqIndexBudget().Counts(layers));
        // Rows: (0, 0) is even, of (0, 4) I = 0.5 and 1 goes.
        Assert.Equal([4L, 3], new PqIndexBudget { Scope = PqScope.Neuron }.Counts(layers));
        Assert.Equal([true, true, false, true], new PqIndexBudget { Scope = PqScope.Neuron }.Choose(layers)[1].ToArray());
        var index = PqIndexBudget.Index([.. even, .. spiky]);
        Assert.Equal(8 - (long)Math.Floor(8 * index), new PqIndexBudget { Scope = PqScope.Global }.Counts(layers).Sum());
        // Dead ones don't count: of the survivors (4) nothing goes, of (0, 4) one.
        var alive = Mask.Of("spiky", [false, false, false, true], 2, 2);
        Assert.Equal([1L], new PqIndexBudget().Counts([new("spiky", [2, 2], spiky, alive)]));
        Assert.Equal([1L], new PqIndexBudget().Counts([new("spiky", [2, 2], spiky, Mask.Of("spiky", [false, false, true, true], 2, 2))]));
        Assert.Throws<NetworkPruningException>(static () => new PqIndexBudget().Counts([new("w", [1], new[] { float.PositiveInfinity })]));
    }

    [Theory]
    [InlineData(2, 4, 8)]
    [InlineData(2, 4, 7)]
    [InlineData(1, 4, 9)]
    [InlineData(3, 5, 3)]
    [InlineData(4, 4, 6)]
    public void N_of_m_holds_in_every_group(int n, int m, int inputs)
    {
        foreach (var kernel in new[] { 1, 3 })
        {
            long[] shape = kernel == 1 ? [5, inputs] : [5, inputs, 1, kernel];
            var scores = Nets.Floats(5 * inputs * kernel, 4);
            BudgetLayer layer = new("w", shape, scores);
            var mask = new NofMBudget(n, m).Choose([layer])[0];
            Assert.Equal(new NofMBudget(n, m).Counts([new("w", shape)]).Single(), mask.Kept);
            for (var o = 0; o < 5; o++)
            {
                for (var k = 0; k < kernel; k++)
                {
                    for (var start = 0; start < inputs; start += m)
                    {
                        int[] group = [.. Enumerable.Range(start, Math.Min(m, inputs - start)).Select(i => (((o * inputs) + i) * kernel) + k)];
                        int[] kept = [.. group.Where(i => mask[i])];
                        Assert.Equal((int)Math.Ceiling(group.Length * (double)n / m), kept.Length);
                        Assert.True(kept.Length == group.Length || kept.Min(i => scores[i]) >= group.Where(i => !mask[i]).Max(i => scores[i]));
                    }
                }
            }
        }
    }

    private static long[] Order(float[] scores)
    {
        var order = new List<long>();
        for (var keep = 1; keep <= scores.Length; keep++)
        {
            var mask = new GlobalBudget().Choose([new("w", [scores.Length], scores)], keep)[0];
            order.Add(Enumerable.Range(0, scores.Length).Single(i => mask[i] && !order.Contains(i)));
        }

        return [.. order];
    }
}
