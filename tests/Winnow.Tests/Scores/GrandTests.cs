using Winnow.Scores;

namespace Winnow.Tests.Scores;

public class GrandTests
{
    [Fact]
    public void Is_the_length_of_the_error_times_that_of_the_feature_with_its_one() =>
        Dynamics.Small.AssertEqual(static id => Dynamics.Small.ErrorNorm(4, id, pass: true) * Math.Sqrt(1 + Math.Pow(Dynamics.Small.Features[(4 * Dynamics.Small.Count) + id], 2)), "grand:epochs=5");

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
