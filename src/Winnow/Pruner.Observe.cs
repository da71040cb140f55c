using System.Buffers;
using Winnow.Plans;

namespace Winnow;

/// <content>Taking losses back.</content>
public sealed partial class Pruner
{
    /// <summary>Takes the losses of a batch of the current plan. Batches may come in any order, in parts, or as the whole epoch at once.</summary>
    /// <param name="batch">The ticket: a batch of the plan that <see cref="Plan"/> last returned.</param>
    /// <param name="losses">Raw losses (neither weighted nor averaged) in the order of the batch's ids. NaN and infinities are counted and their samples kept.</param>
    /// <exception cref="InvalidOperationException">The ticket is of another plan or another pruner, or nothing has been planned.</exception>
    /// <exception cref="ArgumentException">There are more or fewer losses than samples. Nothing is taken then.</exception>
    public void Observe(in PlannedBatch batch, ReadOnlySpan<float> losses)
    {
        EpochPlan plan = CurrentPlan();
        if (!ReferenceEquals(batch.Plan, plan)) throw ForeignTicket(batch, plan);
        CheckLength(batch.Count, losses.Length);
        _repeated += batch.Count - _coverage.Add(batch);
        Take(plan, batch.Ids, losses);
    }

    /// <summary>Takes losses by sample id, for loops that have no tickets. An id given twice in an epoch: the last loss counts, and the repetition is counted.</summary>
    /// <param name="ids">Ids that the current plan visits.</param>
    /// <param name="losses">Raw losses (neither weighted nor averaged) in the order of the ids.</param>
    /// <exception cref="InvalidOperationException">Nothing has been planned.</exception>
    /// <exception cref="ArgumentException">Lengths differ, or an id is out of range or not in the current plan; the message names it. Nothing is taken then.</exception>
    public void Observe(ReadOnlySpan<long> ids, ReadOnlySpan<float> losses)
    {
        EpochPlan plan = CurrentPlan();
        CheckLength(ids.Length, losses.Length);
        ReadOnlySpan<float> weights = plan.Weights;
        int[] rented = ArrayPool<int>.Shared.Rent(ids.Length);
        try
        {
            Span<int> narrow = rented.AsSpan(0, ids.Length);
            for (int i = 0; i < ids.Length; i++)
            {
                long id = ids[i];
                if ((ulong)id >= (ulong)weights.Length)
                    throw new ArgumentException($"there is no sample {id}; ids are 0-based, in [0, {weights.Length})", nameof(ids));
                if (weights[(int)id] == 0)
                    throw new ArgumentException($"sample {id} isn't in the plan of epoch {plan.Epoch}; observe what the plan visits, or pass its batches as tickets", nameof(ids));
                narrow[i] = (int)id;
            }
            _repeated += ids.Length - _coverage.AddIds(narrow);
            Take(plan, narrow, losses);
        }
        finally
        {
            ArrayPool<int>.Shared.Return(rented);
        }
    }

    EpochPlan CurrentPlan() => _plan ?? throw new InvalidOperationException("nothing has been planned yet; call Plan(epoch) first");

    static void CheckLength(int ids, int losses)
    {
        if (ids != losses) throw new ArgumentException($"{losses} losses for {ids} samples; pass one raw loss a sample, in the order of the ids", nameof(losses));
    }

    static InvalidOperationException ForeignTicket(in PlannedBatch batch, EpochPlan current) => new(batch.Plan is null
        ? "the batch is a default value and belongs to no plan; take batches from the plan that Plan(epoch) returns"
        : batch.Plan.Epoch != current.Epoch
            ? $"the batch is of epoch {batch.Plan.Epoch}, the current plan is of epoch {current.Epoch}; observe an epoch's batches before planning the next"
            : $"the batch is of another pruner's plan of epoch {current.Epoch}; observe batches of this pruner's plan");
}
