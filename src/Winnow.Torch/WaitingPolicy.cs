using System.Runtime.InteropServices;

namespace Winnow.Torch;

/// <summary>
/// How libtorch's threads wait for each other at the end of every operator. GNU OpenMP lets them spin for long by default; as soon as another process
/// wants one of the cores, those that spin keep the core from the one that they wait for, and a run can become twenty times slower. Here they go to
/// sleep after a short spin. OpenMP reads its variables when it is loaded, so this comes before libtorch.
/// </summary>
internal static partial class WaitingPolicy
{
    /// <summary>Turns of the waiting loop before a thread goes to sleep, where nothing watches the processors: some tens of microseconds.</summary>
    private const string Spins = "3000";

    /// <summary>
    /// The same where they are watched: a millisecond or three. As good as spinning for ever while alone, and short enough to let others on when threads are bound
    /// (<see cref="ThreadBinding"/>): beside two threads that compute, a small network at batches of 16 kept 0.41 of its speed with it, 0.21 with six times as many.
    /// </summary>
    private const string WatchedSpins = "50000";

    private const string Name = "waiting policy";

    private const string Watched = "threads that wait spin while the processors are free; while others want them they sleep or stay each on a processor, whichever is faster";

    /// <summary>Sets the policy for this process, unless the user has set one.</summary>
    public static Gap Set()
    {
        foreach (var name in (ReadOnlySpan<string>)["OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"])
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
            {
                return new Gap(Name, GapState.NotNeeded, $"{name}={value}, as set by the user");
            }
        }

        if (!OperatingSystem.IsLinux())
        {
            return new Gap(Name, GapState.Unavailable, "the OpenMP of this system's libtorch waits as it likes; on a busy machine fewer threads may be faster");
        }

        var watched = ProcessorUse.Reader.Works;
        try
        {
            // The runtime's own SetEnvironmentVariable changes a copy that native libraries don't see.
            return setenv("GOMP_SPINCOUNT", watched ? WatchedSpins : Spins, 1) == 0
                ? new Gap(Name, GapState.InUse, watched ? Watched : $"threads that wait go to sleep after a short spin (GOMP_SPINCOUNT={Spins})")
                : new Gap(Name, GapState.Unavailable, "the environment can't be changed; on a busy machine set OMP_WAIT_POLICY=passive");
        }
        catch (Exception error) when (error is EntryPointNotFoundException or DllNotFoundException)
        {
            return new Gap(Name, GapState.Unavailable, "the C library has no setenv; on a busy machine set OMP_WAIT_POLICY=passive");
        }
    }

    /// <summary>What is to be done once libtorch is loaded.</summary>
    public static Gap Watch(Gap gap) =>
        gap.Detail != Watched || ProcessorWatch.Begin() ? gap
            : new Gap(Name, GapState.Unavailable, "libtorch's OpenMP isn't GNU's and waits as it likes; on a busy machine fewer threads may be faster");

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
