using Winnow.Samples;

namespace Winnow.Scores;

/// <summary>
/// A rule that makes one number a sample out of a training. What it remembers is the declared columns of a sample table, so that saving, going on and several
/// processes need no code of the score's own; its state grows with the number of samples and with nothing else.
/// </summary>
/// <remarks>A checkpoint knows a score by its <see cref="object.ToString"/>: those of the catalogue say their canonical spec.</remarks>
public interface ISampleScore
{
    /// <summary>What a larger number says.</summary>
    ScoreOrientation Orientation { get; }

    /// <summary>Whether it goes by the visits of the training or by passes of its own.</summary>
    ScoreEvidence Evidence { get; }

    /// <summary>The numbers a sample that it keeps.</summary>
    IReadOnlyList<Column> Columns { get; }

    /// <summary>What it has to be told of each sample, at most <see cref="BatchSignals.MostSignals"/> beside the loss. It is told nothing else.</summary>
    IReadOnlyList<Signal> Needs { get; }

    /// <summary>How many epochs the training has to have, at least 1.</summary>
    int LeastEpochs => 1;

    /// <summary>Over how many runs, each from a seed of its own, the score is to be averaged, at least 1; null leaves it to whoever runs them.</summary>
    int? Runs => null;

    /// <summary>Whether it wants the evidence of an epoch: its visits, or a pass after it.</summary>
    /// <param name="epoch">0-based, below <paramref name="epochs"/>.</param>
    /// <param name="epochs">Epochs of the run, at least <see cref="LeastEpochs"/>.</param>
    bool Looks(int epoch, int epochs);

    /// <summary>
    /// Takes what was said of some samples; epochs come in their order. The flags have been set already. An id given twice is two observations, in the order given. It may be called by
    /// several threads at a time for different samples: it writes to those samples' places and nowhere else.
    /// </summary>
    /// <param name="samples">The table.</param>
    /// <param name="batch">Valid ids, and what it <see cref="Needs"/> beside, one number a sample. Whatever is NaN there makes the sample's score NaN.</param>
    void Observe(SampleTable samples, in BatchSignals batch);

    /// <summary>Writes the score of every sample; NaN where too little was observed of one. Never changes the table.</summary>
    /// <param name="samples">The table.</param>
    /// <param name="result">One a sample; holds anything at first, all are written.</param>
    void Result(SampleTable samples, Span<float> result);
}
