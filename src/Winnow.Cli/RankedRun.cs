using System.Text;
using Winnow.Torch.Distributed;

namespace Winnow.Cli;

/// <summary>One process of a run: alone, or a rank among several. Rank 0 leads: it alone writes the run folder and shows progress.</summary>
internal sealed class RankedRun : IDisposable
{
    private readonly RankLauncher? _launcher;
    private readonly Terminal _terminal;

    /// <summary>Joins the other ranks, after starting them where no launcher did.</summary>
    public RankedRun(RankEnvironment? place, TimeSpan timeout, IReadOnlyList<KeyValuePair<string, string>> agreement, Terminal terminal)
    {
        _terminal = terminal;
        if (place is null)
        {
            return;
        }

        terminal.Speaker = place.Rank == 0 ? "" : $"rank {place.Rank}: ";
        _launcher = place is { Rank: 0, Port: 0 } ? new RankLauncher() : null;
        try
        {
            Group = ProcessGroup.Join(place, new ProcessGroupOptions
            {
                Timeout = timeout,

                // Ranks that rank 0 starts it also watches; they may take their time to start.
                MeetingTimeout = _launcher is not null || Launched ? TimeSpan.FromSeconds(Math.Max(60, timeout.TotalSeconds)) : timeout,
                Agreement = agreement,
                Listening = port => _launcher?.Start(place, port),
                Waiting = () => _launcher?.Check(),
            });
        }
        catch
        {
            terminal.TellsErrors = !Launched;
            _launcher?.Dispose();
            throw;
        }
    }

    /// <summary>The ranks; null for a process alone.</summary>
    public ProcessGroup? Group { get; }

    /// <summary>Whether this process leads.</summary>
    public bool Leads => Group is not { Rank: > 0 };

    /// <summary>How many processes there are.</summary>
    public int Processes => Group?.Size ?? 1;

    // What a rank that rank 0 has started has to say of a failure, rank 0 says.
    private static bool Launched => RankLauncher.Launched;

    /// <summary>Rank 0's text, on every rank.</summary>
    public string FromLeader(string text)
    {
        if (Group is null)
        {
            return text;
        }

        using var stream = new MemoryStream();
        if (Leads)
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
            stream.Position = 0;
        }

        Group.Broadcast(stream);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>Does this rank's work. When it fails, the other ranks are told why; when another does, this one says which.</summary>
    public int Do(Func<int> work)
    {
        try
        {
            var code = work();
            Group?.Leave();
            return code;
        }
        catch (RankLostException error)
        {
            _launcher?.Kill(error.Rank ?? 0);
            _terminal.TellsErrors = !Launched || error.Rank == 0;
            throw;
        }
        catch (Exception error) when (Group is not null)
        {
            Group.Fail(OptionNames.Render(error));
            _terminal.TellsErrors = !Launched;
            throw;
        }
    }

    public void Dispose()
    {
        Group?.Dispose();
        _launcher?.Dispose();
    }
}
