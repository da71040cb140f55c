using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;
using Winnow.Torch.Interop;
using Winnow.Torch.Loading;
using Winnow.Torch.Optimizers;

namespace Winnow.Torch;

/// <summary>
/// Loads libtorch for TorchSharp and fills what TorchSharp lacks. <see cref="Load"/> is the first line of a program:
/// <code>
/// TorchRuntime.Load();
/// var x = torch.ones(3);
/// </code>
/// </summary>
public static class TorchRuntime
{
    internal const string AutocastName = "autocast", FusedName = "fused optimisers";

    private static readonly Lock s_gate = new();
    private static volatile IReadOnlyList<Gap>? s_gaps;
    private static volatile int s_threads;

    /// <summary>What TorchSharp lacks, and what is in use in this process instead. Loads libtorch.</summary>
    public static IReadOnlyList<Gap> Gaps
    {
        get
        {
            Load();
            return s_gaps!;
        }
    }

    /// <summary>libtorch's version, such as <c>2.10.0</c>. Loads libtorch.</summary>
    public static string Version
    {
        get
        {
            Load();
            var version = torch.__version__;

            // TorchSharp counts four parts, libtorch three.
            return version.Split('.') is [var major, var minor, var patch, "0"] ? $"{major}.{minor}.{patch}" : version;
        }
    }

    /// <summary>The file that libtorch was loaded from; empty where TorchSharp found it by itself. Loads libtorch.</summary>
    public static string LibraryPath { get; private set; } = "";

    /// <summary>
    /// Threads that one operator may use. By default what the variable OMP_NUM_THREADS says, else all processors. On a machine whose processors are busy
    /// with other work use fewer. libtorch counts per calling thread; setting it here sets it for the thread that sets it and for those that begin later.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive.</exception>
    public static int Threads
    {
        get
        {
            Load();
            return s_threads;
        }

        set
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            Load();
            s_threads = value;
            torch.set_num_threads(value);
        }
    }

    /// <summary>
    /// Sets allocator and waiting policy, loads libtorch and tests what fills the gaps, in this order, since the first two have to come before
    /// libtorch. The first call does all of it in about half a second; later ones do nothing. What the user has set in the environment stays as it is.
    /// </summary>
    /// <exception cref="TorchNotAvailableException">libtorch isn't there or doesn't load; the message says what to do.</exception>
    public static void Load()
    {
        if (s_gaps is not null)
        {
            return;
        }

        lock (s_gate)
        {
            if (s_gaps is not null)
            {
                return;
            }

            var gaps = new List<Gap> { WaitingPolicy.Set(), Allocator.Tune() };
            if (LoadNatives() is { } standardLibrary)
            {
                gaps.Add(standardLibrary);
            }

            s_threads = DefaultThreads(Environment.GetEnvironmentVariable("OMP_NUM_THREADS"));
            torch.set_num_threads(s_threads);
            gaps.Add(Autocast.Test());
            gaps.Add(ChannelsLast.Test());
            gaps.Add(ConvolutionMemory.Test());
            gaps.Add(FusedKernels.Test());
            gaps.Add(ScriptExecution.Test());
            gaps[0] = WaitingPolicy.Watch(gaps[0]);
            s_gaps = gaps;
        }
    }

    /// <summary>Gives the calling thread the number of <see cref="Threads"/>, which another one may have set. Loads libtorch.</summary>
    public static void PrepareThread()
    {
        Load();
        torch.set_num_threads(s_threads);
    }

    /// <summary>
    /// To be called after each step of a loop, trained or evaluated; costs some ten microseconds. Every 32nd call frees the small native objects that operators have left to
    /// finalisers, without which a process can take three times the memory it needs; once a second it looks whether other processes want the processors, and while
    /// they do lets waiting threads sleep or keeps each thread on a processor, whichever lets more steps through. Nothing that is computed depends on it.
    /// </summary>
    public static void EndStep()
    {
        StepMemory.Sweep();
        ProcessorWatch.StepEnded();
    }

    /// <summary><see cref="Threads"/> without loading anything.</summary>
    internal static int LastThreads => s_threads;

    /// <summary>Whether a gap is filled.</summary>
    internal static bool Has(string name) => Gaps.Any(gap => gap.Name == name && gap.State == GapState.InUse);

    /// <summary>Why, or by what, a gap is or isn't filled.</summary>
    internal static string Detail(string name) => Gaps.First(gap => gap.Name == name).Detail;

    /// <summary>What OMP_NUM_THREADS says when it says a number, as for every program built on OpenMP; else all processors.</summary>
    internal static int DefaultThreads(string? variable) =>
        int.TryParse(variable, NumberStyles.None, CultureInfo.InvariantCulture, out var threads) && threads > 0
            ? threads
            : Environment.ProcessorCount;

    private static Gap? LoadNatives()
    {
        Gap? standardLibrary = null;
        try
        {
            if (NativeFiles.Find("torch_cpu") is { } libtorch && NativeFiles.Find("LibTorchSharp") is { } binding)
            {
                // In this order each finds what it needs among those that are loaded.
                LibTorch.Handle = NativeLibrary.Load(libtorch);
                LibraryPath = libtorch;
                if (NativeFiles.Find("torch") is { } rest)
                {
                    NativeLibrary.Load(rest);
                }

                if (OperatingSystem.IsLinux())
                {
                    standardLibrary = StandardLibrary.Load(binding);
                }
            }
            else if (NativeLibrary.TryLoad("torch_cpu", typeof(torch).Assembly, null, out var handle) && NativeLibrary.TryLoad("LibTorchSharp", typeof(torch).Assembly, null, out _))
            {
                LibTorch.Handle = handle;
            }
            else
            {
                // TorchSharp would look further and tell standard output about it.
                throw new DllNotFoundException("no torch_cpu and LibTorchSharp in any of the program's folders");
            }

            torch.InitializeDeviceType(DeviceType.CPU);
            return standardLibrary;
        }
        catch (Exception error) when (error is DllNotFoundException or NotSupportedException or BadImageFormatException or TypeInitializationException)
        {
            throw new TorchNotAvailableException(Explain(error), error);
        }
    }

    private static string Explain(Exception error)
    {
        var package = OperatingSystem.IsWindows() ? "libtorch-cpu-win-x64" : OperatingSystem.IsMacOS() ? "libtorch-cpu-osx-arm64" : "libtorch-cpu-linux-x64";
        var reason = error.GetBaseException().Message.Trim().ReplaceLineEndings(" ");
        return LibraryPath.Length == 0
            ? $"libtorch isn't among the program's files: add the package {package} of version 2.10.0 to the program's project (for an NVIDIA GPU TorchSharp-cuda-linux or TorchSharp-cuda-windows of TorchSharp's version); {reason}."
            : $"libtorch at {LibraryPath} doesn't load: {reason}";
    }
}
