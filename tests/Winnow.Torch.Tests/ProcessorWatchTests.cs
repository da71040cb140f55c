using System.Diagnostics;
using Winnow.Torch.Tests.Support;

namespace Winnow.Torch.Tests;

/// <summary>When processors count as shared, and what is then done.</summary>
public sealed class ProcessorWatchTests
{
    [Fact]
    public void Others_that_take_processors_which_are_waited_for_make_them_shared_until_they_stop()
    {
        var (use, begun, ended) = (new Queue<ProcessorUse?>([default]), 0, 0);
        var watch = new ProcessorWatch(() => use.Dequeue(), () => new WaitingTrial(() => { begun++; return new Ended(() => ended++); }, static () => null));
        var (waited, foreign) = (0.0, 0.0);

        // Waiting for one's own threads isn't sharing, nor are others on processors that nobody waits for.
        Assert.False(After(waiting: 0.9, others: 0.05));
        Assert.False(After(waiting: 0.05, others: 5));
        Assert.False(After(waiting: 0.19, others: 0.9));
        Assert.True(After(waiting: 0.3, others: 0.7));

        // In between it stays as it is.
        Assert.True(After(waiting: 0.15, others: 0.7));
        Assert.Equal((1, 0), (begun, ended));
        Assert.False(After(waiting: 0.6, others: 0.05));
        Assert.Equal((1, 1), (begun, ended));

        // What can't be told any more is taken for free, and nobody looks again.
        Assert.True(After(waiting: 0.6, others: 0.6));
        use.Enqueue(null);
        Assert.False(watch.Look(TimeSpan.FromSeconds(1), steps: 5));
        Assert.Equal((false, 2, 2), (watch.IsShared, begun, ended));

        bool After(double waiting, double others)
        {
            use.Enqueue(new ProcessorUse(waited += 2 * waiting, foreign += 2 * others));
            Assert.True(watch.Look(TimeSpan.FromSeconds(2), steps: 5));
            return watch.IsShared;
        }
    }

    [Fact]
    public void What_another_process_runs_is_counted()
    {
        if (!ProcessorUse.Reader.Works)
        {
            return;
        }

        var reader = new ProcessorUse.Reader();
        var before = reader.Read()!.Value;
        using var busy = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "while :; do :; done"]))!;
        try
        {
            Assert.True(SpinWait.SpinUntil(() => busy.TotalProcessorTime.TotalSeconds > 0.5, TimeSpan.FromMinutes(1)));
        }
        finally
        {
            busy.Kill();
            busy.WaitForExit();
        }

        var after = reader.Read()!.Value;
        Assert.True(after.Foreign - before.Foreign > 0.3);
        Assert.True(after.Waited >= before.Waited);
    }

    // More threads than processors are the switch; they end with it, and what is computed is the same.
    [Fact]
    public void A_crowd_comes_and_goes_and_changes_no_bit()
    {
        TorchRuntime.Load();
        if (!OperatingSystem.IsLinux() || TorchRuntime.Gaps[0].State != GapState.InUse)
        {
            return;
        }

        using var x = TorchSharp.torch.rand(64, 64);
        using var alone = x.mm(x);
        var before = Threads();
        using (new ProcessorWatch.Crowd())
        {
            Assert.True(SpinWait.SpinUntil(() => Threads() >= before + 2, TimeSpan.FromSeconds(30)));
            using var crowded = x.mm(x);
            Assert.Equal(alone.ToArray<float>(), crowded.ToArray<float>());
        }

        Assert.True(SpinWait.SpinUntil(() => Threads("Winnow crowd") == 0, TimeSpan.FromSeconds(30)));

        static int Threads(string? name = null) =>
            Directory.GetDirectories("/proc/self/task").Count(thread => name is null || Comm(thread) == name);

        static string Comm(string thread)
        {
            try
            {
                return File.ReadAllText(thread + "/comm").TrimEnd();
            }
            catch (IOException)
            {
                return "";
            }
        }
    }
}
