using System.Globalization;
using System.Runtime.InteropServices;

namespace Winnow.Torch.Tests;

/// <summary>Threads on a processor each, and free again.</summary>
public sealed partial class ThreadBindingTests
{
    [Fact]
    public void The_busiest_threads_get_a_processor_each_and_every_thread_is_free_afterwards()
    {
        if (!ProcessorUse.Reader.Works || Environment.ProcessorCount < 2)
        {
            return;
        }

        TorchRuntime.Load();
        using var x = TorchSharp.torch.rand(64, 64);
        using var free = x.mm(x);
        var reader = new ProcessorUse.Reader();
        reader.Read();
        if (reader.Processors.Max() > 63)
        {
            // The masks of this test are of 64 bits.
            return;
        }

        var all = Allowed("self");
        using var stop = new CancellationTokenSource();
        var begun = 0;
        Thread[] busy = [.. Enumerable.Range(0, 2).Select(_ => new Thread(() =>
        {
            Interlocked.Increment(ref begun);
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
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref begun) == 2, TimeSpan.FromMinutes(1)));
            reader.Read();
            Thread.Sleep(500);
            reader.Read();
            var busiest = reader.Busiest(2);
            Assert.Equal(2, busiest.Count);
            using (var binding = ThreadBinding.Bind(busiest, reader.Processors)!)
            {
                var own = busiest.Select(static thread => Allowed(Name(thread))).ToArray();
                Assert.Equal(2, own.Distinct(StringComparer.Ordinal).Count());
                Assert.All(own, each => Assert.Contains(int.Parse(each, CultureInfo.InvariantCulture), reader.Processors));
                using var bound = x.mm(x);
                Assert.Equal(free.ToArray<float>(), bound.ToArray<float>());

                // A native thread that a bound one begins is bound as well, until it is freed; the runtime's own begin free.
                var (set, inside, after) = (-1, "", "");
                var third = new Thread(() =>
                {
                    var mask = 1UL << int.Parse(own[0], CultureInfo.InvariantCulture);
                    set = sched_setaffinity(0, sizeof(ulong), ref mask);
                    inside = Allowed("thread-self");
                    binding.FreeOthers();
                    after = Allowed("thread-self");
                });
                third.Start();
                third.Join();
                Assert.Equal((0, own[0], all), (set, inside, after));
                Assert.Equal(own, busiest.Select(static thread => Allowed(Name(thread))));
            }

            Assert.All(busiest, thread => Assert.Equal(all, Allowed(Name(thread))));
        }
        finally
        {
            stop.Cancel();
        }

        Array.ForEach(busy, static thread => thread.Join());
    }

    [Fact]
    public void More_threads_than_processors_one_alone_and_what_a_user_has_bound_stay_as_they_are()
    {
        Assert.Null(ThreadBinding.Bind([1, 2, 3], [0, 1]));
        Assert.Null(ThreadBinding.Bind([1], [0, 1]));
        Environment.SetEnvironmentVariable("OMP_PROC_BIND", "true");
        try
        {
            Assert.Null(ThreadBinding.Bind([1, 2], [0, 1]));
        }
        finally
        {
            Environment.SetEnvironmentVariable("OMP_PROC_BIND", null);
        }
    }

    [LibraryImport("libc")]
    private static partial int sched_setaffinity(int thread, nuint bytes, ref ulong mask);

    private static string Name(int thread) => thread.ToString(CultureInfo.InvariantCulture);

    private static string Allowed(string thread) =>
        File.ReadLines(thread.EndsWith("self", StringComparison.Ordinal) ? $"/proc/{thread}/status" : $"/proc/self/task/{thread}/status")
            .First(static line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal))["Cpus_allowed_list:".Length..].Trim();
}
