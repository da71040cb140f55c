using Winnow.Samples;

namespace Winnow.Scores;

/// <summary>A score of the visits of a training: the sum of one signal over them, or its mean.</summary>
public abstract record VisitScore : ISampleScore
{
    private readonly PreciseSum _sum;
    private readonly Column? _count;
    private readonly Signal _signal;

    /// <summary>A sum or a mean.</summary>
    /// <param name="name">What its columns are called by.</param>
    /// <param name="signal">Of what.</param>
    /// <param name="mean">Whether the sum is divided by the number of visits.</param>
    private protected VisitScore(string name, Signal signal, bool mean) =>
        (_sum, _signal, _count) = (new PreciseSum(name), signal, mean ? new Column(name + "/visits", 0, Merge.Sum) : null);

    /// <inheritdoc/>
    public abstract ScoreOrientation Orientation { get; }

    /// <inheritdoc/>
    public ScoreEvidence Evidence => ScoreEvidence.Visits;

    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns => _count is null ? _sum.Columns : [.. _sum.Columns, _count];

    /// <inheritdoc/>
    public IReadOnlyList<Signal> Needs => [_signal];

    /// <inheritdoc/>
    public int? Runs { get; init => field = ScoreRanges.Runs(value); }

    /// <inheritdoc/>
    public virtual int LeastEpochs => 1;

    /// <inheritdoc/>
    public virtual bool Looks(int epoch, int epochs) => true;

    /// <inheritdoc/>
    public void Observe(SampleTable samples, in BatchSignals batch)
    {
        ArgumentNullException.ThrowIfNull(samples);
        _sum.Add(samples, batch.Ids, batch[_signal]);
        if (_count is null)
        {
            return;
        }

        var counts = samples[_count];
        foreach (var id in batch.Ids)
        {
            counts[(int)id]++;
        }
    }

    /// <inheritdoc/>
    public void Result(SampleTable samples, Span<float> result)
    {
        ArgumentNullException.ThrowIfNull(samples);
        _sum.Result(samples, _count is null ? default : samples[_count], result);
    }
}
