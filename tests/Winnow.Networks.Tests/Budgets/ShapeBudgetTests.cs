using Winnow.Networks.Budgets;
using Winnow.Numerics;

namespace Winnow.Networks.Tests.Budgets;

/// <summary>Budgets that go by shapes, against closed forms.</summary>
public class ShapeBudgetTests
{
    [Fact]
    public void Uniform_keeps_the_same_share_to_less_than_one_element()
    {
        for (var seed = 1UL; seed <= 50; seed++)
        {
            var layers = LayerLists.Random(seed);
            var all = layers.Sum(static layer => layer.Count);
            var keep = BudgetExtensions.Kept(layers, 0.37);
            var counts = new UniformBudget().Counts(layers, keep);
            Assert.All(layers.Zip(counts), pair => Assert.True(Math.Abs(pair.Second - ((double)keep * pair.First.Count / all)) < 1));
        }

        // Remainders of a third each: the first layers get what is left.
        Assert.Equal([4L, 3, 3], new UniformBudget().Counts(LayerLists.Shapes([10], [10], [10]), 10));
    }

    [Fact]
    public void Uniform_plus_keeps_the_first_layer_whole_and_a_fifth_of_the_last()
    {
        var layers = LayerLists.Shapes([10, 3], [100, 10], [200, 5], [10, 10]);
        // 30 + 20 are fixed; 100 of 2000 in between.
        Assert.Equal([30L, 50, 50, 20], new UniformPlusBudget().Counts(layers, 150));
        // Above a fifth the last layer has the density of the others.
        Assert.Equal([30L, 500, 500, 50], new UniformPlusBudget().Counts(layers, 1080));
        Assert.Contains("50 to 2130", Assert.Throws<NetworkPruningException>(() => new UniformPlusBudget().Counts(layers, 49)).Message, StringComparison.Ordinal);
        Assert.Equal([30L, 0, 0, 20], new UniformPlusBudget().Counts(layers, 50));
    }

    // Density ε·(sum/product): 6/8·ε, 20/75·ε with ε from the total.
    [Fact]
    public void Erk_is_its_closed_form()
    {
        var layers = LayerLists.Shapes([20, 30], [10, 5, 3, 3]);
        // Claims 50 and 21: 35.5 : … of a total of 142 are 100 and 42.
        Assert.Equal([100L, 42], new ErkBudget().Counts(layers, 142));
        // ER: claims 50 and 15/50·450 = 135.
        Assert.Equal([50L, 135], new ErkBudget { Kernel = false }.Counts(layers, 185));
        // Power 0 is uniform.
        Assert.Equal(new UniformBudget().Counts(layers, 300), new ErkBudget(0).Counts(layers, 300));
        // ERK+: the classifier whole, the rest for the other.
        Assert.Equal([50L, 450], new ErkBudget { DenseClassifier = true }.Counts(layers, 500));
        Assert.Throws<NetworkPruningException>(() => new ErkBudget { DenseClassifier = true }.Counts(layers, 449));
    }

    [Fact]
    public void Erk_is_the_published_loop_and_saturates_at_one()
    {
        for (var seed = 1UL; seed <= 200; seed++)
        {
            var layers = LayerLists.Random(seed);
            foreach (var density in new[] { 0.05, 0.3, 0.7, 0.95 })
            {
                var keep = BudgetExtensions.Kept(layers, density);
                var (expected, dense) = Loop(layers, keep);
                var counts = new ErkBudget().Counts(layers, keep);
                for (var l = 0; l < counts.Length; l++)
                {
                    Assert.True(Math.Abs(counts[l] - expected[l]) < 1, $"{seed} {density} {l}: {counts[l]} {expected[l]}");
                    Assert.True(!dense.Contains(l) || counts[l] == layers[l].Count);
                }
            }
        }
    }

    [Fact]
    public void Layers_that_are_not_whole_keep_equally_many_of_filled_water()
    {
        Assert.Equal([10L, 20, 35, 35], new WaterFillBudget().Counts(LayerLists.Shapes([10], [20], [100], [1000]), 100));
        Assert.Equal([10L, 20, 36, 35], new WaterFillBudget().Counts(LayerLists.Shapes([10], [20], [100], [1000]), 101));
        for (var seed = 1UL; seed <= 100; seed++)
        {
            var layers = LayerLists.Random(seed);
            foreach (var density in new[] { 0.05, 0.3, 0.7, 0.95 })
            {
                var counts = new WaterFillBudget().Counts(layers, BudgetExtensions.Kept(layers, density));
                long[] open = [.. counts.Where((count, l) => count < layers[l].Count)];
                Assert.True(open.Length == 0 || (open.Max() - open.Min() <= 1 && counts.Max() <= open.Max()));
            }
        }
    }

    // No exchange between layers makes the product of densities larger: what the proxy maximises.
    [Fact]
    public void Filled_water_is_the_best_product_of_densities()
    {
        long[] sizes = [3, 5, 9];
        var best = double.NegativeInfinity;
        for (var a = 1; a <= 3; a++)
        {
            for (var b = 1; b <= 5; b++)
            {
                var c = 11 - a - b;
                best = c is >= 1 and <= 9 ? Math.Max(best, Math.Log(a / 3.0) + Math.Log(b / 5.0) + Math.Log(c / 9.0)) : best;
            }
        }

        var counts = new WaterFillBudget().Counts(LayerLists.Shapes([3], [5], [9]), 11);
        Assert.Equal(best, counts.Select((count, l) => Math.Log(count / (double)sizes[l])).Sum(), 12);
    }

    [Theory]
    [InlineData(400, 1e9, "size")]
    [InlineData(1e9, 5000, "cost")]
    [InlineData(400, 5000, "both")]
    [InlineData(1e9, 1e9, "none")]
    public void Two_limits_are_met_by_prices(double mostSize, double mostCost, string binding)
    {
        double[] n = [10, 100, 300, 1000], f = [9000, 20000, 700, 1000];
        var d = WaterFillBudget.Densities(n, f, mostSize, mostCost);
        double size = d.Zip(n, static (a, b) => a * b).Sum(), cost = d.Zip(f, static (a, b) => a * b).Sum();
        Assert.True(size <= mostSize * (1 + 1e-9) && cost <= mostCost * (1 + 1e-9));
        Assert.Equal(binding is "size" or "both", size >= mostSize * (1 - 1e-9));
        Assert.Equal(binding is "cost" or "both", cost >= mostCost * (1 - 1e-9));
        // 1/d = λ·n + μ·f where d < 1, with the same prices for all: two layers give them, the others have to agree.
        int[] open = [.. Enumerable.Range(0, 4).Where(l => d[l] < 1)];
        if (binding == "none")
        {
            Assert.Empty(open);
            return;
        }

        var (i, j) = (open[0], open[1]);
        var det = (n[i] * f[j]) - (n[j] * f[i]);
        double lambda = ((f[j] / d[i]) - (f[i] / d[j])) / det, mu = ((n[i] / d[j]) - (n[j] / d[i])) / det;
        Assert.True(lambda > -1e-9 && mu > -1e-9);
        Assert.All(Enumerable.Range(0, 4), l => Assert.Equal(Math.Min(1, 1 / ((lambda * n[l]) + (mu * f[l]))), d[l], 1e-6));
        Assert.True(binding != "both" || (lambda > 1e-9 && mu > 1e-9));
        Assert.Throws<NetworkPruningException>(() => WaterFillBudget.Densities(n, f.AsSpan(0, 3), 1, 1));
        Assert.Throws<NetworkPruningException>(() => WaterFillBudget.Densities(n, f, 0, 1));
    }

    [Fact]
    public void Billions_of_weights_are_shared_exactly()
    {
        BudgetLayer[] layers = [.. Enumerable.Range(0, 96).Select(static l => new BudgetLayer($"{l}", [12_288, 12_288 * (1 + (l % 4))]))];
        var all = layers.Sum(static layer => layer.Count);
        var random = Rng.Derive(3, 0, "test").Sequence();
        foreach (var budget in new IBudget[] { new UniformBudget(), new ErkBudget(), new WaterFillBudget() })
        {
            for (var i = 0; i < 20; i++)
            {
                var keep = (long)(random.NextDouble() * all);
                Assert.Equal(keep, budget.Counts(layers, keep).Sum());
            }
        }
    }

    private static (double[] Counts, HashSet<int> Dense) Loop(BudgetLayer[] layers, long keep)
    {
        var dense = new HashSet<int>();
        while (true)
        {
            double left = keep, divisor = 0;
            for (var l = 0; l < layers.Length; l++)
            {
                left -= dense.Contains(l) ? layers[l].Count : 0;
                divisor += dense.Contains(l) ? 0 : Raw(layers[l]) * layers[l].Count;
            }

            var epsilon = divisor > 0 ? left / divisor : 0;
            int[] over = [.. Enumerable.Range(0, layers.Length).Where(l => !dense.Contains(l) && Raw(layers[l]) * epsilon > 1)];
            if (over.Length == 0)
            {
                return ([.. layers.Select((layer, l) => dense.Contains(l) ? layer.Count : Raw(layer) * epsilon * layer.Count)], dense);
            }

            dense.UnionWith(over);
        }
    }

    private static double Raw(BudgetLayer layer) => layer.Shape.Sum() / (double)layer.Count;
}
