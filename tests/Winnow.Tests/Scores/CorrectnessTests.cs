namespace Winnow.Tests.Scores;

public class CorrectnessTests
{
    [Fact]
    public void Counts_the_visits_at_which_the_prediction_was_right() =>
        Dynamics.Small.AssertEqual(static id => Enumerable.Range(0, Dynamics.Small.Epochs).Count(epoch => Dynamics.Small.Correct(epoch, id)), "correctness");
}
