using System.Globalization;

namespace Winnow.Torch.Distributed;

/// <summary>
/// Finds out which rank is lost. gloo's exchanges only say that one failed; here every rank keeps a connection to rank 0 and says at
/// short intervals that it is there. A killed process's connection closes at once, one that hangs or is cut off falls silent, and one that
/// fails says why. Rank 0 tells the others, so that all name the same rank.
/// </summary>
internal sealed class RankWatch : IDisposable
{
    private const string Gone = "is gone: its connection closed, as when a process is killed or crashes.";

    private readonly int _rank;
    private readonly TimeSpan _silence;
    private readonly IReadOnlyList<RankLink> _links;
    private readonly Action _onLost;
    private readonly ManualResetEventSlim _known = new();
    private readonly ManualResetEventSlim _end = new();
    private readonly Lock _gate = new();
    private RankLostException? _verdict;
    private RankProgress _progress = RankProgress.Start;
    private volatile bool _leaving;

    /// <param name="rank">This rank.</param>
    /// <param name="links">On rank 0 one to every other rank, elsewhere the one to rank 0.</param>
    /// <param name="timeout">Three quarters of it are the longest silence.</param>
    /// <param name="onLost">Called once, on some thread, when a rank is given up.</param>
    public RankWatch(int rank, IReadOnlyList<RankLink> links, TimeSpan timeout, Action onLost)
    {
        (_rank, _links, _silence, _onLost) = (rank, links, timeout * 0.75, onLost);
        foreach (var link in links)
        {
            link.Patience = _silence;
            Begin($"rank {link.Rank}", () => Listen(link));
        }

        var interval = TimeSpan.FromSeconds(Math.Clamp(timeout.TotalSeconds / 20, 0.05, 1));
        Begin("alive", () => SpeakEvery(interval));
    }

    /// <summary>One more exchange begins; on one thread at a time.</summary>
    public void Begin(ExchangeKind exchange) => Volatile.Write(ref _progress, new RankProgress(_progress.Exchanges + 1, exchange.ToString()));

    /// <summary>Which rank is lost, as soon as it is known; null when it isn't within that time.</summary>
    public RankLostException? Verdict(TimeSpan patience)
    {
        _known.Wait(patience);
        lock (_gate)
        {
            return _verdict;
        }
    }

    /// <summary>For an exchange that failed while nobody is lost: the rank that is behind the others, has left, or began another exchange.</summary>
    public RankLostException? Behind()
    {
        var own = Volatile.Read(ref _progress);
        if (_rank != 0)
        {
            return Verdict(TimeSpan.Zero);
        }

        if (_links.Where(link => link.Left || link.Progress.Exchanges < own.Exchanges).MinBy(static link => link.Progress.Exchanges) is { } behind)
        {
            GiveUp(behind, behind.Left
                ? "has ended while the others go on; do all ranks run the same program on the same data?"
                : "is alive and didn't come to the exchange that the others wait in within the timeout; where it has more to do than they, a longer one helps.");
        }
        else if (_links.FirstOrDefault(link => link.Progress.Exchanges == own.Exchanges && link.Progress.Last != own.Last) is { } other)
        {
            GiveUp(other, $"began {other.Progress.Last} where rank 0 began {own.Last}; all ranks need the same program and the same data.");
        }

        return Verdict(TimeSpan.Zero);
    }

    /// <summary>Tells the others that this rank can't go on, and why.</summary>
    public void Fail(string why)
    {
        _leaving = true;
        foreach (var link in _links)
        {
            link.Send(RankMessage.Failed, why);
        }
    }

    /// <summary>Tells the others that this rank's work is done.</summary>
    public void Leave()
    {
        _leaving = true;
        foreach (var link in _links)
        {
            link.Send(RankMessage.Done);
        }
    }

    public void Dispose()
    {
        _leaving = true;
        _end.Set();
        foreach (var link in _links)
        {
            link.Dispose();
        }
    }

    private void Listen(RankLink link)
    {
        try
        {
            while (link.Read() is { } message)
            {
                switch (message[0])
                {
                    case RankMessage.Alive:
                        link.Progress = new RankProgress(RankMessage.Number(message, 1), message is [_, _, var last, ..] ? last : "");
                        break;
                    case RankMessage.Done:
                        link.Left = true;
                        return;
                    case RankMessage.Failed:
                        GiveUp(link, $"failed: {message[1]}");
                        return;
                    case RankMessage.Lost:
                        Decide(new RankLostException((int)RankMessage.Number(message, 1), message[2]));
                        return;
                }
            }

            GiveUp(link, Gone);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            GiveUp(link, error.InnerException is System.Net.Sockets.SocketException { SocketErrorCode: System.Net.Sockets.SocketError.TimedOut or System.Net.Sockets.SocketError.WouldBlock }
                ? string.Create(CultureInfo.InvariantCulture, $"has been silent for {_silence.TotalSeconds:0.#} s: it hangs, was stopped, or the network between is cut.")
                : Gone);
        }
    }

    private void GiveUp(RankLink link, string what)
    {
        if (!_leaving)
        {
            Decide(new RankLostException(link.Rank, $"{link.Name} {what}"));
        }
    }

    private void Decide(RankLostException verdict)
    {
        lock (_gate)
        {
            if (_verdict is not null)
            {
                return;
            }

            _verdict = verdict;
        }

        if (_rank == 0)
        {
            // The lost one last: it may hang, or be at work and have begun something else than the others.
            foreach (var link in _links.OrderBy(link => link.Rank == verdict.Rank))
            {
                link.Send(RankMessage.Lost, $"{verdict.Rank}", verdict.Message);
            }
        }

        _known.Set();
        _onLost();
    }

    private void SpeakEvery(TimeSpan interval)
    {
        do
        {
            var progress = Volatile.Read(ref _progress);
            var count = progress.Exchanges.ToString(CultureInfo.InvariantCulture);
            foreach (var link in _links)
            {
                link.Send(RankMessage.Alive, count, progress.Last);
            }
        }
        while (!_end.Wait(interval));
    }

    private static void Begin(string name, ThreadStart work) => new Thread(work) { IsBackground = true, Name = name }.Start();
}
