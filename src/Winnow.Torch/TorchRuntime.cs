using System.Globalization;
using Winnow.Torch.Interop;

namespace Winnow.Torch;

/// <summary>The libtorch of this process: start, versions, threads, seeds.</summary>
public static unsafe class TorchRuntime
{
    static readonly Lock s_gate = new();
    static volatile bool s_initialized;

    // libtorch counts threads per calling thread, and a thread that has once asked keeps its old number. Hence one number for the process
    // here, which every thread applies to itself before it enters libtorch.
    static volatile int s_threads;

    [ThreadStatic]
    static int s_applied;

    /// <summary>libtorch's version, such as <c>1.13.1</c>.</summary>
    /// <exception cref="TorchNotAvailableException">The native library is missing.</exception>
    public static string Version => Ask(Native.winnow_torch_version);

    /// <summary>libtorch's own description of how it was built.</summary>
    public static string BuildConfiguration => Ask(Native.winnow_build_configuration);

    /// <summary>The instruction set ATen's own kernels use, such as <c>AVX512</c>; empty when libtorch does not say.</summary>
    public static string CpuCapability
    {
        get
        {
            const string label = "CPU capability usage: ";
            var text = BuildConfiguration;
            var start = text.IndexOf(label, StringComparison.Ordinal);
            if (start < 0)
            {
                return "";
            }

            var rest = text.AsSpan(start + label.Length);
            var end = rest.IndexOf('\n');
            return (end < 0 ? rest : rest[..end]).Trim().ToString();
        }
    }

    /// <summary>The instruction set oneDNN's convolutions use; empty when it cannot be asked (it is hidden inside libtorch in wheels).</summary>
    public static string OneDnnInstructionSet => Ask(Native.winnow_onednn_isa);

    /// <summary>What the BLAS says it is; empty when it cannot be asked, as the slow reference BLAS cannot.</summary>
    public static string Blas => Ask(Native.winnow_blas);

    /// <summary>The file libtorch was loaded from.</summary>
    public static string LibraryPath => Ask(Native.winnow_library_path);

    /// <summary>The file the binding was loaded from; empty before it is loaded.</summary>
    public static string BindingPath => NativeLibraryResolver.LoadedFrom ?? "";

    /// <summary>How many CUDA devices libtorch sees.</summary>
    public static int CudaDeviceCount
    {
        get
        {
            Initialize();
            Native.Check(Native.winnow_cuda_devices(out var count));
            return count;
        }
    }

    /// <summary>Whether libtorch sees a CUDA device.</summary>
    public static bool CudaAvailable => CudaDeviceCount > 0;

    /// <summary>
    /// Threads one operator may use, for every thread of the process that calls libtorch. By default what the variable OMP_NUM_THREADS says,
    /// else all processors (libtorch's own default can be one). On a machine whose processors are busy with other work use fewer: threads
    /// that share a processor make each other wait, and a step can take a hundred times as long.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive.</exception>
    public static int Threads
    {
        get
        {
            Initialize();
            return s_threads;
        }

        set
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            Initialize();
            s_threads = value;
            PrepareThread();
        }
    }

    /// <summary>
    /// Loads libtorch and prepares it: allocator settings, threads. The first call counts; later ones do nothing but set the threads when
    /// given. Called by itself where needed; call it early to have errors and the loading time (about half a second) at a known place.
    /// </summary>
    /// <param name="threads">Threads one operator may use; the default of <see cref="Threads"/> when null.</param>
    /// <exception cref="TorchNotAvailableException">The native library is missing, does not load, or is of another version.</exception>
    public static void Initialize(int? threads = null)
    {
        if (threads is { } asked)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(asked, nameof(threads));
        }

        if (!s_initialized)
        {
            lock (s_gate)
            {
                if (!s_initialized)
                {
                    Load();
                    s_threads = threads ?? DefaultThreads(Environment.GetEnvironmentVariable("OMP_NUM_THREADS"));
                    s_initialized = true;
                }
            }
        }

        if (threads is { } given)
        {
            s_threads = given;
        }

        PrepareThread();
    }

    /// <summary>Seeds the generators of all devices: initialisation and dropout draw from them.</summary>
    /// <param name="seed">Any number.</param>
    public static void ManualSeed(ulong seed)
    {
        Initialize();
        Native.Check(Native.winnow_seed(seed));
    }

    /// <summary>
    /// Asks libtorch to use only operators that give the same bits every time, and to fail on those that cannot. On the processor training
    /// is bit-identical at a fixed thread count without it.
    /// </summary>
    /// <param name="on">Whether to ask.</param>
    public static void UseDeterministicOperators(bool on)
    {
        Initialize();
        Native.Check(Native.winnow_deterministic(on ? 1 : 0));
    }

    /// <summary>Waits until a device has done all it was given. Nothing to do for the processor.</summary>
    /// <param name="device">The device.</param>
    public static void Synchronize(Device device)
    {
        Initialize();
        Native.Check(Native.winnow_synchronize((int)device.Type, device.Index));
    }

    /// <summary>Makes sure libtorch is there and uses the process's number of threads when called from this thread.</summary>
    internal static void PrepareThread()
    {
        if (s_applied != s_threads || s_applied == 0)
        {
            ApplyThreads();
        }
    }

    static void ApplyThreads()
    {
        if (!s_initialized)
        {
            Initialize();
            return;
        }

        var threads = s_threads;
        var applied = threads;
        Native.Check(Native.winnow_threads(ref applied));
        s_applied = threads;
    }

    static void Load()
    {
        int version;
        try
        {
            version = Native.winnow_abi_version();
        }
        catch (EntryPointNotFoundException error)
        {
            throw new TorchNotAvailableException($"The native library {NativeLibraryResolver.LoadedFrom} is not this program's.", error);
        }

        if (version != Native.AbiVersion)
        {
            throw new TorchNotAvailableException(
                $"The native library {NativeLibraryResolver.LoadedFrom} has interface version {version}, this program needs {Native.AbiVersion}.",
                null);
        }

        Native.Check(Native.winnow_initialize());
    }

    /// <summary>What OMP_NUM_THREADS says when it says a number, as for every program built on OpenMP; else all processors.</summary>
    internal static int DefaultThreads(string? variable) =>
        int.TryParse(variable, NumberStyles.None, CultureInfo.InvariantCulture, out var threads) && threads > 0
            ? threads
            : Environment.ProcessorCount;

    static string Ask(NativeText question)
    {
        Initialize();
        return Native.Text(question());
    }

    delegate byte* NativeText();
}
