using Winnow.Samples;

namespace Winnow.Scores;

/// <summary>A score of one pass over the samples: a signal as the model tells it after some epoch, in evaluation mode.</summary>
public abstract record PassScore : ISampleScore
{
    private readonly Column _value;
    private readonly Signal _signal;

    /// <summary>A signal of one pass.</summary>
    /// <param name="name">What its column is called by.</param>
    /// <param name="signal">Which.</param>
    private protected PassScore(string name, Signal signal) => (_value, _signal) = (new Column(name + "/value", float.NaN), signal);

    /// <inheritdoc/>
    public abstract ScoreOrientation Orientation { get; }

    /// <inheritdoc/>
    public ScoreEvidence Evidence => ScoreEvidence.Pass;

    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns => [_value];

    /// <inheritdoc/>
    public IReadOnlyList<Signal> Needs => [Told];

    /// <inheritdoc/>
    public int? Runs { get; init => field = ScoreRanges.Runs(value); }

    /// <inheritdoc/>
    public virtual int LeastEpochs => 1;

    /// <summary>After the last epoch, unless the score says otherwise.</summary>
    /// <inheritdoc/>
    public virtual bool Looks(int epoch, int epochs) => epoch == epochs - 1;

    /// <inheritdoc/>
    public void Observe(SampleTable samples, in BatchSignals batch)
    {
        ArgumentNullException.ThrowIfNull(samples);
        var column = samples[_value];
        var values = batch[Told][..batch.Ids.Length];
        for (var i = 0; i < values.Length; i++)
        {
            column[(int)batch.Ids[i]] = Score(values[i]);
        }
    }

    /// <inheritdoc/>
    public void Result(SampleTable samples, Span<float> result)
    {
        ArgumentNullException.ThrowIfNull(samples);
        samples[_value].CopyTo(result);
    }

    /// <summary>The signal it goes by: the constructor's, unless a parameter of the score chooses another.</summary>
    private protected virtual Signal Told => _signal;

    /// <summary>The score by the signal: the same number, unless the score says otherwise.</summary>
    private protected virtual float Score(float signal) => signal;
}
