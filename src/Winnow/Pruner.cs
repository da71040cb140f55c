using System.Runtime.InteropServices;
using Winnow.Numerics;
using Winnow.Plans;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow;

/// <summary>
/// What a training loop holds: it plans epochs and takes the losses back. Per epoch: <see cref="Plan"/>, visit its batches, multiply
/// each loss by its weight, and <see cref="Observe(in PlannedBatch, ReadOnlySpan{float})"/> the raw losses, per batch or all at once.
/// </summary>
/// <remarks>Not safe for use by several threads at a time.</remarks>
public sealed partial class Pruner
{
    private readonly IPruningPolicy _policy;
    private readonly PrunerOptions _options;
    private readonly Coverage _coverage;
    private EpochPlan? _plan;
    private bool _touched;
    private int _epochs;
    private long _planned, _observedBefore, _repeated, _refreshed, _nonFinite;
    private LossSums _sums;

    /// <summary>A pruner over never-seen samples.</summary>
    /// <param name="count">How many samples; at least 1.</param>
    /// <param name="policy">Which samples to visit, such as <c>PolicyCatalog.Parse("infobatch:keep=0.5")</c>.</param>
    /// <param name="options">The run's length and seed.</param>
    /// <exception cref="ArgumentOutOfRangeException">No samples, no epochs, or a negative number of threads.</exception>
    /// <exception cref="ArgumentException">The policy needs labels and the options hold none, or not one for each sample.</exception>
    /// <exception cref="UnreachableSaveException">The policy can't save what it is asked to in so many epochs.</exception>
    public Pruner(int count, IPruningPolicy policy, PrunerOptions options)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(options);
        if (count < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, "a pruner needs at least one sample; is the data set empty?");
        }

        if (options.Epochs < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Epochs, $"a run of {options.Epochs} epochs; it has at least 1");
        }

        if (options.Threads < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Threads, $"{options.Threads} threads; there is at least 1, or 0 for all cores");
        }

        if (policy.Needs.Has(Signals.Labels) && options.Labels.IsEmpty)
        {
            throw new ArgumentException("the method looks at the samples' classes and there are no labels; give labels, one a sample", nameof(options));
        }

        if (policy.Save is { } asked && policy.LargestSave(options.Epochs) is var largest && asked > largest + 1e-9)
        {
            throw new UnreachableSaveException(asked, largest, options.Epochs);
        }

        (_policy, _options) = (policy, options);
        Samples = new SampleTable(count, policy.Columns, options.Labels);
        _coverage = new Coverage(count);
    }

    /// <summary>What is remembered of the samples.</summary>
    public SampleTable Samples { get; }

    /// <summary>The current plan; null before the first.</summary>
    public EpochPlan? Current => _plan;

    /// <summary>What each visited sample's observation has to hold.</summary>
    public Signals Needs => _policy.Needs & ~Signals.Labels;

    /// <summary>Whether the samples that sit out are to be observed too, by <see cref="ObserveDropped"/> at the end of each epoch.</summary>
    public bool RefreshesDropped => _policy.RefreshesDropped;

    /// <summary>What the method suggests to multiply the current epoch's learning rate by; 1 for most.</summary>
    public double LearningRateScale => _plan is null ? 1 : _policy.LearningRateScale(_plan.Count, _plan.Total);

    /// <summary>
    /// Whether every sample of a batch has been observed: what a loop that goes on from a checkpoint skips. It doesn't matter what was
    /// fetched or in which order; losses that came back count.
    /// </summary>
    /// <param name="batch">A ticket of the current plan.</param>
    /// <exception cref="InvalidOperationException">The ticket is of another plan or another pruner, or nothing has been planned.</exception>
    public bool IsObserved(in PlannedBatch batch)
    {
        var plan = CurrentPlan();
        return ReferenceEquals(batch.Plan, plan) ? _coverage.Holds(batch) : throw ForeignTicket(batch, plan);
    }

    /// <summary>How many samples of the current plan have no loss yet.</summary>
    public int Unobserved => _plan is null ? 0 : _plan.Count - _coverage.Count;

    /// <summary>
    /// Writes the samples of the current plan that have no loss yet, in visiting order: what a loop that goes on in the middle of an epoch has
    /// left to visit, in batches of whatever size. Nothing that was observed is among them.
    /// </summary>
    /// <param name="ids">Takes the first so many of them; <see cref="Unobserved"/> long for all.</param>
    /// <returns>How many were written.</returns>
    public int CopyUnobserved(Span<int> ids) => _plan is null ? 0 : _coverage.Missing(ids);

    /// <summary>
    /// The plan of an epoch. Asked again for the same epoch it returns the same plan, whatever was observed meanwhile. Epochs go forward;
    /// some may be left out.
    /// </summary>
    /// <param name="epoch">0-based, in [0, <see cref="PrunerOptions.Epochs"/>), not before the current one.</param>
    /// <exception cref="ArgumentOutOfRangeException">The epoch is outside the run or before the current one.</exception>
    /// <exception cref="InvalidOperationException">The policy needs losses and samples of the current epoch have none, and that isn't allowed.</exception>
    public EpochPlan Plan(int epoch)
    {
        if (MayPlan(epoch) is { } current)
        {
            return current;
        }

        var plan = Planned() ?? Create(epoch, FreeMemory());
        _plan = plan;
        _epochs++;
        _planned += plan.Count;
        _observedBefore += _coverage.Count;
        _coverage.Start(plan);
        (_sums, _touched) = (default, false);
        return plan;
    }

    // The current plan if it is the one that is asked for; throws where it can't be made yet.
    private EpochPlan? MayPlan(int epoch)
    {
        if (epoch < 0 || epoch >= _options.Epochs)
        {
            throw new ArgumentOutOfRangeException(nameof(epoch), epoch, $"the run has {_options.Epochs} epochs; epochs are 0-based, in [0, {_options.Epochs})");
        }

        if (_plan?.Epoch == epoch)
        {
            return _plan;
        }

        if (_ahead is not null && epoch != _aheadEpoch)
        {
            throw new InvalidOperationException($"epoch {epoch} can't be planned: epoch {_aheadEpoch} is being planned; call Plan({_aheadEpoch}) first");
        }

        if (_plan is { } current)
        {
            if (epoch < current.Epoch)
            {
                throw new ArgumentOutOfRangeException(nameof(epoch), epoch, $"epoch {current.Epoch} has been planned; epochs go forward, make a new pruner to start again");
            }

            if (Unobserved > 0 && (_policy.Needs & ~Signals.Labels) != Signals.None && !_options.AllowUnobserved)
            {
                throw StillUnobserved(current, epoch);
            }
        }

        return null;
    }

    private EpochPlan Create(int epoch, (float[]? Weights, int[]? Order) memory) => EpochPlan.Create(_policy, Context(epoch), Samples, _options.Order, memory);

    // The arrays of the current plan, if the next may have them.
    private (float[]? Weights, int[]? Order) FreeMemory() => _options.ReusePlans && _plan is { } plan ? plan.Retire() : default;

    /// <summary>What has been planned and observed so far. Takes a pass over the samples; ask once an epoch, not once a batch.</summary>
    public PrunerStatistics Statistics => new()
    {
        Epochs = _epochs,
        Planned = _planned,
        Observed = _observedBefore + _coverage.Count,
        Repeated = _repeated,
        Refreshed = _refreshed,
        NonFinite = _nonFinite,
        AskedSave = _policy.Save,
        Saved = _epochs == 0 ? 0 : 1 - ((double)_planned / ((double)Samples.Count * _epochs)),
        MeanLoss = _sums.Count == 0 ? double.NaN : _sums.Loss / _sums.Count,
        WeightedLoss = _sums.Count == 0 ? double.NaN : _sums.WeightedLoss / _sums.Weight,
        StoredLoss = !Samples.Has(Column.LossName) ? double.NaN
            : MaskedMean.Of(Samples[Column.Loss], MemoryMarshal.AsBytes(Samples.Flags), (byte)SampleFlags.Seen, _options.Threads).Mean,
    };

    private EpochContext Context(int epoch) =>
        new() { Epoch = epoch, TotalEpochs = _options.Epochs, Seed = _options.Seed, PlannedVisits = _planned, Threads = _options.Threads };

    private int[] Missing(int most)
    {
        var ids = new int[Math.Min(most, Unobserved)];
        CopyUnobserved(ids);
        return ids;
    }

    private InvalidOperationException StillUnobserved(EpochPlan current, int epoch) => new(
        $"epoch {epoch} can't be planned: {Unobserved} of the {current.Count} samples of epoch {current.Epoch} have no loss yet " +
        $"(such as {string.Join(", ", Missing(5))}); observe each batch's losses, or allow unobserved samples to plan with older losses");
}
