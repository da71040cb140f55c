using Winnow.Torch.Distributed;

namespace Winnow.Cli;

/// <summary>One process of a run: alone, or a rank among several. Rank 0 leads: it alone writes the run folder and shows progress.</summary>
internal sealed class RankedRun : IDisposable
{
    private readonly RankLauncher? _launcher;

    /// <summary>Joins the other ranks, after starting them where no launcher did.</summary>
    public RankedRun(RankEnvironment? place, TimeSpan timeout, IReadOnlyList<KeyValuePair<string, string>> agreement, Terminal terminal)
    {
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
                Agreement = agreement,
                Listening = port => _launcher?.Start(place, port),
                Waiting = () => _launcher?.Check(),
            });
        }
        catch
        {
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
            if (Leads || !RankLauncher.Launched || error.Rank == 0)
            {
                throw;
            }

            return ExitCode.Failed;
        }
        catch (Exception error) when (Group is not null)
        {
            Group.Fail(error.Message);
            if (Leads || !RankLauncher.Launched)
            {
                throw;
            }

            return ExitCode.Failed;
        }
    }

    public void Dispose()
    {
        Group?.Dispose();
        _launcher?.Dispose();
    }
}
