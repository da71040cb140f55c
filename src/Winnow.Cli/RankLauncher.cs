using System.Diagnostics;
using System.Globalization;
using Winnow.Torch.Distributed;

namespace Winnow.Cli;

/// <summary>Starts the other ranks of this machine: the same program with the same command line, told by torchrun's variables which rank it is.</summary>
internal sealed class RankLauncher : IDisposable
{
    /// <summary>Set for ranks that another rank has started.</summary>
    public const string Mark = "WINNOW_RANK_OF";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);
    private readonly List<Process> _ranks = [];

    /// <summary>True in a rank that was started by another: what it has to say of a failure, rank 0 says.</summary>
    public static bool Launched => Environment.GetEnvironmentVariable(Mark) is not null;

    /// <summary>Starts ranks 1 and up.</summary>
    public void Start(RankEnvironment place, int port)
    {
        var program = Environment.ProcessPath ?? throw new RankSetupException("the program's own file isn't known here, so no further process can be started; use a launcher that sets torchrun's variables.");
        var own = Environment.GetCommandLineArgs();
        var isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        for (var rank = 1; rank < place.Size; rank++)
        {
            var start = new ProcessStartInfo(program, isHost ? own : own.Skip(1)) { UseShellExecute = false };
            foreach (var (name, value) in (IEnumerable<(string, string)>)
            [
                ("RANK", Text(rank)), ("LOCAL_RANK", Text(rank)), ("WORLD_SIZE", Text(place.Size)), ("LOCAL_WORLD_SIZE", Text(place.Size)),
                ("MASTER_ADDR", place.Host), ("MASTER_PORT", Text(port)), (Mark, Text(Environment.ProcessId)),
            ])
            {
                start.Environment[name] = value;
            }

            _ranks.Add(Process.Start(start)!);
        }
    }

    /// <summary>Throws when a rank has ended before it joined.</summary>
    public void Check()
    {
        for (var i = 0; i < _ranks.Count; i++)
        {
            if (_ranks[i].HasExited)
            {
                throw new RankLostException(i + 1, $"rank {i + 1} (process {_ranks[i].Id}) ended with exit code {_ranks[i].ExitCode} before it had joined; what it said is above.");
            }
        }
    }

    /// <summary>Ends a rank that was given up: one that hangs or was stopped wouldn't end by itself.</summary>
    public void Kill(int rank)
    {
        if (rank >= 1 && rank <= _ranks.Count && !_ranks[rank - 1].HasExited)
        {
            _ranks[rank - 1].Kill();
        }
    }

    /// <summary>Waits for the ranks, which end as this one does; those that don't are killed.</summary>
    public void Dispose()
    {
        var since = Stopwatch.StartNew();
        foreach (var rank in _ranks)
        {
            var left = s_patience - since.Elapsed;
            if (!rank.WaitForExit(left > TimeSpan.Zero ? left : TimeSpan.Zero))
            {
                rank.Kill();
                rank.WaitForExit();
            }

            rank.Dispose();
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
