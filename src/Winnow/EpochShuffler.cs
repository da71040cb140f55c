using System.Collections;
using Winnow.Plans;

namespace Winnow;

/// <summary>
/// For loaders that take their order as a sequence of ids and begin it anew each epoch (a "shuffler" or "sampler"): each enumeration is
/// the next epoch's order. Losses then go to <see cref="Pruner.Observe(ReadOnlySpan{long}, ReadOnlySpan{float})"/>. Where the loop is
/// yours, <see cref="Pruner.Plan"/> is clearer.
/// </summary>
/// <remarks>Made for TorchSharp's <c>DataLoader</c>, and for any other that is given an <c>IEnumerable&lt;long&gt;</c>: see docs/torchsharp.md.</remarks>
public sealed class EpochShuffler : IEnumerable<long>
{
    private readonly Pruner _pruner;

    /// <summary>A sequence that begins with epoch 0, with the epoch after the pruner's current one, or with what is left of the epoch in which it was saved and restored.</summary>
    /// <param name="pruner">Whose plans to follow.</param>
    public EpochShuffler(Pruner pruner)
    {
        ArgumentNullException.ThrowIfNull(pruner);
        _pruner = pruner;
    }

    /// <summary>Plans the next epoch and gives its ids in visiting order.</summary>
    /// <exception cref="InvalidOperationException">Nothing was observed since the last enumeration began, so that this one would eat an epoch.</exception>
    public IEnumerator<long> GetEnumerator()
    {
        // Of the epoch in which a restored pruner was saved, what is left comes first.
        if (_pruner.TakeResumed())
        {
            return _pruner.Rest().Select(static id => (long)id).ToList().GetEnumerator();
        }

        var current = _pruner.Current;
        if (current is not null && _pruner.Unobserved == current.Count)
        {
            throw new InvalidOperationException($"a second enumeration was begun though no loss of epoch {current.Epoch} was observed: each enumeration is an " +
                "epoch. Don't count, peek or enumerate for other ends; and pass each batch's losses to Pruner.Observe");
        }

        return Ids(_pruner.Plan(current is null ? 0 : current.Epoch + 1)).GetEnumerator();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static IEnumerable<long> Ids(EpochPlan plan)
    {
        for (var i = 0; i < plan.Count; i++)
        {
            yield return plan.OrderMemory.Span[i];
        }
    }
}
