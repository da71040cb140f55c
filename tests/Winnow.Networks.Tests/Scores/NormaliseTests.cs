using TorchSharp.Modules;
using Winnow.Networks.Masks;
using Winnow.Networks.Scores;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Networks.Tests.Scores;

public class NormaliseTests
{
    [Theory]
    [InlineData(Normalisation.None, new float[] { 1, -2, 3, 6 })]
    [InlineData(Normalisation.Mean, new float[] { 0.5f, -1, 1.5f, 3 })]
    [InlineData(Normalisation.Sum, new float[] { 0.125f, -0.25f, 0.375f, 0.75f })]
    [InlineData(Normalisation.L1, new[] { 1 / 12f, -2 / 12f, 3 / 12f, 6 / 12f })]
    [InlineData(Normalisation.L2, new[] { 0.14142136f, -0.28284271f, 0.42426407f, 0.84852814f })]
    [InlineData(Normalisation.Max, new[] { 1 / 6f, -2 / 6f, 3 / 6f, 1 })]
    [InlineData(Normalisation.ZScore, new[] { -0.34299717f, -1.3719887f, 0.34299717f, 1.3719887f })]
    [InlineData(Normalisation.MinMax, new[] { 0.375f, 0, 0.625f, 1 })]
    public void Each_is_its_closed_form(Normalisation by, float[] expected)
    {
        // Sum 8, magnitudes 12, squares 50, deviation √8.5.
        Assert.All(expected.Zip(Normalise.Apply(by, [1, -2, 3, 6])), static pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
        Assert.Equal([0f, 0, 0], Normalise.Apply(by, [0, 0, 0]));
        Assert.Empty(Normalise.Apply(by, []));
        // Dead ones don't count.
        var alive = Mask.Of("w", [true, true, true, true, false]);
        Assert.Equal(Normalise.Apply(by, [1, -2, 3, 6]), Normalise.Apply(by, [1, -2, 3, 6, 1e9f], alive)[..4]);
        Assert.Equal(by, Normalise.Parse(Normalise.Names[(int)by]));
    }

    [Fact]
    public void What_would_turn_the_order_round_is_refused()
    {
        Assert.Throws<NetworkPruningException>(static () => Normalise.Apply(Normalisation.Sum, [-1, -2]));
        Assert.Throws<NetworkPruningException>(static () => Normalise.Apply(Normalisation.Mean, [1, -1]));
        Assert.Contains("at 1", Assert.Throws<NetworkPruningException>(static () => Normalise.Apply(Normalisation.L2, [1, float.PositiveInfinity])).Message, StringComparison.Ordinal);
        Assert.Equal([0f, 0], Normalise.Apply(Normalisation.ZScore, [5, 5]));
        Assert.Equal([0f, 0], Normalise.Apply(Normalisation.MinMax, [5, 5]));
    }

    [Fact]
    public void A_score_is_normalised_layer_by_layer()
    {
        using var scope = NewDisposeScope();
        ScoreInput input = new([new("a", new Parameter(TensorData.FromSpan<float>([1, 3]))), new("b", new Parameter(TensorData.FromSpan<float>([-10, 30])))]);
        Assert.Equal([[0.25f, 0.75f], [0.25f, 0.75f]], WeightScoreCatalog.Parse("magnitude:normalise=sum").Score(input));
        Assert.Equal(new NormalisedScore(new MagnitudeScore(), Normalisation.ZScore), WeightScoreCatalog.Parse("magnitude:normalise=z-score"));
    }

    [Theory]
    [InlineData(Reduction.Sum, 6)]
    [InlineData(Reduction.Mean, 1.5)]
    [InlineData(Reduction.Max, 4)]
    [InlineData(Reduction.Prod, -24)]
    [InlineData(Reduction.First, -1)]
    public void Each_reduction_is_its_word(Reduction by, double expected)
    {
        double[] values = [-1, 2, 4, 1], more = [-1, 2, 4, 3];
        Assert.Equal(by == Reduction.Prod ? -8 : expected, Reductions.Of(by, values));
        Assert.Equal(by switch { Reduction.Sum => 8, Reduction.Mean => 2, _ => expected }, Reductions.Of(by, more));
        Assert.Equal([Reductions.Of(by, [1, 5]), Reductions.Of(by, [2, 7])], Reductions.Members(by, [[1, 2], [5, 7]]));
        Assert.Throws<NetworkPruningException>(() => Reductions.Of(by, []));
        Assert.Throws<NetworkPruningException>(() => Reductions.Members(by, []));
        Assert.Throws<NetworkPruningException>(() => Reductions.Members(by, [[1], [1, 2]]));
    }
}
