using Winnow.Records;

namespace Winnow.Training.Runs;

/// <summary>Adds up the wall-clock time of each phase; one phase at a time, and a phase within another is taken from it.</summary>
internal sealed class PhaseClock(TimeProvider time)
{
    private readonly TimeSpan[] _spent = new TimeSpan[PhaseSeconds.Phases.Count];
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
        return PhaseSeconds.Of(phase => _spent[(int)phase].TotalSeconds, (_before + time.GetElapsedTime(_start)).TotalSeconds);
    }

    /// <summary>Adds what a run that goes on had spent before.</summary>
    public void Add(PhaseSeconds earlier)
    {
        _before += TimeSpan.FromSeconds(earlier.Total);
        foreach (var phase in PhaseSeconds.Phases)
        {
            _spent[(int)phase] += TimeSpan.FromSeconds(earlier[phase]);
        }
    }

    /// <summary>An open stretch of time.</summary>
    public readonly ref struct Lap(PhaseClock clock, Phase? outer)
    {
        /// <summary>Ends it and goes back to the phase around it.</summary>
        public void Dispose() => clock.Switch(outer);
    }

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
