namespace Winnow.Scores;

/// <summary>One score of every sample.</summary>
/// <param name="Spec">The canonical spec.</param>
/// <param name="Orientation">What a larger number says.</param>
/// <param name="Runs">Over how many runs it is the mean, at least 1.</param>
/// <param name="Values">One a sample, in their order; infinite where the score says so, NaN where too little was observed of a sample; files hold none that is NaN.</param>
public sealed record ScoreValues(string Spec, ScoreOrientation Orientation, int Runs, ReadOnlyMemory<float> Values)
{
    /// <summary>Refuses numbers that are NaN.</summary>
    /// <exception cref="ScoreException">The first that is NaN, by its place.</exception>
    public void Check()
    {
        var values = Values.Span;
        for (var at = 0; at < values.Length; at++)
        {
            if (float.IsNaN(values[at]))
            {
                throw new ScoreException($"{Spec} of sample {at} is NaN: the sample wasn't visited often enough, or the model said NaN of it; visit all samples (method full), and look at the data and the learning rate.");
            }
        }
    }
}
