using Winnow.Scores;

namespace Winnow.Tests.Scores;

public class AumTests
{
    [Fact]
    public void Is_the_mean_over_all_visits_of_the_logit_margin() => Dynamics.Small.AssertEqual(
        static id => Enumerable.Range(0, Dynamics.Small.Epochs).Average(epoch => Margin(Dynamics.Small.Logits(epoch, id).ToArray(), Dynamics.Small.Labels[id])), "aum");

    [Fact]
    public void Says_that_low_is_likely_wrong() => Assert.Equal(ScoreOrientation.HigherIsCleaner, new AumScore().Orientation);

    private static double Margin(float[] z, int label) => (double)z[label] - z.Where((_, j) => j != label).Max();
}
