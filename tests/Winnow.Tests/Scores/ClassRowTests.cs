using Winnow.Samples;
using Winnow.Scores;

namespace Winnow.Tests.Scores;

public class ClassRowTests
{
    private readonly double[] _room = new double[8];

    // Worked out by hand to six digits for z = (2, 1, 0), y = 0.
    [Fact]
    public void Says_of_three_logits_what_was_worked_out_by_hand()
    {
        var row = ClassRow.OfLogits([2, 1, 0], 0, _room);
        Assert.Equal(0.665241, row.TrueProbability, 6);
        Assert.Equal([0.665241, 0.244728, 0.090031], _room.Take(3).Select(static p => Math.Round(p, 6)));
        Assert.Equal(0.424336, row.ErrorNorm, 6);
        Assert.Equal(0.407606, row.Loss, 6);
        Assert.Equal(0.832396, row.Entropy, 6);
        Assert.Equal(0.420512, row.TopGap, 6);
        Assert.Equal(0.420512, row.ProbabilityMargin, 6);
        Assert.Equal(1, row.LogitMargin);
        Assert.True(row.Correct);
        Assert.Equal(1.039407, ClassRow.LastLayerGradient(row.ErrorNorm, Math.Sqrt(5)), 6);
    }

    [Fact]
    public void Says_the_same_of_probabilities_as_of_their_logits()
    {
        var dynamics = new Dynamics(50, 8, 2);
        for (var id = 0; id < 50; id++)
        {
            float[] p = [.. dynamics.Probabilities(1, id).Select(static v => (float)v)];
            var (logits, probabilities) = (ClassRow.OfLogits(dynamics.Logits(1, id), dynamics.Labels[id], _room), ClassRow.OfProbabilities(p, dynamics.Labels[id], _room));
            Assert.All(ClassRow.Signals, signal => Assert.Equal(logits[signal], probabilities[signal], 1e-5));
        }
    }

    [Fact]
    public void Stays_finite_for_logits_that_are_far_apart_and_has_no_negative_margin_of_equals()
    {
        var row = ClassRow.OfLogits([1000, -1000, 0], 1, _room);
        Assert.Equal(2000, row.Loss, 6);
        Assert.Equal(-2000, row.LogitMargin);
        Assert.Equal((0, Math.Sqrt(2)), (row.Entropy, row.ErrorNorm));
        Assert.Equal(0, row.TrueProbability);
        var equal = ClassRow.OfLogits([1, 1], 1, _room);
        Assert.Equal((0, 0, false), (equal.TopGap, equal.LogitMargin, equal.Correct));
    }

    [Fact]
    public void Has_no_other_signal() => Assert.Contains("error_norm", Assert.Throws<ArgumentException>(() => ClassRow.OfLogits([1, 2], 0, _room)[new Signal("other")]).Message, StringComparison.Ordinal);
}
