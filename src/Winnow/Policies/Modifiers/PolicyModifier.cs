using Winnow.Samples;

namespace Winnow.Policies.Modifiers;

/// <summary>
/// A policy put around another: it changes what the inner one is told (a score in place of the loss) or what it decided (a guard that
/// forces samples in or out), and remembers columns of its own. Written after the method in a spec: <c>infobatch:keep=0.5+max-age:epochs=5</c>.
/// </summary>
/// <param name="inner">The policy inside.</param>
public abstract class PolicyModifier(IPruningPolicy inner) : IPruningPolicy
{
    /// <summary>The policy inside.</summary>
    protected IPruningPolicy Inner { get; } = inner;

    /// <summary>The columns that this adds; their names begin with the modifier's own.</summary>
    protected virtual IReadOnlyList<Column> OwnColumns => [];

    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns => [.. Inner.Columns, .. OwnColumns];

    /// <inheritdoc/>
    public virtual IReadOnlyList<Signal> Needs => Inner.Needs;

    /// <inheritdoc/>
    public virtual bool NeedsLabels => Inner.NeedsLabels;

    /// <inheritdoc/>
    public virtual bool RefreshesDropped => Inner.RefreshesDropped;

    /// <inheritdoc/>
    public double? Save => Inner.Save;

    /// <inheritdoc/>
    public virtual double LargestSave(int epochs, double drop = 1) => Inner.LargestSave(epochs, drop);

    /// <inheritdoc/>
    public virtual double LearningRateScale(int visited, int total) => Inner.LearningRateScale(visited, total);

    /// <inheritdoc/>
    public virtual IBatchSelection? BatchSelection => Inner.BatchSelection;

    /// <inheritdoc/>
    public virtual void Observe(SampleTable samples, in BatchSignals batch) => Inner.Observe(samples, batch);

    /// <inheritdoc/>
    public virtual void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights) => Inner.Plan(epoch, samples, weights);

    /// <summary>What this is with its settings, as it stands in a spec after the '+': the same text in every language.</summary>
    protected virtual string OwnSpec => GetType().Name;

    /// <summary>The spec of what is inside and of what is around it, by which a checkpoint knows them.</summary>
    public sealed override string ToString() => $"{Inner}+{OwnSpec}";
}
