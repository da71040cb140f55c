using TorchSharp.Modules;
using Winnow.Networks.Masks;
using Winnow.Networks.Scores.Filters;
using Winnow.Networks.Tests.Support;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Networks.Tests.Scores;

public class FilterScoreTests
{
    [Fact]
    public void Filters_are_what_lies_at_each_index_of_an_axis()
    {
        using var scope = NewDisposeScope();
        var weight = Weight([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 2, 3, 2);
        Assert.Equal([6, 7, 8, 9, 10, 11], new FilterInput(weight).Weights(1));
        Assert.Equal([2, 3, 8, 9], new FilterInput(weight, 1).Weights(1));
        Assert.Equal([1, 3, 5, 7, 9, 11], new FilterInput(weight, 2).Weights(1));
        Assert.Equal(3, new FilterInput(weight, 1).Count);
    }

    [Fact]
    public void Norms_and_slopes_are_those_by_hand()
    {
        using var scope = NewDisposeScope();
        var input = new FilterInput(Weight([3, -4, 1, 2], 2, 2), gradient: TensorData.FromSpan<float>([1, 2, -1, 1], 2, 2), scale: TensorData.FromSpan<float>([-0.5f, 0.25f]));
        Assert.Equal([7.0, 3], new L1FilterScore().Score(input));
        Assert.Equal([5, Math.Sqrt(5)], new L2FilterScore().Score(input));
        Assert.Equal([25.0, 1], FilterScoreCatalog.Parse("taylor").Score(input));
        Assert.Equal([5.0, 1], FilterScoreCatalog.Parse("taylor:form=absolute").Score(input));
        Assert.Equal([11.0, 3], FilterScoreCatalog.Parse("taylor:form=elementwise").Score(input));
        Assert.Equal([0.5, 0.25], new NormScaleFilterScore().Score(input));
    }

    // A gate of ones at each output of a layer: its gradient is Σ w·g of the filter's weights and bias.
    [Fact]
    public void The_slope_of_a_filter_is_that_of_a_gate_at_it()
    {
        using var scope = NewDisposeScope();
        var weight = Weight(Nets.Floats(4 * 3 * 9, 1), 4, 3, 3, 3);
        var x = Nets.Random(2, 2, 3, 6, 6);
        var gate = ones(4, requires_grad: true);
        (nn.functional.conv2d(x, weight.Weight) * gate.reshape(1, 4, 1, 1)).tanh().sum().backward();
        var scores = new TaylorFilterScore(TaylorForm.Absolute).Score(new FilterInput(weight));
        Assert.All(gate.grad!.Values().Zip(scores), static pair => Assert.Equal(Math.Abs((double)pair.First), pair.Second, 1e-3));
    }

    [Fact]
    public void Distances_to_all_others_are_those_of_two_loops()
    {
        using var scope = NewDisposeScope();
        var input = new FilterInput(Weight(Nets.Floats(17 * 5, 3), 17, 5));
        var scores = new FpgmFilterScore().Score(input);
        for (var f = 0; f < 17; f++)
        {
            double sum = 0;
            for (var other = 0; other < 17; other++)
            {
                sum += Math.Sqrt(input.Weights(f).Zip(input.Weights(other), static (a, b) => ((double)a - b) * ((double)a - b)).Sum());
            }

            Assert.Equal(sum, scores[f]);
        }

        // In the midst of others: the middle one of three on a line.
        Assert.Equal([3.0, 2, 3], new FpgmFilterScore().Score(new(Weight([0, 1, 2], 3, 1))));
    }

    [Fact]
    public void Each_score_repeats_and_has_one_canonical_text()
    {
        using var scope = NewDisposeScope();
        var weight = Weight(Nets.Floats(60, 3), 6, 10);
        FilterInput Input() => new(weight, gradient: Nets.Random(5, 6, 10), scale: Nets.Random(6, 6)) { Seed = 7, Round = 2 };
        foreach (var method in FilterScoreCatalog.All)
        {
            var scores = FilterScoreCatalog.Parse(method.Name).Score(Input());
            Assert.Equal(6, scores.Length);
            Assert.All(scores, static score => Assert.True(score >= 0));
            Assert.Equal(scores, FilterScoreCatalog.Parse(method.Name).Score(Input()));
            Assert.Equal(method.Name, FilterScoreCatalog.Canonical(method.Name));
        }

        Assert.NotEqual(new RandomFilterScore().Score(Input()), new RandomFilterScore().Score(new(weight)));
    }

    [Fact]
    public void What_is_missing_or_no_number_is_refused_by_name_and_place()
    {
        using var scope = NewDisposeScope();
        var weight = Weight([1, 2, 3, 4], 2, 2);
        Assert.Contains("gradient of w", Assert.Throws<NetworkPruningException>(() => new TaylorFilterScore().Score(new(weight))).Message, StringComparison.Ordinal);
        Assert.Contains("behind w", Assert.Throws<NetworkPruningException>(() => new NormScaleFilterScore().Score(new(weight))).Message, StringComparison.Ordinal);
        Assert.Contains("axis 2", Assert.Throws<NetworkPruningException>(() => new FilterInput(weight, 2)).Message, StringComparison.Ordinal);
        Assert.Contains("[3]", Assert.Throws<NetworkPruningException>(() => new FilterInput(weight, scale: ones(3))).Message, StringComparison.Ordinal);
        Assert.Contains("[4]", Assert.Throws<NetworkPruningException>(() => new FilterInput(weight, gradient: ones(4))).Message, StringComparison.Ordinal);
        Assert.Contains("NaN at 2", Assert.Throws<NetworkPruningException>(() => new FilterInput(Weight([1, 2, float.NaN, 4], 2, 2))).Message, StringComparison.Ordinal);
        Assert.Contains("gradient of w is NaN at 1", Assert.Throws<NetworkPruningException>(() => new FilterInput(weight, gradient: TensorData.FromSpan<float>([1, float.NaN, 3, 4], 2, 2))).Message, StringComparison.Ordinal);
    }

    private static NamedWeight Weight(float[] values, params long[] shape) => new("w", new Parameter(TensorData.FromSpan<float>(values, shape)));
}
