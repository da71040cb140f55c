using System.Diagnostics;
using Winnow.Torch.Tests.Support;

namespace Winnow.Torch.Tests;

/// <summary>Ranks as processes of their own.</summary>
public sealed class RankProcessTests
{
    [RanksTheory]
    [InlineData(2)]
    [InlineData(4)]
    public void A_killed_rank_is_named_and_the_others_are_free_long_before_the_timeout(int ranks)
    {
        using var processes = new Processes(ranks, timeout: 60);
        var last = processes.Last;
        var since = Stopwatch.StartNew();
        last.Signal("KILL");
        foreach (var process in processes.AllButLast)
        {
            Assert.Matches($"^lost {ranks - 1}: rank {ranks - 1} \\(process {last.Id} on .+\\) is gone: its connection closed", process.ReadLine());
            Assert.Equal(3, process.Wait());
        }

        Assert.True(since.Elapsed < TimeSpan.FromSeconds(30), $"it took {since.Elapsed}");
    }

    [RanksFact]
    public void A_killed_rank_0_is_named_by_all_others()
    {
        using var processes = new Processes(3, timeout: 60);
        processes.First.Signal("KILL");
        foreach (var process in processes.AllButFirst)
        {
            Assert.Matches($"^lost 0: rank 0 \\(process {processes.First.Id} on .+\\) is gone: its connection closed", process.ReadLine());
            Assert.Equal(3, process.Wait());
        }
    }

    [RanksFact]
    public void A_stopped_rank_is_named_after_its_silence()
    {
        using var processes = new Processes(3, timeout: 4);
        processes.Last.Signal("STOP");
        foreach (var process in processes.AllButLast)
        {
            Assert.Matches($"^lost 2: rank 2 \\(process {processes.Last.Id} on .+\\) has been silent for 3 s: it hangs, was stopped", process.ReadLine());
            Assert.Equal(3, process.Wait());
        }
    }

    /// <summary>Ranks that add up again and again.</summary>
    private sealed class Processes : IDisposable
    {
        private readonly ChildProgram[] _processes;

        public Processes(int ranks, int timeout)
        {
            var port = Ranks.FreePort();
            _processes = [.. Enumerable.Range(0, ranks).Select(rank => new ChildProgram(
                new Dictionary<string, string> { ["RANK"] = $"{rank}", ["WORLD_SIZE"] = $"{ranks}", ["MASTER_ADDR"] = "127.0.0.1", ["MASTER_PORT"] = $"{port}", ["OMP_NUM_THREADS"] = "1" },
                "rank", $"{timeout}"))];
            foreach (var process in _processes)
            {
                var line = process.ReadLine();
                Assert.True(line == "ready", line ?? process.Errors);
            }
        }

        public ChildProgram First => _processes[0];

        public ChildProgram Last => _processes[^1];

        public IEnumerable<ChildProgram> AllButFirst => _processes.Skip(1);

        public IEnumerable<ChildProgram> AllButLast => _processes.SkipLast(1);

        public void Dispose() => Array.ForEach(_processes, static process => process.Dispose());
    }
}
