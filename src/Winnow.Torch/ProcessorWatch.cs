using System.Diagnostics;
using System.Runtime.InteropServices;
using Winnow.Torch.Interop;

namespace Winnow.Torch;

/// <summary>
/// Sees whether other processes take processors that this one's threads wait for. While they do, OpenMP's threads go to sleep at once where they would spin, or stay
/// each on a processor of its own, whichever lets more steps through (<see cref="WaitingTrial"/>). GNU OpenMP spins for milliseconds while it has no more threads than
/// there are processors, and hardly at all as soon as it has more; so a few more that sleep, in a team of their own, are the switch. No number that is computed depends
/// on any of it: the teams that compute stay as they are.
/// </summary>
internal sealed unsafe class ProcessorWatch
{
    /// <summary>
    /// Processors, that is seconds in a second, from which on they count as shared, and below which as free again: what others have taken, and what this process's
    /// threads have waited. One busy process beside two threads on two processors takes 0.7 and makes them wait for as much.
    /// </summary>
    private const double Shared = 0.2, Free = 0.1;

    /// <summary>
    /// A loop that tells where its steps end looks once a second by itself: a thread of its own would push one of those that compute aside, which costs 3 % of a small
    /// network's speed. For others such a thread looks, less often.
    /// </summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1), s_ownInterval = TimeSpan.FromSeconds(5);

    private static readonly Lock s_gate = new();
    private static ProcessorWatch? s_this;
    private static long s_looked, s_steps;

    private readonly Func<ProcessorUse?> _use;
    private readonly Func<WaitingTrial> _shared;
    private WaitingTrial? _trial;
    private ProcessorUse _last;

    /// <summary>A watch of any process.</summary>
    /// <param name="use">What has been used so far; null when that can't be told any more.</param>
    /// <param name="shared">Makes threads wait as suits shared processors, until the result is disposed.</param>
    internal ProcessorWatch(Func<ProcessorUse?> use, Func<WaitingTrial> shared)
    {
        (_use, _shared) = (use, shared);
        _last = use() ?? default;
    }

    /// <summary>Whether the processors count as shared now.</summary>
    internal bool IsShared => _trial is not null;

    /// <summary>Begins to watch this process, for its whole life. False where libtorch's OpenMP isn't GNU's.</summary>
    internal static bool Begin()
    {
        if (!OpenMP.IsThere)
        {
            return false;
        }

        var reader = new ProcessorUse.Reader();
        s_this = new ProcessorWatch(
            reader.Read, () => new WaitingTrial(static () => new Crowd(), () => ThreadBinding.Bind(reader.Busiest(TorchRuntime.LastThreads))));
        s_looked = Stopwatch.GetTimestamp();
        new Thread(static () =>
        {
            do
            {
                Thread.Sleep(s_ownInterval);
            }
            while (LookIfDue());
        })
        { IsBackground = true, Name = "Winnow processor watch" }.Start();
        return true;
    }

    /// <summary>A step has ended: counts it, and looks if that was long enough ago.</summary>
    internal static void StepEnded()
    {
        Interlocked.Increment(ref s_steps);
        LookIfDue();
    }

    /// <summary>Looks, if that was long enough ago. False when there is nothing to be seen any more.</summary>
    private static bool LookIfDue()
    {
        var elapsed = Stopwatch.GetElapsedTime(Volatile.Read(ref s_looked));
        if (s_this is null || elapsed < s_interval || !s_gate.TryEnter())
        {
            return s_this is not null;
        }

        try
        {
            // A thread alone waits for nobody.
            if (TorchRuntime.LastThreads == 1)
            {
                s_this?.Leave();
                return s_this is not null;
            }

            Volatile.Write(ref s_looked, Stopwatch.GetTimestamp());
            s_this = s_this?.Look(elapsed, Interlocked.Exchange(ref s_steps, 0)) == true ? s_this : null;
            return s_this is not null;
        }
        finally
        {
            s_gate.Exit();
        }
    }

    /// <summary>Looks once. False when there is nothing to be seen any more.</summary>
    /// <param name="interval">The time since the last look.</param>
    /// <param name="steps">The steps that have ended in it.</param>
    internal bool Look(TimeSpan interval, long steps)
    {
        if (_use() is not { } now)
        {
            Leave();
            return false;
        }

        var share = Math.Min(now.Waited - _last.Waited, now.Foreign - _last.Foreign) / interval.TotalSeconds;
        _last = now;
        if (_trial is null)
        {
            _trial = share >= Shared ? _shared() : null;
        }
        else if (share < Free)
        {
            Leave();
        }
        else
        {
            _trial.Saw(interval, steps);
        }

        return true;
    }

    private void Leave()
    {
        _trial?.Dispose();
        _trial = null;
    }

    /// <summary>A team of threads that do nothing, so that OpenMP has more than there are processors, until it is disposed.</summary>
    internal sealed class Crowd : IDisposable
    {
        private readonly TaskCompletionSource _over = new();

        /// <summary>Makes it, in the background.</summary>
        public Crowd() =>
            new Thread(() =>
            {
                // The team belongs to the thread that makes it, and goes with it.
                OpenMP.RunNothing(Math.Max(2, OpenMP.Processors - TorchRuntime.LastThreads + 2));
                _over.Task.Wait();
            })
            { IsBackground = true, Name = "Winnow crowd" }.Start();

        /// <inheritdoc/>
        public void Dispose() => _over.TrySetResult();
    }

    /// <summary>The OpenMP that libtorch was loaded with.</summary>
    private static class OpenMP
    {
        public static bool IsThere => Region != 0 && LibTorch.Export("omp_get_num_procs") != 0;

        public static int Processors => ((delegate* unmanaged<int>)LibTorch.Export("omp_get_num_procs"))();

        private static nint Region => LibTorch.Export("GOMP_parallel");

        /// <summary>A parallel region in which every thread frees nothing, which is allowed and does nothing.</summary>
        public static void RunNothing(int threads) =>
            ((delegate* unmanaged<nint, nint, uint, uint, void>)Region)(NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "free"), 0, (uint)threads, 0);
    }
}
