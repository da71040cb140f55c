using Winnow.Catalog;
using Winnow.Networks.Budgets;
using Winnow.Networks.Masks;
using Winnow.Networks.Schedules;
using Winnow.Networks.Scores;
using Winnow.Networks.Scores.Filters;
using Winnow.Networks.Sparsity;
using Winnow.Networks.Tests.Support;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Networks.Tests.Scores;

/// <summary>What holds of every score in the catalogue, and of all catalogues.</summary>
public class ScoreContractTests
{
    public static TheoryData<string> Specs()
    {
        var specs = new TheoryData<string>();
        foreach (var method in WeightScoreCatalog.All)
        {
            specs.Add(method.Name);
            if (method.Parameters.Any(static p => p.Name == "normalise"))
            {
                specs.Add(method.Name + ":normalise=l2");
                specs.Add(method.Name + ":normalise=z-score");
            }
        }

        return specs;
    }

    [Theory]
    [MemberData(nameof(Specs))]
    public void Scores_are_the_same_bits_each_time_and_at_any_number_of_threads(string spec)
    {
        using var scope = NewDisposeScope();
        var score = WeightScoreCatalog.Parse(spec);
        var (net, input) = Input();
        var threads = get_num_threads();
        try
        {
            set_num_threads(1);
            var one = score.Layers(input);
            // Where libtorch runs the network, its sums depend on the threads.
            set_num_threads(score.Needs.HasFlag(ScoreEvidence.Network) ? 1 : 4);
            var four = score.Layers(input);
            Assert.Equal(input.Weights.Select(static weight => weight.Name), one.Select(static layer => layer.Name));
            Assert.All(one.Zip(four), static pair => Assert.Equal(pair.First.Scores.ToArray(), pair.Second.Scores.ToArray()));
            Assert.All(one, static layer => Assert.Equal(layer.Count, layer.Scores.Length));
            foreach (var budget in new[] { "global", "erk", "n-of-m" })
            {
                var rule = BudgetCatalog.Parse(budget);
                Assert.Equal(rule.Choose(one, rule.SetsDensity ? null : 500), rule.Choose(four, rule.SetsDensity ? null : 500));
            }
        }
        finally
        {
            set_num_threads(threads);
            net.Dispose();
        }
    }

    [Theory]
    [MemberData(nameof(Specs))]
    public void A_weight_that_is_nan_is_refused_with_its_place(string spec)
    {
        using var scope = NewDisposeScope();
        var (net, input) = Input();
        using var own = net;
        var values = net.get_parameter("fc1.weight")!.Values();
        values[17] = float.NaN;
        net.get_parameter("fc1.weight")!.CopyFrom<float>(values);
        Assert.Contains("fc1.weight is NaN at 17", Assert.Throws<NetworkPruningException>(() => WeightScoreCatalog.Parse(spec).Layers(input)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Specs))]
    public void What_is_missing_is_said(string spec)
    {
        using var scope = NewDisposeScope();
        var score = WeightScoreCatalog.Parse(spec);
        var (net, input) = Input();
        using var own = net;
        ScoreInput bare = new(input.Weights);
        if (score.Needs == ScoreEvidence.Weights)
        {
            Assert.Equal(score.Layers(input).Select(static layer => layer.Scores.ToArray()), score.Layers(bare with { Seed = 5 }).Select(static layer => layer.Scores.ToArray()));
        }
        else
        {
            Assert.Throws<NetworkPruningException>(() => score.Layers(bare));
        }

        var canonical = WeightScoreCatalog.Canonical(spec);
        Assert.Equal(canonical, WeightScoreCatalog.Canonical(canonical));
        Assert.Equal(score, WeightScoreCatalog.Parse(canonical));
    }

    [Fact]
    public void Dead_weights_and_groups_come_with_the_layers()
    {
        using var scope = NewDisposeScope();
        var (net, input) = Input();
        using var own = net;
        var alive = new UniformBudget().Choose(new RandomScore().Layers(input), 700);
        var layers = new MagnitudeScore().Layers(input with { Alive = alive, GroupOf = static name => name.Split('.')[0][..2] });
        Assert.Equal(["co", "co", "fc", "fc"], layers.Select(static layer => layer.Group));
        Assert.Equal(700, layers.Sum(static layer => layer.Available));
        Assert.True(new GlobalBudget().Choose(layers, 300).IsWithin(alive));
    }

    [Fact]
    public void The_list_of_methods_is_that_of_the_catalogues()
    {
        Assert.Equal(WeightScoreCatalog.All.Count + FilterScoreCatalog.All.Count + BudgetCatalog.All.Count + DensityScheduleCatalog.All.Count + SparsityPresets.All.Count, NetworkMethods.All.Count);
        Assert.All(NetworkMethods.All, static method => Assert.True(method.Summary.EndsWith('.') && method.Citation.Length > 0));
        Assert.Equal(NetworkMethods.All.Count, NetworkMethods.All.Select(static method => (method.Part, method.Name)).Distinct().Count());
        Assert.Throws<MethodSpecException>(static () => WeightScoreCatalog.Parse("magnitud"));
        Assert.Throws<MethodSpecException>(static () => WeightScoreCatalog.Parse("snip:normalise=l3"));
        Assert.All(WeightScoreCatalog.All, static method => Assert.Equal(method, WeightScoreCatalog.Find(method.Name)));
        Assert.All(FilterScoreCatalog.All, static method => Assert.Equal(method, FilterScoreCatalog.Find(method.Name)));
        Assert.All(BudgetCatalog.All, static method => Assert.Equal(method, BudgetCatalog.Find(method.Name)));
        Assert.All(DensityScheduleCatalog.All, static method => Assert.Equal(method, DensityScheduleCatalog.Find(method.Name)));
    }

    // Given gradients: those of libtorch are the same at one number of threads only. The loss is separable, so that its derivatives are, too.
    private static (nn.Module<Tensor, Tensor> Network, ScoreInput Input) Input()
    {
        var net = Nets.Convolutional();
        var weights = PrunableWeights.Of(net);
        return (net, new(weights)
        {
            Gradients = [.. weights.Select(static (weight, k) => Nets.Random(40 + (ulong)k, weight.Weight.shape))],
            Loss = () => weights.Select(static weight => (weight.Weight * weight.Weight * weight.Weight).sum()).Aggregate(static (a, b) => a + b),
            Network = net,
            Sample = zeros(2, 3, 6, 6),
            Seed = 5,
        });
    }
}
