using System.Numerics;
using Winnow.Checkpoints;
using Winnow.Numerics;

namespace Winnow.Plans;

/// <summary>
/// Which samples of a plan have been observed. Tickets are ranges of the order, so bits by place cost next to nothing; the first call by
/// id turns them into bits by id for the rest of the epoch.
/// </summary>
internal sealed class Coverage
{
    private readonly ulong[] _bits;
    private EpochPlan? _plan;
    private bool _byId;

    /// <summary>Room for so many samples.</summary>
    public Coverage(int samples) => _bits = HugePages.Zeros<ulong>((int)(((long)samples + 63) / 64));

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
        if (_byId)
        {
            return AddById(batch);
        }

        var fresh = 0;
        for (int at = batch.Start, end = batch.Start + batch.Count; at < end;)
        {
            int bit = at & 63, length = Math.Min(64 - bit, end - at);
            var mask = (length == 64 ? ulong.MaxValue : (1UL << length) - 1) << bit;
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
        if (!_byId)
        {
            TurnToIds();
        }

        return Add(ids);
    }

    /// <summary>Whether every sample of a range of the order is covered.</summary>
    public bool Holds(in PlannedBatch batch)
    {
        Span<int> id = stackalloc int[1];
        for (var place = batch.Start; place < batch.Start + batch.Count; place++)
        {
            if (_byId)
            {
                batch.Plan.CopyOrder(place, id);
            }

            if (!Has(_byId ? id[0] : place))
            {
                return false;
            }
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
        foreach (var bits in _bits)
        {
            Count += BitOperations.PopCount(bits);
        }
    }

    private const string BitsAreFact = "pruner.observed", BitsSection = "pruner.observed";

    /// <summary>Writes the samples of the plan that aren't covered, in visiting order, as many as there is room for. Returns how many.</summary>
    public int Missing(Span<int> missing)
    {
        if (_plan is null)
        {
            return 0;
        }

        var found = 0;
        Span<int> ids = stackalloc int[64];
        for (var at = 0; at < _plan.Count && found < missing.Length; at += 64)
        {
            var length = Math.Min(64, _plan.Count - at);
            // Most of an epoch may be covered: only where something is missing are ids looked up.
            if (!_byId && _bits[at >> 6] == (length == 64 ? ulong.MaxValue : (1UL << length) - 1))
            {
                continue;
            }

            _plan.CopyOrder(at, ids[..length]);
            for (var i = 0; i < length && found < missing.Length; i++)
            {
                if (!Has(_byId ? ids[i] : at + i))
                {
                    missing[found++] = ids[i];
                }
            }
        }

        return found;
    }

    private int AddById(in PlannedBatch batch)
    {
        var fresh = 0;
        Span<int> ids = stackalloc int[256];
        for (var at = 0; at < batch.Count; at += 256)
        {
            var piece = ids[..Math.Min(256, batch.Count - at)];
            batch.Plan.CopyOrder(batch.Start + at, piece);
            fresh += Add(piece);
        }

        return fresh;
    }

    private int Add(ReadOnlySpan<int> ids)
    {
        var fresh = 0;
        foreach (var id in ids)
        {
            fresh += Has(id) ? 0 : 1;
            _bits[id >> 6] |= 1UL << id;
        }

        Count += fresh;
        return fresh;
    }

    private void TurnToIds()
    {
        ulong[] places = [.. _bits];
        Array.Clear(_bits);
        _byId = true;
        Span<int> ids = stackalloc int[64];
        for (var at = 0; at < _plan!.Count; at += 64)
        {
            var covered = places[at >> 6];
            if (covered == 0)
            {
                continue;
            }

            var piece = ids[..Math.Min(64, _plan.Count - at)];
            _plan.CopyOrder(at, piece);
            for (var i = 0; i < piece.Length; i++)
            {
                if ((covered & (1UL << i)) != 0)
                {
                    _bits[piece[i] >> 6] |= 1UL << piece[i];
                }
            }
        }
    }

    private bool Has(int bit) => (_bits[bit >> 6] & (1UL << bit)) != 0;
}
