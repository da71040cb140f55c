using System.Numerics;
using Winnow.Checkpoints;

namespace Winnow.Plans;

/// <summary>
/// Which samples of a plan have been observed. Tickets are ranges of the order, so bits by place cost next to nothing; the first call by
/// id turns them into bits by id for the rest of the epoch.
/// </summary>
internal sealed class Coverage
{
    readonly ulong[] _bits;
    EpochPlan? _plan;
    bool _byId;

    /// <summary>Room for so many samples.</summary>
    public Coverage(int samples) => _bits = new ulong[((long)samples + 63) / 64];

    /// <summary>How many different samples of the plan have been observed.</summary>
    public int Count { get; private set; }

    /// <summary>Starts a plan: nothing observed.</summary>
    public void Start(EpochPlan plan)
    {
        (_plan, _byId, Count) = (plan, false, 0);
        Array.Clear(_bits);
    }

    /// <summary>Covers a range of the order. Returns how many of it weren't covered before.</summary>
    public int Add(in PlannedBatch batch)
    {
        if (_byId) return Add(batch.Ids);
        int fresh = 0;
        for (int at = batch.Start, end = batch.Start + batch.Count; at < end;)
        {
            int bit = at & 63, length = Math.Min(64 - bit, end - at);
            ulong mask = (length == 64 ? ulong.MaxValue : (1UL << length) - 1) << bit;
            fresh += BitOperations.PopCount(mask & ~_bits[at >> 6]);
            _bits[at >> 6] |= mask;
            at += length;
        }
        Count += fresh;
        return fresh;
    }

    /// <summary>Covers ids of the plan, perhaps some of them twice. Returns how many weren't covered before.</summary>
    public int AddIds(ReadOnlySpan<int> ids)
    {
        if (!_byId) TurnToIds();
        return Add(ids);
    }

    /// <summary>Whether every sample of a range of the order is covered.</summary>
    public bool Holds(in PlannedBatch batch)
    {
        for (int place = batch.Start; place < batch.Start + batch.Count; place++)
        {
            if (!Has(_byId ? batch.Plan.Order[place] : place)) return false;
        }
        return true;
    }

    /// <summary>Adds the bits to a checkpoint.</summary>
    public void Save(CheckpointWriter checkpoint)
    {
        checkpoint.Fact(BitsAreFact, _byId ? "ids" : "places");
        checkpoint.Add<ulong>(BitsSection, _bits);
    }

    /// <summary>Takes the bits of the plan that was started from a checkpoint.</summary>
    public void Load(CheckpointReader checkpoint)
    {
        _byId = checkpoint.Fact(BitsAreFact) == "ids";
        checkpoint.Read<ulong>(BitsSection, _bits);
        Count = 0;
        foreach (ulong bits in _bits) Count += BitOperations.PopCount(bits);
    }

    const string BitsAreFact = "pruner.observed", BitsSection = "pruner.observed";

    /// <summary>The first few samples of the plan that aren't covered.</summary>
    public IReadOnlyList<int> Missing(int most)
    {
        var missing = new List<int>();
        ReadOnlySpan<int> order = _plan is null ? [] : _plan.Order;
        for (int place = 0; place < order.Length && missing.Count < most; place++)
        {
            if (!Has(_byId ? order[place] : place)) missing.Add(order[place]);
        }
        return missing;
    }

    int Add(ReadOnlySpan<int> ids)
    {
        int fresh = 0;
        foreach (int id in ids)
        {
            fresh += Has(id) ? 0 : 1;
            _bits[id >> 6] |= 1UL << id;
        }
        Count += fresh;
        return fresh;
    }

    void TurnToIds()
    {
        ulong[] places = [.. _bits];
        Array.Clear(_bits);
        _byId = true;
        ReadOnlySpan<int> order = _plan!.Order;
        for (int place = 0; place < order.Length; place++)
        {
            if ((places[place >> 6] & (1UL << place)) != 0) _bits[order[place] >> 6] |= 1UL << order[place];
        }
    }

    bool Has(int bit) => (_bits[bit >> 6] & (1UL << bit)) != 0;
}
