using Winnow.Catalog;
using Winnow.Samples;
using Winnow.Scores;

namespace Winnow.Tests.Scores;

public class ScoreSetTests
{
    [Fact]
    public void Knows_what_has_to_be_told_and_when_nothing_more_is_wanted()
    {
        var scores = new ScoreSet(4, [new El2nScore { Epochs = 2 }, new GrandScore { Epochs = 3 }, new El2nSumScore { Epochs = 2 }], 8);
        Assert.Equal(2, scores.LastEpoch);
        Assert.Equal([ScoreSignals.ErrorNorm], scores.Needs(ScoreEvidence.Visits));
        Assert.Equal([ScoreSignals.ErrorNorm, ScoreSignals.LastLayerGradient], scores.Needs(ScoreEvidence.Pass));
        Assert.Equal([ScoreSignals.ErrorNorm], scores.Needs(ScoreEvidence.Pass, 1));
        Assert.Equal([ScoreSignals.LastLayerGradient], scores.Needs(ScoreEvidence.Pass, 2));
        Assert.Empty(scores.Needs(ScoreEvidence.Visits, 2));
        Assert.Equal(-1, new ScoreSet(4, [], 8).LastEpoch);
        Assert.Equal(7, new ScoreSet(4, [new ForgettingScore()], 8).LastEpoch);
    }

    [Fact]
    public void Holds_two_of_one_kind_side_by_side_and_refuses_the_same_twice()
    {
        var dynamics = Dynamics.Small;
        var scores = new ScoreSet(dynamics.Count, [new El2nScore { Epochs = 1 }, new El2nScore { Epochs = 9 }], dynamics.Epochs);
        for (var epoch = 0; epoch < dynamics.Epochs; epoch++)
        {
            Assert.All(scores.All, score => dynamics.Tell(score, epoch, dynamics.Order(epoch)));
        }

        Assert.Equal(dynamics.Run("el2n:epochs=1"), scores.Results()[0].Values.ToArray());
        Assert.Equal(dynamics.Run("el2n:epochs=9"), scores.Results()[1].Values.ToArray());
        Assert.Throws<ArgumentException>(static () => new ScoreSet(4, [new AumScore(), new AumScore()], 8));
    }

    [Fact]
    public void Refuses_ids_and_numbers_that_cannot_be()
    {
        var score = new ScoreSet(4, [new CorrectnessScore()], 8).All[0];
        Assert.Throws<ArgumentException>(() => score.Observe(new BatchSignals { Ids = [4] }.With(Signal.Correct, [1])));
        Assert.Throws<SignalException>(() => score.Observe(new BatchSignals { Ids = [3] }.With(Signal.Correct, [float.NaN])));
        Assert.Throws<ArgumentException>(() => score.Result(new float[3]));
    }

    [Fact]
    public void Adds_up_hundreds_of_epochs_as_float64_would()
    {
        const int epochs = 3000;
        var score = new ScoreSet(1, [new ProbabilityMarginScore()], epochs).All[0];
        double sum = 0;
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            var value = (float)Math.Sin(epoch * 0.7) * 1e-3f + 0.9f;
            sum += value;
            score.Observe(new BatchSignals { Ids = [0], Epoch = epoch }.With(ScoreSignals.ProbabilityMargin, [value]));
        }

        var result = new float[1];
        score.Result(result);
        Assert.Equal((float)sum, result[0]);
    }

    [Fact]
    public void Averages_in_the_order_of_the_runs_and_keeps_what_was_never_learned_infinite()
    {
        var means = new ScoreMeans();
        means.Add([new ScoreValues("a", ScoreOrientation.HigherIsHarder, 1, new float[] { 1, float.PositiveInfinity })]);
        means.Add([new ScoreValues("a", ScoreOrientation.HigherIsHarder, 1, new float[] { 4, 2 }), new ScoreValues("b", ScoreOrientation.HigherIsCleaner, 1, new float[] { 1, 1 })]);
        Assert.Equal([2.5f, float.PositiveInfinity], means.Means()[0].Values.ToArray());
        Assert.Equal((2, 1), (means.Means()[0].Runs, means.Means()[1].Runs));
        Assert.Throws<ArgumentException>(() => means.Add([new ScoreValues("a", ScoreOrientation.HigherIsHarder, 1, new float[3])]));
    }

    [Fact]
    public void Answers_a_wrong_spec_with_what_there_is()
    {
        Assert.Contains("did you mean forgetting?", Assert.Throws<MethodSpecException>(static () => ScoreCatalog.Parse("forgeting")).Message, StringComparison.Ordinal);
        Assert.Contains("epochs, zero, infinity", Assert.Throws<MethodSpecException>(static () => ScoreCatalog.Parse("forgetting:never-learned=max")).Message, StringComparison.Ordinal);
    }
}
