using System.Buffers;
using Winnow.Plans;
using Winnow.Samples;

namespace Winnow;

/// <content>Taking losses back.</content>
public sealed partial class Pruner
{
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

        Check(batch.Count, signals);
        _repeated += batch.Count - _coverage.Add(batch);
        Take(plan, batch, signals);
    }

    /// <summary>Takes the one loss of a batch whose loss doesn't fall into a number a sample, for methods with the modifier <c>batch-loss</c>.</summary>
    /// <param name="batch">The ticket: a batch of the plan that <see cref="Plan"/> last returned.</param>
    /// <param name="batchLoss">The batch's mean loss.</param>
    /// <exception cref="InvalidOperationException">The ticket is of another plan or another pruner, or nothing has been planned.</exception>
    /// <exception cref="ArgumentException">The method needs a loss a sample.</exception>
    public void Observe(in PlannedBatch batch, float batchLoss)
    {
        if (_policy.Needs.Has(Signals.Losses))
        {
            throw new ArgumentException("this method needs a loss a sample; add \"+batch-loss\" to its spec to rank samples by the loss of their batches", nameof(batchLoss));
        }

        var losses = ArrayPool<float>.Shared.Rent(batch.Count);
        losses.AsSpan(0, batch.Count).Fill(batchLoss);
        Observe(batch, new BatchSignals { BatchLosses = losses.AsSpan(0, batch.Count) });
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
        Check(ids.Length, signals);
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

            _repeated += ids.Length - _coverage.AddIds(narrow);
            Take(plan, narrow, signals);
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
        Check(signals.Ids.Length, signals);
        foreach (var id in signals.Ids)
        {
            if (plan.Weights[SampleIds.Place(id, plan.Total)] != 0)
            {
                throw new ArgumentException($"sample {id} is visited in epoch {plan.Epoch}; observe it with the visited samples", nameof(signals));
            }
        }

        var refreshed = new BatchSignals
        {
            Ids = signals.Ids,
            Losses = Ranks(signals),
            BatchLosses = BatchLosses(signals),
            Confidences = signals.Confidences,
            Correct = signals.Correct,
            Refreshed = true,
            Epoch = plan.Epoch,
        };
        _touched = true;
        _nonFinite += Samples.Mark(refreshed);
        _policy.Observe(Samples, refreshed);
        _refreshed += signals.Ids.Length;
    }

    private EpochPlan CurrentPlan()
    {
        ThrowIfPlanning();
        return _plan ?? throw new InvalidOperationException("nothing has been planned yet; plan an epoch first");
    }

    // Whether all that is given can be meant, and whether it is all that this method needs.
    private void Check(int ids, in BatchSignals signals)
    {
        var lossesMayLack = signals.Losses.IsEmpty && (!signals.Scores.IsEmpty || (!signals.BatchLosses.IsEmpty && !_policy.Needs.Has(Signals.Losses)));
        if (ids != signals.Losses.Length && !lossesMayLack)
        {
            throw new ArgumentException($"{signals.Losses.Length} losses for {ids} samples; pass one raw loss a sample, in the order of the ids", nameof(signals));
        }

        SignalRules.Check(signals, ids);
        if (_policy.Needs.Has(Signals.Predictions) && (ids != signals.Confidences.Length || ids != signals.Correct.Length))
        {
            throw new ArgumentException($"{signals.Confidences.Length} confidences and {signals.Correct.Length} correctness flags for {ids} samples; this method " +
                "needs one of each a sample beside the losses", nameof(signals));
        }
    }

    private static InvalidOperationException ForeignTicket(in PlannedBatch batch, EpochPlan current) => new(batch.Plan is null
        ? "the batch is a default value and belongs to no plan; take batches from the plan that Plan(epoch) returns"
        : batch.Plan.Epoch != current.Epoch
            ? $"the batch is of epoch {batch.Plan.Epoch}, the current plan is of epoch {current.Epoch}; observe an epoch's batches before planning the next"
            : $"the batch is of another pruner's plan of epoch {current.Epoch}; observe batches of this pruner's plan");
}
