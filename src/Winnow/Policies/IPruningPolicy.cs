using Winnow.Samples;

namespace Winnow.Policies;

/// <summary>
/// A rule that says which samples an epoch visits. A pure function: what it remembers is the declared columns of the sample table, so
/// that saving, resuming and merging need no code of the policy's own.
/// </summary>
/// <remarks>
/// A checkpoint knows a policy by its <see cref="object.ToString"/>: those of the catalogue say their canonical spec. A policy written elsewhere
/// overrides it with its name and settings, written invariantly; what a record says by itself holds numbers as the user's language has them.
/// </remarks>
public interface IPruningPolicy
{
    /// <summary>The numbers a sample that it keeps.</summary>
    IReadOnlyList<Column> Columns { get; }

    /// <summary>
    /// What it has to be told of each visited sample, such as <see cref="Signal.Loss"/>; a signal of its own is <c>new Signal("margin")</c>. It is told nothing else. A plan for
    /// the next epoch waits for this one's unless it is nothing.
    /// </summary>
    IReadOnlyList<Signal> Needs { get; }

    /// <summary>Whether it looks at the samples' classes, which are known before the run: <see cref="PrunerOptions.Labels"/>.</summary>
    bool NeedsLabels => false;

    /// <summary>
    /// Whether the samples that sit out are to be sent through the model at the end of the epoch, without training on them, and their
    /// signals handed to <see cref="Pruner.ObserveDropped"/>. That costs a forward pass each, which counts.
    /// </summary>
    bool RefreshesDropped => false;

    /// <summary>The share of all visits that the run shall save, in (0, 1); null when the rule's own parameters decide.</summary>
    double? Save => null;

    /// <summary>The largest share of visits that could be asked of it over a run of so many epochs; 0 when the saving can't be asked for.</summary>
    /// <param name="epochs">At least 1.</param>
    /// <param name="drop">The largest share of the samples that may sit out an epoch, in [0, 1]: what a guard around the rule leaves to it.</param>
    double LargestSave(int epochs, double drop = 1) => 0;

    /// <summary>What to multiply the learning rate by in an epoch that visits so many samples.</summary>
    /// <param name="visited">At least 1.</param>
    /// <param name="total">All samples.</param>
    double LearningRateScale(int visited, int total) => 1;

    /// <summary>How it chooses within a batch after a forward pass of the whole batch; null for those that decide before the epoch, as most do.</summary>
    IBatchSelection? BatchSelection => null;

    /// <summary>
    /// Stores what it needs. The flags have been set already. Losses may be NaN or infinite; an id given twice: the later one counts. It may
    /// be called by several threads at a time, for different samples: it writes to those samples' places and nowhere else.
    /// </summary>
    /// <param name="samples">The table.</param>
    /// <param name="batch">Valid ids with a loss each, or the number in its place, and what it <see cref="Needs"/> beside.</param>
    void Observe(SampleTable samples, in BatchSignals batch);

    /// <summary>Writes a weight for every sample: 0 = not this epoch, w &gt; 0 = visit, and multiply its loss by w. Never changes the table.</summary>
    /// <param name="epoch">Which epoch.</param>
    /// <param name="samples">The table.</param>
    /// <param name="weights">One a sample; holds anything at first, all must be written.</param>
    void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights);
}
