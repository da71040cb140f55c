using Winnow.Catalog;
using Winnow.Networks.Budgets;
using Winnow.Networks.Masks;

namespace Winnow.Networks.Tests.Budgets;

/// <summary>What holds of every budget in the catalogue.</summary>
public class BudgetContractTests
{
    public static TheoryData<string> Specs()
    {
        var specs = new TheoryData<string>();
        foreach (var method in BudgetCatalog.All)
        {
            specs.Add(method.Name);
            foreach (var parameter in method.Parameters.Where(static p => p.Example.Length > 0))
            {
                // What doesn't go with the others' defaults is its method's own matter.
                if (!(method.Name == "pq-index" && parameter.Name == "p"))
                {
                    specs.Add($"{method.Name}:{parameter.Name}={parameter.Example}");
                }
            }
        }

        return specs;
    }

    [Theory]
    [MemberData(nameof(Specs))]
    public void The_total_is_what_was_asked_for_over_random_layers(string spec)
    {
        var budget = BudgetCatalog.Parse(spec);
        var met = 0;
        for (var seed = 1UL; seed <= 60; seed++)
        {
            var layers = LayerLists.Random(seed, alive: seed % 2 == 0);
            var available = layers.Sum(static layer => layer.Available);
            foreach (var density in new[] { 0, 0.001, 0.05, 0.3, 0.5, 0.9, 1 })
            {
                long? keep = budget.SetsDensity ? null : Math.Min(available, BudgetExtensions.Kept(layers, density));
                MaskSet masks;
                try
                {
                    masks = budget.Choose(layers, keep);
                }
                catch (NetworkPruningException error)
                {
                    // Dense layers may need more than there is: said with what is possible.
                    Assert.Contains("can keep", error.Message, StringComparison.Ordinal);
                    continue;
                }

                met++;
                var counts = budget.Counts(layers, keep);
                Assert.Equal(keep ?? counts.Sum(), masks.Kept);
                Assert.Equal(counts, masks.Select(static mask => mask.Kept));
                Assert.Equal(layers.Select(static layer => layer.Name), masks.Select(static mask => mask.Name));
                Assert.All(layers.Zip(masks), static pair => Assert.True(pair.First.Alive is null || pair.Second.IsWithin(pair.First.Alive)));
                Assert.Equal(masks, budget.Choose(layers, keep));
            }
        }

        Assert.True(met > 100, $"{met}");
    }

    [Theory]
    [MemberData(nameof(Specs))]
    public void A_spec_has_one_canonical_text(string spec)
    {
        var canonical = BudgetCatalog.Canonical(spec);
        Assert.Equal(canonical, BudgetCatalog.Canonical(canonical));
        Assert.Equal(BudgetCatalog.Parse(spec), BudgetCatalog.Parse(canonical));
    }

    [Theory]
    [MemberData(nameof(Specs))]
    public void What_can_not_be_asked_for_is_refused(string spec)
    {
        var budget = BudgetCatalog.Parse(spec);
        BudgetLayer[] layers = [new("w", [2, 3], new float[] { 1, 2, 3, 4, 5, 6 }), new("v", [4], new float[4])];
        Assert.Throws<NetworkPruningException>(() => budget.Choose([], budget.SetsDensity ? null : 0));
        Assert.Throws<NetworkPruningException>(() => budget.Choose(layers, budget.SetsDensity ? 5 : null));
        Assert.Throws<NetworkPruningException>(() => budget.Choose([layers[0], layers[0]], budget.SetsDensity ? null : 1));
        Assert.Contains("v has no scores", Assert.Throws<NetworkPruningException>(() => budget.Choose([layers[0], new("v", [4])], budget.SetsDensity ? null : 1)).Message, StringComparison.Ordinal);
        if (!budget.SetsDensity)
        {
            Assert.Throws<NetworkPruningException>(() => budget.Choose(layers, 11));
            Assert.Throws<NetworkPruningException>(() => budget.Choose(layers, -1));
        }
    }

    [Fact]
    public void A_score_that_is_nan_is_refused_with_its_place()
    {
        var error = Assert.Throws<NetworkPruningException>(static () => new BudgetLayer("fc.weight", [2, 2], new[] { 0, 1, float.NaN, 2 })).Message;
        Assert.Contains("fc.weight at 2", error, StringComparison.Ordinal);
        Assert.Throws<NetworkPruningException>(static () => new BudgetLayer("w", [2, 2], new float[3]));
        Assert.Throws<NetworkPruningException>(static () => new BudgetLayer("w", [2, 2], default, Mask.Full("w", 4)));
    }

    [Theory]
    [InlineData("pq-index:p=1,q=1")]
    [InlineData("pq-index:p=2")]
    [InlineData("n-of-m:n=5,m=4")]
    [InlineData("erk:classifier=whole")]
    [InlineData("uniforn")]
    public void A_wrong_spec_is_refused(string spec) => Assert.Throws<MethodSpecException>(() => BudgetCatalog.Parse(spec));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1e-9, 1)]
    [InlineData(0.05, 1)]
    [InlineData(0.25, 3)]
    [InlineData(1, 10)]
    public void A_density_means_a_number(double density, long kept)
    {
        Assert.Equal(kept, BudgetExtensions.Kept(LayerLists.Shapes([2, 3], [4]), density));
        Assert.Throws<NetworkPruningException>(static () => BudgetExtensions.Kept([], double.NaN));
        Assert.Throws<NetworkPruningException>(static () => BudgetExtensions.Kept([], 1.01));
    }
}
