using Winnow.Samples;
using Winnow.Scores;

namespace Winnow.Tests.Scores;

public class GrandTests
{
    [Fact]
    public void Is_the_length_of_the_error_times_that_of_the_feature_with_its_one() =>
        Dynamics.Small.AssertEqual(static id => Dynamics.Small.ErrorNorm(4, id, pass: true) * Math.Sqrt(1 + Math.Pow(Dynamics.Small.Features[(4 * Dynamics.Small.Count) + id], 2)), "grand:epochs=5");

    [Fact]
    public void Over_all_parameters_it_goes_by_the_full_gradient_and_no_other_signal()
    {
        var score = (GrandScore)ScoreCatalog.Parse("grand:gradient=full,epochs=2,runs=3");
        Assert.Equal("grand:epochs=2,gradient=full,runs=3", score.ToString());
        Assert.Equal(new GrandScore { Epochs = 2, Full = true, Runs = 3 }, score);
        Assert.Equal("grand", ScoreCatalog.Canonical("grand:gradient=last-layer"));
        Assert.Equal([ScoreSignals.LastLayerGradient], new GrandScore().Needs);
        Assert.Equal([ScoreSignals.FullGradient], score.Needs);
        var scores = new ScoreSet(3, [score], epochs: 2);
        scores.All[0].Observe(new BatchSignals { Ids = [2L, 0, 1], Epoch = 1 }.With(ScoreSignals.FullGradient, [3f, 0.5f, 0]));
        Assert.Equal([0.5f, 0, 3], scores.Results()[0].Values.ToArray());
    }

    [Fact]
    public void Is_the_length_of_the_outer_product_which_the_closed_form_saves()
    {
        double[] error = [0.3, -0.8, 0.5], feature = [1, -2, 0.5, 3];
        var outer = error.Sum(e => feature.Sum(h => e * h * e * h));
        var norm = Math.Sqrt(error.Sum(static e => e * e));
        Assert.Equal(Math.Sqrt(outer), ClassRow.LastLayerGradient(norm, Math.Sqrt(feature.Sum(static h => h * h)), bias: false), 12);
        Assert.Equal(Math.Sqrt(outer + (norm * norm)), ClassRow.LastLayerGradient(norm, Math.Sqrt(feature.Sum(static h => h * h))), 12);
    }
}
