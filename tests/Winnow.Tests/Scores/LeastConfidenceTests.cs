namespace Winnow.Tests.Scores;

public class LeastConfidenceTests
{
    [Fact]
    public void Is_what_the_largest_probability_lacks_after_the_last_epoch() => Dynamics.Small.AssertEqual(static id => 1 - Dynamics.Small.Probabilities(24, id, pass: true).Max(), "least-confidence");
}
