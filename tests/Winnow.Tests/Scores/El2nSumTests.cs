using Winnow.Scores;

namespace Winnow.Tests.Scores;

public class El2nSumTests
{
    [Theory]
    [InlineData("el2n-sum", 10)]
    [InlineData("el2n-sum:epochs=3", 3)]
    public void Is_the_sum_over_the_visits_of_the_first_epochs(string spec, int epochs) =>
        Dynamics.Small.AssertEqual(id => Enumerable.Range(0, epochs).Sum(epoch => Dynamics.Small.ErrorNorm(epoch, id)), spec);

    [Fact]
    public void Refuses_a_run_that_is_too_short()
    {
        var error = Assert.Throws<ScoreException>(static () => new ScoreSet(3, [new El2nSumScore()], 8));
        Assert.Contains("el2n-sum needs a run of at least 10 epochs, and this one has 8", error.Message, StringComparison.Ordinal);
    }
}
