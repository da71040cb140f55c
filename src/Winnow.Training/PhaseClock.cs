namespace Winnow.Training;

/// <summary>What a stretch of time was spent on.</summary>
internal enum Phase
{
    Prepare,
    Plan,
    Train,
    Observe,
    Refresh,
    Evaluate,
}

/// <summary>Adds up the wall-clock time of each phase; one phase at a time.</summary>
internal sealed class PhaseClock(TimeProvider time)
{
    private readonly TimeSpan[] _spent = new TimeSpan[Enum.GetValues<Phase>().Length];
    private readonly long _start = time.GetTimestamp();

    /// <summary>Charges the time until the result is disposed to <paramref name="phase"/>.</summary>
    public Lap Enter(Phase phase) => new(this, phase, time.GetTimestamp());

    /// <summary>Seconds so far.</summary>
    public PhaseSeconds Read() => new()
    {
        Prepare = _spent[(int)Phase.Prepare].TotalSeconds,
        Plan = _spent[(int)Phase.Plan].TotalSeconds,
        Train = _spent[(int)Phase.Train].TotalSeconds,
        Observe = _spent[(int)Phase.Observe].TotalSeconds,
        Refresh = _spent[(int)Phase.Refresh].TotalSeconds,
        Evaluate = _spent[(int)Phase.Evaluate].TotalSeconds,
        Total = time.GetElapsedTime(_start).TotalSeconds,
    };

    /// <summary>The seconds between two readings of the same clock.</summary>
    public static PhaseSeconds Between(PhaseSeconds earlier, PhaseSeconds later) => new()
    {
        Prepare = later.Prepare - earlier.Prepare,
        Plan = later.Plan - earlier.Plan,
        Train = later.Train - earlier.Train,
        Observe = later.Observe - earlier.Observe,
        Refresh = later.Refresh - earlier.Refresh,
        Evaluate = later.Evaluate - earlier.Evaluate,
        Total = later.Total - earlier.Total,
    };

    /// <summary>An open stretch of time.</summary>
    public readonly ref struct Lap(PhaseClock clock, Phase phase, long since)
    {
        /// <summary>Charges the time since the lap began.</summary>
        public void Dispose() => clock._spent[(int)phase] += clock.Elapsed(since);
    }

    private TimeSpan Elapsed(long since) => time.GetElapsedTime(since);
}
