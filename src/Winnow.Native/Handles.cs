using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Winnow.Plans;

namespace Winnow.Native;

/// <summary>Things that the caller knows by number. A number is never given twice, so a stale one is always found out.</summary>
internal sealed class Handles<T>(string kind) where T : class
{
    private readonly ConcurrentDictionary<ulong, T> _things = new();

    public ulong Add(T thing)
    {
        var handle = Interlocked.Increment(ref HandleNumbers.Last);
        _things[handle] = thing;
        return handle;
    }

    public T Find(ulong handle) => _things.TryGetValue(handle, out var thing) ? thing : throw Unknown(handle);

    public void Remove(ulong handle, [NotNull] out T? thing)
    {
        if (!_things.TryRemove(handle, out thing))
        {
            throw Unknown(handle);
        }
    }

    private HandleException Unknown(ulong handle) => new(handle == 0
        ? $"0 is no {kind}; the call that should have made it failed"
        : $"there is no {kind} {handle}; it was freed, or is the handle of something else");
}

internal static class HandleNumbers
{
    /// <summary>Pruners and plans share one row of numbers, so that one isn't taken for the other.</summary>
    public static ulong Last;
}

/// <summary>A pruner that serves one call at a time.</summary>
internal sealed class PrunerEntry(Pruner pruner)
{
    private int _inUse;

    public static readonly Handles<PrunerEntry> All = new("pruner");

    public Pruner Pruner => pruner;

    /// <summary>Keeps others out until the result is disposed of.</summary>
    public Turn Enter() => Interlocked.CompareExchange(ref _inUse, 1, 0) == 0
        ? new Turn(this)
        : throw new BusyException("another thread is using this pruner; call from one thread at a time, or lock around the calls");

    public readonly ref struct Turn(PrunerEntry entry)
    {
        public Pruner Pruner => entry.Pruner;

        public void Dispose() => Volatile.Write(ref entry._inUse, 0);
    }

    /// <summary>The turn that is never given back: a pruner in use can't be destroyed, and a destroyed one can't be used.</summary>
    public static void Destroy(ulong handle)
    {
        All.Find(handle).Enter();
        All.Remove(handle, out _);
    }
}

/// <summary>A plan whose arrays stay where they are until it is freed and the last call that reads it has returned.</summary>
internal sealed unsafe class PlanEntry
{
    private MemoryHandle _order, _weights;
    private int _users = 1;

    public static readonly Handles<PlanEntry> All = new("plan");

    public PlanEntry(EpochPlan plan)
    {
        // Listed, and not to be taken back by a later plan: the library makes its pruners with neither PlanOrder.Keyed nor ReusePlans.
        Plan = plan;
        _order = plan.OrderMemory.Pin();
        _weights = plan.WeightsMemory.Pin();
    }

    public EpochPlan Plan { get; }

    public int* Order => (int*)_order.Pointer;

    public float* Weights => (float*)_weights.Pointer;

    public Reader Read(ulong handle)
    {
        for (var users = Volatile.Read(ref _users); users > 0; users = Volatile.Read(ref _users))
        {
            if (Interlocked.CompareExchange(ref _users, users + 1, users) == users)
            {
                return new Reader(this);
            }
        }

        throw new HandleException($"there is no plan {handle}; it was freed");
    }

    public static Reader Enter(ulong handle) => All.Find(handle).Read(handle);

    public static void Free(ulong handle)
    {
        All.Remove(handle, out var entry);
        entry.Leave();
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _order.Dispose();
            _weights.Dispose();
        }
    }

    public readonly ref struct Reader(PlanEntry entry)
    {
        public PlanEntry Entry => entry;

        public EpochPlan Plan => entry.Plan;

        public void Dispose() => entry.Leave();
    }
}
