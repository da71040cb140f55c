using static Winnow.Native.Tests.Library;

namespace Winnow.Native.Tests;

public unsafe class ThreadTests
{
    [LibraryFact]
    public void Two_threads_on_one_pruner_are_told_and_corrupt_nothing()
    {
        const int count = 40_000, threads = 4, part = count / threads;
        ulong pruner = Create("infobatch", count, 3), plan = Plan(pruner, 0);
        var order = Order(plan).ToArray();
        var busy = 0;
        var limit = System.Diagnostics.Stopwatch.StartNew();
        Parallel(threads + 1, thread =>
        {
            // One keeps the pruner in use until the others have met it.
            while (thread == threads && Volatile.Read(ref busy) == 0 && limit.Elapsed < TimeSpan.FromSeconds(30))
            {
                var asked = new Statistics { Size = (uint)sizeof(Statistics) };
                Assert.True(winnow_pruner_statistics(pruner, &asked) is Ok or Busy);
            }

            if (thread == threads)
            {
                return;
            }

            while (Volatile.Read(ref busy) == 0 && limit.Elapsed < TimeSpan.FromSeconds(30))
            {
                var asked = new Statistics { Size = (uint)sizeof(Statistics) };
                if (winnow_pruner_statistics(pruner, &asked) == Busy)
                {
                    Interlocked.Increment(ref busy);
                }
            }

            for (var at = thread * part; at < (thread + 1) * part; at += 100)
            {
                long[] ids = [.. order[at..(at + 100)].Select(static id => (long)id)];
                float[] losses = [.. ids.Select(static id => (float)id)];
                int status;
                while ((status = Library.Observe(pruner, 0, ids, losses)) != Ok)
                {
                    Refused(Busy, status, "another thread is using this pruner");
                    Interlocked.Increment(ref busy);
                }
            }
        });
        var statistics = StatisticsOf(pruner);
        Assert.Equal((count, 0L, 0L), ((int)statistics.Observed, statistics.Unobserved, statistics.Repeated));
        var stored = new float[count];
        fixed (byte* name = "loss\0"u8)
        fixed (float* p = stored)
        {
            Done(winnow_pruner_column(pruner, name, p, count));
        }

        Assert.Equal(Enumerable.Range(0, count).Select(static id => (float)id), stored);
        Assert.True(busy > 0, "the threads never met: the test shows nothing");
        Done(winnow_plan_free(plan));
        Done(winnow_pruner_destroy(pruner));
    }

    [LibraryFact]
    public void A_plan_can_be_read_by_many_threads_while_it_is_freed()
    {
        for (var round = 0; round < 200; round++)
        {
            ulong pruner = Create("random:keep=0.5", 500, 2, (ulong)round), plan = Plan(pruner, 0);
            Parallel(3, thread =>
            {
                ulong hash;
                var ids = stackalloc long[64];
                var weights = stackalloc float[64];
                long count, real;
                for (var i = 0; i < 20; i++)
                {
                    var status = thread == 0 && i == 10 ? winnow_plan_free(plan)
                        : thread == 1 ? winnow_plan_hash(plan, &hash)
                        : winnow_plan_share(plan, 0, 1, 64, 0, ids, weights, 64, &count, &real);
                    Assert.True(status is Ok or BadHandle, LastError());
                }
            });
            Done(winnow_pruner_destroy(pruner));
        }
    }

    private static void Parallel(int threads, Action<int> work)
    {
        var errors = new System.Collections.Concurrent.ConcurrentBag<Exception>();
        Thread[] all = [.. Enumerable.Range(0, threads).Select(number => new Thread(() =>
        {
            try
            {
                work(number);
            }
            catch (Exception error)
            {
                errors.Add(error);
            }
        }))];
        Array.ForEach(all, static thread => thread.Start());
        Array.ForEach(all, static thread => thread.Join());
        Assert.Empty(errors);
    }
}
