using Winnow.Samples;

namespace Winnow.Scores;

/// <summary>A score on its way through one run, with the table that it keeps its numbers in.</summary>
public sealed class RunningScore
{
    private readonly int _epochs;
    private readonly bool _losses;

    internal RunningScore(ISampleScore score, int count, int epochs)
    {
        (Score, Spec, _epochs) = (score, score.ToString()!, epochs);
        _losses = score.Needs.Contains(Signal.Loss);
        if (score.Needs.Count(static signal => signal != Signal.Loss) > BatchSignals.MostSignals)
        {
            throw new ArgumentException($"{Spec} needs {score.Needs.Count} signals and a batch carries {BatchSignals.MostSignals} beside the loss; make one of several", nameof(score));
        }

        if (epochs < score.LeastEpochs)
        {
            throw new ScoreException($"{Spec} needs a run of at least {score.LeastEpochs} epochs, and this one has {epochs}; train longer, or ask it of fewer epochs.");
        }

        Table = new SampleTable(count, score.Columns);
    }

    /// <summary>The rule.</summary>
    public ISampleScore Score { get; }

    /// <summary>Its canonical spec.</summary>
    public string Spec { get; }

    /// <summary>What it remembers.</summary>
    public SampleTable Table { get; }

    /// <summary>Whether it wants this evidence of an epoch.</summary>
    /// <param name="evidence">Visits or a pass.</param>
    /// <param name="epoch">0-based.</param>
    public bool Wants(ScoreEvidence evidence, int epoch) => Score.Evidence == evidence && epoch >= 0 && epoch < _epochs && Score.Looks(epoch, _epochs);

    /// <summary>Takes what was said of some samples; epochs in their order.</summary>
    /// <param name="batch">Ids, and at least what the score needs; whatever else there is, it isn't told. <see cref="BatchSignals.Epoch"/> is the epoch.</param>
    /// <exception cref="ArgumentException">There is no such sample, a signal is missing or of another length, or holds what it can't: by its place.</exception>
    public void Observe(in BatchSignals batch)
    {
        SignalRules.Check(batch, batch.Ids.Length);
        foreach (var id in batch.Ids)
        {
            _ = SampleIds.Place(id, Table.Count);
        }

        var told = new BatchSignals { Ids = batch.Ids, Losses = _losses ? batch.Losses : default, Refreshed = Score.Evidence == ScoreEvidence.Pass, Epoch = batch.Epoch };
        foreach (var needed in Score.Needs)
        {
            var values = batch[needed];
            if (values.Length != batch.Ids.Length)
            {
                throw new ArgumentException($"{values.Length} {needed.Plural} for {batch.Ids.Length} samples; {Spec} needs one a sample", nameof(batch));
            }

            told = told.With(needed, values);
        }

        Table.Mark(told);
        Score.Observe(Table, told);
    }

    /// <summary>Writes the score of every sample; NaN where too little was observed of one.</summary>
    /// <param name="result">One a sample.</param>
    public void Result(Span<float> result)
    {
        if (result.Length != Table.Count)
        {
            throw new ArgumentException($"room for {result.Length} of {Table.Count} samples; give one number a sample", nameof(result));
        }

        Score.Result(Table, result);
    }
}
