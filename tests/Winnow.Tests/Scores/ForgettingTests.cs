using Winnow.Samples;
using Winnow.Scores;

namespace Winnow.Tests.Scores;

public class ForgettingTests
{
    [Theory]
    [InlineData("forgetting", 6)]
    [InlineData("forgetting:never-learned=zero", 0)]
    [InlineData("forgetting:never-learned=infinity", double.PositiveInfinity)]
    public void Counts_what_was_right_and_is_wrong_and_lets_a_switch_say_what_was_never_right(string spec, double never)
    {
        // By hand: 1 0 1 0 0 1 is forgotten twice; 0 0 0 1 1 1 never, 1 1 1 1 1 0 once; then one that is never right, and one that always is.
        float[][] right = [[1, 0, 1, 0, 0, 1], [0, 0, 0, 1, 1, 1], [1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1]];
        var scores = new ScoreSet(5, [ScoreCatalog.Parse(spec)], 6);
        for (var epoch = 0; epoch < 6; epoch++)
        {
            scores.All[0].Observe(new BatchSignals { Ids = [4, 3, 2, 1, 0], Epoch = epoch }.With(Signal.Correct, [.. right.Reverse().Select(row => row[epoch])]));
        }

        Assert.Equal([2, 0, 1, (float)never, 0], scores.Results()[0].Values.ToArray());
    }

    [Theory]
    [InlineData("forgetting")]
    [InlineData("forgetting:never-learned=zero")]
    public void Agrees_with_a_count_over_the_whole_history(string spec)
    {
        var dynamics = new Dynamics(200, 10, 7);
        dynamics.AssertEqual(id =>
        {
            var right = Enumerable.Range(0, 7).Select(epoch => dynamics.Correct(epoch, id)).ToArray();
            return right.Contains(true) ? Enumerable.Range(1, 6).Count(epoch => right[epoch - 1] && !right[epoch]) : spec == "forgetting" ? 7 : 0;
        }, spec);
        Assert.Contains(dynamics.Labels.Index(), entry => Enumerable.Range(0, 7).All(epoch => !dynamics.Correct(epoch, entry.Index)));
    }

    [Fact]
    public void Gives_a_sample_that_was_never_visited_no_score()
    {
        var scores = new ScoreSet(2, [new ForgettingScore()], 1);
        scores.All[0].Observe(new BatchSignals { Ids = [0] }.With(Signal.Correct, [1]));
        var error = Assert.Throws<ScoreException>(() => scores.Results());
        Assert.Contains("forgetting of sample 1 is NaN", error.Message, StringComparison.Ordinal);
    }
}
