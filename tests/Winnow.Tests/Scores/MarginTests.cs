namespace Winnow.Tests.Scores;

public class MarginTests
{
    [Fact]
    public void Is_the_largest_probability_less_the_next_whatever_the_label() =>
        Dynamics.Small.AssertEqual(static id => Dynamics.Small.Probabilities(24, id, pass: true).OrderDescending().ToArray() is var p ? p[0] - p[1] : 0, "margin");
}
