namespace Winnow.Training;

/// <summary>What a stretch of time was spent on.</summary>
internal enum Phase
{
    Prepare,
    Plan,
    Data,
    Train,
    Observe,
    Refresh,
    Evaluate,
    Checkpoint,
}

/// <summary>Adds up the wall-clock time of each phase; one phase at a time, and a phase within another is taken from it.</summary>
internal sealed class PhaseClock(TimeProvider time)
{
    private readonly TimeSpan[] _spent = new TimeSpan[Enum.GetValues<Phase>().Length];
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _before;
    private Phase? _current;
    private long _since = time.GetTimestamp();

    /// <summary>Charges the time until the result is disposed to <paramref name="phase"/>.</summary>
    public Lap Enter(Phase phase) => new(this, Switch(phase));

    /// <summary>Seconds so far.</summary>
    public PhaseSeconds Read()
    {
        Switch(_current);
        return new()
        {
            Prepare = Seconds(Phase.Prepare),
            Plan = Seconds(Phase.Plan),
            Data = Seconds(Phase.Data),
            Train = Seconds(Phase.Train),
            Observe = Seconds(Phase.Observe),
            Refresh = Seconds(Phase.Refresh),
            Evaluate = Seconds(Phase.Evaluate),
            Checkpoint = Seconds(Phase.Checkpoint),
            Total = (_before + time.GetElapsedTime(_start)).TotalSeconds,
        };
    }

    /// <summary>Adds what a run that goes on had spent before.</summary>
    public void Add(PhaseSeconds earlier)
    {
        _before += TimeSpan.FromSeconds(earlier.Total);
        foreach (var (phase, seconds) in new[]
        {
            (Phase.Prepare, earlier.Prepare), (Phase.Plan, earlier.Plan), (Phase.Data, earlier.Data), (Phase.Train, earlier.Train), (Phase.Observe, earlier.Observe),
            (Phase.Refresh, earlier.Refresh), (Phase.Evaluate, earlier.Evaluate), (Phase.Checkpoint, earlier.Checkpoint),
        })
        {
            _spent[(int)phase] += TimeSpan.FromSeconds(seconds);
        }
    }

    /// <summary>The seconds between two readings of the same clock.</summary>
    public static PhaseSeconds Between(PhaseSeconds earlier, PhaseSeconds later) => new()
    {
        Prepare = later.Prepare - earlier.Prepare,
        Plan = later.Plan - earlier.Plan,
        Data = later.Data - earlier.Data,
        Train = later.Train - earlier.Train,
        Observe = later.Observe - earlier.Observe,
        Refresh = later.Refresh - earlier.Refresh,
        Evaluate = later.Evaluate - earlier.Evaluate,
        Checkpoint = later.Checkpoint - earlier.Checkpoint,
        Total = later.Total - earlier.Total,
    };

    /// <summary>An open stretch of time.</summary>
    public readonly ref struct Lap(PhaseClock clock, Phase? outer)
    {
        /// <summary>Ends it and goes back to the phase around it.</summary>
        public void Dispose() => clock.Switch(outer);
    }

    private double Seconds(Phase phase) => _spent[(int)phase].TotalSeconds;

    private Phase? Switch(Phase? next)
    {
        var now = time.GetTimestamp();
        if (_current is { } phase)
        {
            _spent[(int)phase] += time.GetElapsedTime(_since, now);
        }

        (var last, _current, _since) = (_current, next, now);
        return last;
    }
}
