namespace Winnow.Torch;

/// <summary>
/// Which of two ways to wait lets more steps through while others want the processors: threads that go to sleep at once, or threads that stay each on a processor of
/// its own. Sleeping is better where parts are long, staying where they are short and a library's own barriers spin; by how much depends on the network, the machine and
/// the others, so both are tried, in turns, and the better one stays until it is time to ask again.
/// </summary>
/// <param name="sleep">Makes waiting threads sleep until the result is disposed.</param>
/// <param name="bind">Binds threads until the result is disposed; null where that can't be.</param>
internal sealed class WaitingTrial(Func<IDisposable> sleep, Func<IDisposable?> bind) : IDisposable
{
    /// <summary>A turn is as long as both of these say; two turns each make a trial.</summary>
    private const double TurnSeconds = 1;
    private const long TurnSteps = 4;
    private const int Turns = 4;

    /// <summary>How long what was found to be better stays.</summary>
    private const double StaySeconds = 60;

    private readonly double[] _seconds = new double[2];
    private readonly long[] _steps = new long[2];
    private IDisposable? _current = sleep();
    private int _turn;
    private double _turnSeconds;
    private long _turnSteps;

    /// <summary>Whether threads are bound now.</summary>
    public bool IsBound { get; private set; }

    /// <summary>Takes what has been done since it was told last.</summary>
    /// <param name="interval">The time.</param>
    /// <param name="steps">Steps of training, or of anything else that repeats, that have ended; where none are ever told, threads sleep.</param>
    public void Saw(TimeSpan interval, long steps)
    {
        var way = IsBound ? 1 : 0;
        _seconds[way] += interval.TotalSeconds;
        _steps[way] += steps;
        _turnSeconds += interval.TotalSeconds;
        _turnSteps += steps;
        (_current as ThreadBinding)?.FreeOthers();
        if (_turnSteps < TurnSteps || _turnSeconds < (_turn < Turns ? TurnSeconds : StaySeconds))
        {
            return;
        }

        if (_turn == Turns)
        {
            Array.Clear(_seconds);
            Array.Clear(_steps);
            _turn = 0;
        }
        else
        {
            _turn++;
        }

        (_turnSeconds, _turnSteps) = (0, 0);
        Go(_turn < Turns ? _turn % 2 == 1 : _steps[1] * _seconds[0] > _steps[0] * _seconds[1]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _current?.Dispose();
        _current = null;
    }

    private void Go(bool bound)
    {
        if (bound == IsBound || (bound ? bind() : sleep()) is not { } next)
        {
            return;
        }

        Dispose();
        (_current, IsBound) = (next, bound);
    }
}
