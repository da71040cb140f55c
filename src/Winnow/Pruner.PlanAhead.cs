using Winnow.Plans;

namespace Winnow;

/// <content>Planning while the caller does something else.</content>
public sealed partial class Pruner
{
    private Task<EpochPlan>? _ahead;
    private int _aheadEpoch;

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
        if (MayPlan(epoch) is not null || _ahead is not null)
        {
            return;
        }

        _aheadEpoch = epoch;
        // Here and not there: once this returns, nobody can read what is being overwritten.
        var memory = FreeMemory();
        _ahead = Task.Run(() => Create(epoch, memory));
    }

    // The plan that was begun ahead; null if none was.
    private EpochPlan? Planned()
    {
        if (_ahead is not { } ahead)
        {
            return null;
        }
        // Forgotten before it may throw: whoever asks again plans anew.
        _ahead = null;
        return ahead.GetAwaiter().GetResult();
    }

    private void ThrowIfPlanning()
    {
        if (_ahead is not null)
        {
            throw new InvalidOperationException($"epoch {_aheadEpoch} is being planned from the losses so far; call Plan({_aheadEpoch}) before you observe anything more");
        }
    }
}
