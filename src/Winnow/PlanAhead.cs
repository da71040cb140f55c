using Winnow.Plans;

namespace Winnow;

/// <summary>A plan that is made on another thread while the caller does something else, until it is taken.</summary>
internal sealed class PlanAhead
{
    private Task<EpochPlan>? _plan;
    private int _epoch;

    /// <summary>Whether one was begun and not yet taken.</summary>
    public bool IsUnderWay => _plan is not null;

    /// <summary>Begins.</summary>
    /// <param name="epoch">Which epoch's.</param>
    /// <param name="create">Makes it, on another thread.</param>
    public void Begin(int epoch, Func<EpochPlan> create) => (_epoch, _plan) = (epoch, Task.Run(create));

    /// <summary>The plan, waited for; null if none was begun.</summary>
    public EpochPlan? Take()
    {
        if (_plan is not { } plan)
        {
            return null;
        }

        // Forgotten before it may throw: whoever asks again plans anew.
        _plan = null;
        return plan.GetAwaiter().GetResult();
    }

    /// <summary>Refuses to plan another epoch meanwhile.</summary>
    /// <exception cref="InvalidOperationException">Another is being planned.</exception>
    public void ThrowUnless(int epoch)
    {
        if (IsUnderWay && epoch != _epoch)
        {
            throw new InvalidOperationException($"epoch {epoch} can't be planned: epoch {_epoch} is being planned; call Plan({_epoch}) first");
        }
    }

    /// <summary>Refuses to change what a plan is being made from.</summary>
    /// <exception cref="InvalidOperationException">One is under way.</exception>
    public void ThrowIfUnderWay()
    {
        if (IsUnderWay)
        {
            throw new InvalidOperationException($"epoch {_epoch} is being planned from the losses so far; call Plan({_epoch}) before you observe anything more");
        }
    }
}
