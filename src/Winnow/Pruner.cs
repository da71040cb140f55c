using System.Buffers;
using Winnow.Checkpoints;
using Winnow.Plans;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow;

/// <summary>
/// What a training loop holds: it plans epochs and takes the losses back. Per epoch: <see cref="Plan"/>, visit its batches, multiply
/// each loss by its weight, and <see cref="Observe(in PlannedBatch, ReadOnlySpan{float})"/> the raw losses, per batch or all at once.
/// </summary>
/// <remarks>Not safe for use by several threads at a time.</remarks>
public sealed class Pruner
{
    private readonly IPruningPolicy _policy;
    private readonly PrunerOptions _options;
    private readonly NeededSignals _needs;
    private readonly PrunerState _state;
    private readonly PlanAhead _ahead = new();

    // Set by Restore in the middle of an epoch, until an EpochShuffler has given out what is left of it.
    private bool _resumes;

    /// <summary>A pruner over never-seen samples.</summary>
    /// <param name="count">How many samples; at least 1.</param>
    /// <param name="policy">Which samples to visit, such as <c>PolicyCatalog.Parse("infobatch:keep=0.5")</c>.</param>
    /// <param name="options">The run's length and seed.</param>
    /// <exception cref="ArgumentOutOfRangeException">No samples, no epochs, or a negative number of threads.</exception>
    /// <exception cref="ArgumentException">The policy needs labels and the options hold none, or not one for each sample; or it needs more signals than a batch can carry.</exception>
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

        if (policy.NeedsLabels && options.Labels.IsEmpty)
        {
            throw new ArgumentException("the method looks at the samples' classes and there are no labels; give labels, one a sample", nameof(options));
        }

        if (policy.Save is { } asked && policy.LargestSave(options.Epochs) is var largest && asked > largest + 1e-9)
        {
            throw new UnreachableSaveException(asked, largest, options.Epochs);
        }

        (_policy, _options, _needs) = (policy, options, new NeededSignals(policy));
        _state = new PrunerState(new SampleTable(count, policy.Columns, options.Labels));
        Intake = new LossIntake(_state, policy, options.Threads);
    }

    /// <summary>What is remembered of the samples.</summary>
    public SampleTable Samples => _state.Samples;

    /// <summary>The current plan; null before the first.</summary>
    public EpochPlan? Current => _state.Plan;

    /// <summary>What each visited sample's observation has to hold, each signal once.</summary>
    public IReadOnlyList<Signal> Needs => _needs.All;

    /// <summary>Whether the samples that sit out are to be observed too, by <see cref="ObserveDropped"/> at the end of each epoch.</summary>
    public bool RefreshesDropped => _policy.RefreshesDropped;

    /// <summary>What the method suggests to multiply the current epoch's learning rate by; 1 for most.</summary>
    public double LearningRateScale => Current is { } plan ? _policy.LearningRateScale(plan.Count, plan.Total) : 1;

    /// <summary>
    /// Whether every sample of a batch has been observed: what a loop that goes on from a checkpoint skips. It doesn't matter what was
    /// fetched or in which order; losses that came back count.
    /// </summary>
    /// <param name="batch">A ticket of the current plan.</param>
    /// <exception cref="InvalidOperationException">The ticket is of another plan or another pruner, or nothing has been planned.</exception>
    public bool IsObserved(in PlannedBatch batch)
    {
        var plan = CurrentPlan();
        return ReferenceEquals(batch.Plan, plan) ? _state.Coverage.Holds(batch) : throw ForeignTicket(batch, plan);
    }

    /// <summary>How many samples of the current plan have no loss yet.</summary>
    public int Unobserved => _state.Unobserved;

    /// <summary>
    /// Writes the samples of the current plan that have no loss yet, in visiting order: what a loop that goes on in the middle of an epoch has
    /// left to visit, in batches of whatever size. Nothing that was observed is among them.
    /// </summary>
    /// <param name="ids">Takes the first so many of them; <see cref="Unobserved"/> long for all.</param>
    /// <returns>How many were written.</returns>
    public int CopyUnobserved(Span<int> ids) => _state.Coverage.Missing(ids);

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

        var plan = _ahead.Take() ?? Create(epoch, FreeMemory());
        _state.Begin(plan);
        return plan;
    }

    /// <summary>
    /// Begins to plan an epoch on another thread and returns at once, so that planning runs beside what the caller does meanwhile, such as an
    /// evaluation. <see cref="Plan"/> of that epoch then waits for it if it must and hands the plan over: the same plan, to the bit, that it
    /// would have made. Until then the losses are what the plan is made from: everything that would change them is refused, and so is another epoch.
    /// </summary>
    /// <param name="epoch">As for <see cref="Plan"/>. Begun already or current: nothing happens.</param>
    /// <remarks>What goes wrong while planning is thrown by <see cref="Plan"/>. With <see cref="PrunerOptions.ReusePlans"/> the current plan can't be read any more.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The epoch is outside the run or before the current one.</exception>
    /// <exception cref="InvalidOperationException">Another epoch is being planned; or the policy needs losses and samples of the current epoch have none, and that isn't allowed.</exception>
    public void PlanAhead(int epoch)
    {
        if (MayPlan(epoch) is not null || _ahead.IsUnderWay)
        {
            return;
        }

        // Here and not there: once this returns, nobody can read what is being overwritten.
        var memory = FreeMemory();
        _ahead.Begin(epoch, () => Create(epoch, memory));
    }

    /// <summary>Takes the losses of a batch of the current plan. Batches may come in any order, in parts, or as the whole epoch at once.</summary>
    /// <param name="batch">The ticket: a batch of the plan that <see cref="Plan"/> last returned.</param>
    /// <param name="losses">Raw losses (neither weighted nor averaged) in the order of the batch's ids. NaN and infinities are counted and their samples kept.</param>
    /// <exception cref="InvalidOperationException">The ticket is of another plan or another pruner, or nothing has been planned.</exception>
    /// <exception cref="ArgumentException">There are more or fewer losses than samples. Nothing is taken then.</exception>
    public void Observe(in PlannedBatch batch, ReadOnlySpan<float> losses) => Observe(batch, new BatchSignals { Losses = losses });

    /// <summary>The same with all signals that the method needs: see <see cref="Needs"/>.</summary>
    /// <param name="batch">The ticket: a batch of the plan that <see cref="Plan"/> last returned.</param>
    /// <param name="signals">In the order of the batch's ids; its own ids stay empty.</param>
    /// <exception cref="InvalidOperationException">The ticket is of another plan or another pruner, or nothing has been planned.</exception>
    /// <exception cref="ArgumentException">A needed signal is missing, there is more or less of one than samples, or one holds what it can't (<see cref="SignalRules"/>). Nothing is taken then.</exception>
    public void Observe(in PlannedBatch batch, in BatchSignals signals)
    {
        var plan = CurrentPlan();
        if (!ReferenceEquals(batch.Plan, plan))
        {
            throw ForeignTicket(batch, plan);
        }

        _needs.Check(batch.Count, signals);
        _state.Repeated += batch.Count - _state.Coverage.Add(batch);
        Intake.Take(batch, _needs.Told(signals));
    }

    /// <summary>Takes the one loss of a batch whose loss doesn't fall into a number a sample, for methods with the modifier <c>batch-loss</c>.</summary>
    /// <param name="batch">The ticket: a batch of the plan that <see cref="Plan"/> last returned.</param>
    /// <param name="batchLoss">The batch's mean loss.</param>
    /// <exception cref="InvalidOperationException">The ticket is of another plan or another pruner, or nothing has been planned.</exception>
    /// <exception cref="ArgumentException">The method needs a loss a sample.</exception>
    public void Observe(in PlannedBatch batch, float batchLoss)
    {
        if (_needs.Losses)
        {
            throw new ArgumentException("this method needs a loss a sample; add \"+batch-loss\" to its spec to rank samples by the loss of their batches", nameof(batchLoss));
        }

        var losses = ArrayPool<float>.Shared.Rent(batch.Count);
        losses.AsSpan(0, batch.Count).Fill(batchLoss);
        Observe(batch, new BatchSignals().With(Signal.BatchLoss, losses.AsSpan(0, batch.Count)));
        ArrayPool<float>.Shared.Return(losses);
    }

    /// <summary>Takes losses by sample id, for loops that have no tickets. An id given twice in an epoch: the last loss counts, and the repetition is counted.</summary>
    /// <param name="ids">Ids that the current plan visits.</param>
    /// <param name="losses">Raw losses (neither weighted nor averaged) in the order of the ids.</param>
    /// <exception cref="InvalidOperationException">Nothing has been planned.</exception>
    /// <exception cref="ArgumentException">Lengths differ, or an id is out of range or not in the current plan; the message names it. Nothing is taken then.</exception>
    public void Observe(ReadOnlySpan<long> ids, ReadOnlySpan<float> losses) => Observe(new BatchSignals { Ids = ids, Losses = losses });

    /// <summary>The same with all signals that the method needs: see <see cref="Needs"/>.</summary>
    /// <param name="signals">With ids that the current plan visits.</param>
    /// <exception cref="InvalidOperationException">Nothing has been planned.</exception>
    /// <exception cref="ArgumentException">A needed signal is missing, of another length than the ids or holds what it can't (<see cref="SignalRules"/>), or an id is out of range or not in the current plan. Nothing is taken then.</exception>
    public void Observe(in BatchSignals signals)
    {
        var plan = CurrentPlan();
        var ids = signals.Ids;
        _needs.Check(ids.Length, signals);
        var weights = plan.Weights;
        var rented = ArrayPool<int>.Shared.Rent(ids.Length);
        try
        {
            var narrow = rented.AsSpan(0, ids.Length);
            for (var i = 0; i < ids.Length; i++)
            {
                var id = SampleIds.Place(ids[i], weights.Length);
                if (weights[id] == 0)
                {
                    throw new ArgumentException($"sample {id} isn't in the plan of epoch {plan.Epoch}; observe the samples that the plan visits, with losses of that epoch", nameof(signals));
                }

                narrow[i] = id;
            }

            _state.Repeated += ids.Length - _state.Coverage.AddIds(narrow);
            Intake.Take(narrow, _needs.Told(signals));
        }
        finally
        {
            ArrayPool<int>.Shared.Return(rented);
        }
    }

    /// <summary>
    /// Takes what the model says of samples that sat out this epoch, for methods that ask for it (<see cref="RefreshesDropped"/>). Such
    /// samples aren't visits; they count as <see cref="PrunerStatistics.Refreshed"/>.
    /// </summary>
    /// <param name="signals">With ids that the current plan doesn't visit, each once.</param>
    /// <exception cref="InvalidOperationException">Nothing has been planned.</exception>
    /// <exception cref="ArgumentException">A needed signal is missing, of another length than the ids or holds what it can't (<see cref="SignalRules"/>), or an id is out of range or visited. Nothing is taken then.</exception>
    public void ObserveDropped(in BatchSignals signals)
    {
        var plan = CurrentPlan();
        _needs.Check(signals.Ids.Length, signals);
        foreach (var id in signals.Ids)
        {
            if (plan.Weights[SampleIds.Place(id, plan.Total)] != 0)
            {
                throw new ArgumentException($"sample {id} is visited in epoch {plan.Epoch}; observe it with the visited samples", nameof(signals));
            }
        }

        Intake.Refresh(_needs.Told(signals) with { Ids = signals.Ids });
    }

    /// <summary>Takes one loss a sample from another run or program, before anything is planned. They count as seen, not as observed.</summary>
    /// <param name="losses">One a sample; NaN means never seen, an infinity is a non-finite loss.</param>
    /// <exception cref="InvalidOperationException">Something has been planned.</exception>
    /// <exception cref="ArgumentException">There isn't exactly one loss a sample, or the method needs more than losses.</exception>
    public void Preload(ReadOnlySpan<float> losses) => Preload(new BatchSignals { Losses = losses });

    /// <summary>The same with all signals that the method needs: see <see cref="Needs"/>. Where batch losses are needed and not given, all samples are one batch.</summary>
    /// <param name="signals">One of each a sample, in the order of the samples; its own ids stay empty. A loss (or the score in its place) of NaN means never seen.</param>
    /// <exception cref="InvalidOperationException">Something has been planned.</exception>
    /// <exception cref="ArgumentException">A needed signal is missing, or there isn't exactly one of it a sample. Nothing is taken then.</exception>
    public void Preload(in BatchSignals signals)
    {
        if (Current is { } plan)
        {
            throw new InvalidOperationException($"epoch {plan.Epoch} has been planned; load losses before the first plan");
        }

        _ahead.ThrowIfUnderWay();
        var ranks = NeededSignals.Ranks(signals);
        if (ranks.Length != Samples.Count)
        {
            throw new ArgumentException($"{ranks.Length} losses for {Samples.Count} samples; pass one a sample, NaN for never seen", nameof(signals));
        }

        _needs.Check(Samples.Count, signals);
        Intake.Preload(_needs.Told(signals));
    }

    /// <summary>What has been planned and observed so far. Takes a pass over the samples; ask once an epoch, not once a batch.</summary>
    public PrunerStatistics Statistics => _state.Statistics(_policy.Save, _options.Threads);

    /// <summary>Writes everything that the pruner knows, in the middle of an epoch too. Losses that weren't observed yet aren't in it.</summary>
    /// <param name="destination">Any stream that can be written; stays open.</param>
    public void Save(Stream destination)
    {
        var checkpoint = new CheckpointWriter();
        Save(checkpoint);
        checkpoint.WriteTo(destination);
    }

    /// <summary>Adds everything that the pruner knows to a checkpoint that holds other things too.</summary>
    /// <param name="checkpoint">Write it before the pruner is used again.</param>
    public void Save(CheckpointWriter checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        _state.Save(checkpoint, _policy, _options);
    }

    /// <summary>A pruner that goes on where another was saved: same plans, same order, same statistics, bit for bit.</summary>
    /// <remarks>
    /// In the middle of an epoch <see cref="Current"/> is that epoch's plan; visit the batches for which <see cref="IsObserved"/> is false. With
    /// another batch size than before some batches would come in part a second time: then visit what <see cref="CopyUnobserved"/> gives. An
    /// <see cref="EpochShuffler"/> gives out the rest of that epoch first.
    /// </remarks>
    /// <param name="source">A stream that can seek, with what <see cref="Save(Stream)"/> wrote; stays open.</param>
    /// <param name="count">How many samples.</param>
    /// <param name="policy">The same policy with the same settings.</param>
    /// <param name="options">The same epochs, seed, order and labels; threads and <see cref="PrunerOptions.AllowUnobserved"/> may differ.</param>
    /// <exception cref="CheckpointException">It is torn or altered, of another version, or of another run; the message lists what differs.</exception>
    /// <inheritdoc cref="Pruner(int, IPruningPolicy, PrunerOptions)"/>
    public static Pruner Restore(Stream source, int count, IPruningPolicy policy, PrunerOptions options)
    {
        // What comes of an altered one is thrown away with the exception.
        var checkpoint = CheckpointReader.OpenUnread(source);
        var pruner = Restore(checkpoint, count, policy, options);
        checkpoint.CompareRest();
        return pruner;
    }

    /// <summary>The same from a checkpoint that holds other things too.</summary>
    /// <param name="checkpoint">With what <see cref="Save(CheckpointWriter)"/> added.</param>
    /// <param name="count">How many samples.</param>
    /// <param name="policy">The same policy with the same settings.</param>
    /// <param name="options">The same epochs, seed, order and labels; threads and <see cref="PrunerOptions.AllowUnobserved"/> may differ.</param>
    /// <exception cref="CheckpointException">It is of another run; the message lists what differs.</exception>
    public static Pruner Restore(CheckpointReader checkpoint, int count, IPruningPolicy policy, PrunerOptions options)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        var pruner = new Pruner(count, policy, options);
        checkpoint.Require(PrunerState.Identity(count, policy, options));
        pruner._state.Load(checkpoint, policy, options);
        pruner._resumes = pruner.Current is not null;
        return pruner;
    }

    /// <summary>Whether a restored pruner has given out what is left of its epoch; says so once.</summary>
    internal bool TakeResumed()
    {
        var resumes = _resumes && Unobserved > 0;
        _resumes = false;
        return resumes;
    }

    /// <summary>The samples of the current plan that have no loss yet, in visiting order.</summary>
    internal int[] Rest() => _state.Missing(int.MaxValue);

    /// <summary>How what is observed gets to where it is kept.</summary>
    internal LossIntake Intake { get; }

    // The current plan if it is the one that is asked for; throws where it can't be made yet.
    private EpochPlan? MayPlan(int epoch)
    {
        if (epoch < 0 || epoch >= _options.Epochs)
        {
            throw new ArgumentOutOfRangeException(nameof(epoch), epoch, $"the run has {_options.Epochs} epochs; epochs are 0-based, in [0, {_options.Epochs})");
        }

        if (Current is { } current && current.Epoch == epoch)
        {
            return current;
        }

        _ahead.ThrowUnless(epoch);
        if (Current is { } before)
        {
            if (epoch < before.Epoch)
            {
                throw new ArgumentOutOfRangeException(nameof(epoch), epoch, $"epoch {before.Epoch} has been planned; epochs go forward, make a new pruner to start again");
            }

            if (Unobserved > 0 && _needs.All.Count > 0 && !_options.AllowUnobserved)
            {
                throw StillUnobserved(before, epoch);
            }
        }

        return null;
    }

    private EpochPlan Create(int epoch, (float[]? Weights, int[]? Order) memory) => EpochPlan.Create(_policy, _state.Context(_options, epoch), Samples, _options.Order, memory);

    // The arrays of the current plan, if the next may have them.
    private (float[]? Weights, int[]? Order) FreeMemory() => _options.ReusePlans && Current is { } plan ? plan.Retire() : default;

    private EpochPlan CurrentPlan()
    {
        _ahead.ThrowIfUnderWay();
        return Current ?? throw new InvalidOperationException("nothing has been planned yet; plan an epoch first");
    }

    private static InvalidOperationException ForeignTicket(in PlannedBatch batch, EpochPlan current) => new(batch.Plan is null
        ? "the batch is a default value and belongs to no plan; take batches from the plan that Plan(epoch) returns"
        : batch.Plan.Epoch != current.Epoch
            ? $"the batch is of epoch {batch.Plan.Epoch}, the current plan is of epoch {current.Epoch}; observe an epoch's batches before planning the next"
            : $"the batch is of another pruner's plan of epoch {current.Epoch}; observe batches of this pruner's plan");

    private InvalidOperationException StillUnobserved(EpochPlan current, int epoch) => new(
        $"epoch {epoch} can't be planned: {Unobserved} of the {current.Count} samples of epoch {current.Epoch} have no loss yet " +
        $"(such as {string.Join(", ", _state.Missing(5))}); observe each batch's losses, or allow unobserved samples to plan with older losses");
}
