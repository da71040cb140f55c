namespace Winnow.Tests.Scores;

public class ProbabilityMarginTests
{
    [Fact]
    public void Is_the_sum_over_all_visits_of_the_margin_of_probabilities() => Dynamics.Small.AssertEqual(
        static id => Enumerable.Range(0, Dynamics.Small.Epochs).Sum(epoch => Margin(Dynamics.Small.Probabilities(epoch, id), Dynamics.Small.Labels[id])), "probability-margin");

    private static double Margin(double[] p, int label) => p[label] - p.Where((_, j) => j != label).Max();
}
