using Winnow.Samples;

namespace Winnow.Policies;

/// <summary>
/// A rule that says which samples an epoch visits. A pure function: what it remembers is the declared columns of the sample table, so
/// that saving, resuming and merging need no code of the policy's own.
/// </summary>
public interface IPruningPolicy
{
    /// <summary>The numbers a sample that it keeps.</summary>
    IReadOnlyList<Column> Columns { get; }

    /// <summary>Whether a plan for the next epoch needs the losses of this one.</summary>
    bool NeedsLosses { get; }

    /// <summary>Stores what it needs. The flags have been set already. Losses may be NaN or infinite; an id given twice: the later one counts.</summary>
    /// <param name="samples">The table.</param>
    /// <param name="batch">Valid ids with their losses.</param>
    void Observe(SampleTable samples, in BatchSignals batch);

    /// <summary>Writes a weight for every sample: 0 = not this epoch, w &gt; 0 = visit, and multiply its loss by w. Never changes the table.</summary>
    /// <param name="epoch">Which epoch.</param>
    /// <param name="samples">The table.</param>
    /// <param name="weights">One a sample; holds anything at first, all must be written.</param>
    void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights);
}
