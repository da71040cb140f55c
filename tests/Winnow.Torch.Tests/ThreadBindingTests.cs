using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Winnow.Torch.Tests;

/// <summary>Threads on a processor each, and free again.</summary>
public sealed partial class ThreadBindingTests
{
    [Fact]
    public void Threads_get_a_processor_each_and_every_thread_is_free_afterwards()
    {
        if (!OperatingSystem.IsLinux() || !ProcessorUse.Reader.Works || Allowed(0).Length < 2)
        {
            return;
        }

        TorchRuntime.Load();
        using var x = TorchSharp.torch.rand(64, 64);
        using var free = x.mm(x);
        var reader = new ProcessorUse.Reader();
        reader.Read();
        var all = Allowed(0);
        using var stop = new CancellationTokenSource();
        var found = new ConcurrentQueue<int>();
        Thread[] busy = [.. Enumerable.Range(0, 2).Select(_ => new Thread(() =>
        {
            found.Enqueue(Id());
            while (!stop.IsCancellationRequested)
            {
            }
        }))];
        foreach (var thread in busy)
        {
            thread.Start();
        }

        try
        {
            Assert.True(SpinWait.SpinUntil(() => found.Count == 2, TimeSpan.FromMinutes(1)));
            var threads = found.ToArray();
            reader.Read();
            Thread.Sleep(500);
            reader.Read();
            Assert.Subset(reader.Busiest(int.MaxValue).ToHashSet(), threads.ToHashSet());
            Assert.Equal(2, reader.Busiest(2).Count);
            using (var binding = ThreadBinding.Bind(threads)!)
            {
                var own = threads.Select(static thread => Allowed(thread)).ToArray();
                Assert.All(own, static each => Assert.Single(each));
                Assert.NotEqual(own[0], own[1]);
                using var bound = x.mm(x);
                Assert.Equal(free.ToArray<float>(), bound.ToArray<float>());

                // A native thread that a bound one begins is bound as well, until it is freed; the runtime's own begin free.
                var (set, inside, after) = (-1, Array.Empty<int>(), Array.Empty<int>());
                var third = new Thread(() =>
                {
                    set = Allow(own[0][0]);
                    inside = Allowed(0);
                    binding.FreeOthers();
                    after = Allowed(0);
                });
                third.Start();
                third.Join();
                Assert.Equal(0, set);
                Assert.Equal(own[0], inside);
                Assert.Equal(all, after);
                Assert.Equal(own, threads.Select(static thread => Allowed(thread)));
            }

            Assert.All(found, thread => Assert.Equal(all, Allowed(thread)));
        }
        finally
        {
            stop.Cancel();
        }

        Array.ForEach(busy, static thread => thread.Join());
    }

    [Fact]
    public void Without_a_processor_for_each_or_where_somebody_has_bound_a_thread_nothing_is_bound()
    {
        if (!OperatingSystem.IsLinux() || Allowed(0).Length < 2)
        {
            return;
        }

        using var stop = new CancellationTokenSource();
        using var begun = new CountdownEvent(Allowed(0).Length + 1);
        var found = new ConcurrentQueue<int>();
        Thread[] waiting = [.. Enumerable.Range(0, begun.InitialCount).Select(_ => new Thread(() =>
        {
            found.Enqueue(Id());
            begun.Signal();
            stop.Token.WaitHandle.WaitOne();
        }))];
        Array.ForEach(waiting, static thread => thread.Start());
        try
        {
            Assert.True(begun.Wait(TimeSpan.FromMinutes(1)));
            var threads = found.ToArray();
            var all = Allowed(threads[0]);
            Refused(threads);
            Refused(threads[..1]);
            Environment.SetEnvironmentVariable("OMP_PROC_BIND", "true");
            Refused(threads[..2]);
            Environment.SetEnvironmentVariable("OMP_PROC_BIND", null);
            using (ThreadBinding.Bind(threads[..2])!)
            {
                var own = Allowed(threads[0]);
                Assert.NotEqual(all, own);

                // What is bound already stays so, and the thread beside it is free.
                Assert.Null(ThreadBinding.Bind([threads[0], threads[2]]));
                Assert.Equal(own, Allowed(threads[0]));
                Assert.Equal(all, Allowed(threads[2]));
            }

            void Refused(int[] these)
            {
                Assert.Null(ThreadBinding.Bind(these));
                Assert.All(these, thread => Assert.Equal(all, Allowed(thread)));
            }
        }
        finally
        {
            Environment.SetEnvironmentVariable("OMP_PROC_BIND", null);
            stop.Cancel();
        }

        Array.ForEach(waiting, static thread => thread.Join());
    }

    /// <summary>The system's number of the calling thread.</summary>
    private static int Id() =>
        int.Parse(Path.GetFileName(File.ResolveLinkTarget("/proc/thread-self", returnFinalTarget: false)!.FullName), CultureInfo.InvariantCulture);

    [LibraryImport("libc")]
    private static unsafe partial int sched_setaffinity(int thread, nuint bytes, ulong* mask);

    /// <summary>Keeps the calling thread on a processor.</summary>
    private static unsafe int Allow(int processor)
    {
        var mask = stackalloc ulong[128];
        new Span<ulong>(mask, 128).Clear();
        mask[processor / 64] = 1UL << (processor % 64);
        return sched_setaffinity(0, 128 * sizeof(ulong), mask);
    }

    [LibraryImport("libc")]
    private static unsafe partial int sched_getaffinity(int thread, nuint bytes, ulong* mask);

    /// <summary>The processors a thread may use now; 0 is the calling one.</summary>
    private static unsafe int[] Allowed(int thread)
    {
        var mask = stackalloc ulong[128];
        new Span<ulong>(mask, 128).Clear();
        Assert.True(sched_getaffinity(thread, 128 * sizeof(ulong), mask) >= 0);
        var found = new List<int>();
        for (var i = 0; i < 128 * 64; i++)
        {
            if ((mask[i / 64] >> (i % 64) & 1) != 0)
            {
                found.Add(i);
            }
        }

        return [.. found];
    }
}
