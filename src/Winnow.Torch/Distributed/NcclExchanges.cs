using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Winnow.Torch.Distributed;

/// <summary>
/// Exchanges over memory of NVIDIA GPUs, one a rank: NCCL's C interface (libnccl.so.2) on the device's default stream, where libtorch computes, so that
/// they stand in one order with the computation. Written from NCCL's and CUDA's documentation, and not run yet.
/// </summary>
internal sealed unsafe partial class NcclExchanges : IExchanges
{
    /// <summary>Bytes of the identifier by which ranks meet.</summary>
    public const int IdBytes = 128;

    private const string Nccl = "libnccl.so.2", Cuda = "libcuda.so.1";
    private const int Success = 0, InProgress = 7, NotReady = 600, Sum = 0, OfBytes = 1;

    // The default stream.
    private const nint Stream = 0;

    private readonly TimeSpan _timeout;
    private readonly nint _context;
    private nint _communicator;
    private volatile bool _givenUp;

    /// <summary>Meets the other ranks' GPUs.</summary>
    /// <param name="id">The same on all ranks, from <see cref="NewId"/>.</param>
    /// <param name="rank">This process.</param>
    /// <param name="size">How many there are.</param>
    /// <param name="device">This rank's GPU.</param>
    /// <param name="timeout">How long ranks wait for one another.</param>
    /// <param name="givenUp">Whether a rank is lost, and no other needs to be waited for.</param>
    /// <exception cref="ExchangeFailedException">They don't come together.</exception>
    /// <exception cref="NotSupportedException">NCCL isn't here.</exception>
    public NcclExchanges(ReadOnlySpan<byte> id, int rank, int size, int device, TimeSpan timeout, Func<bool> givenUp)
    {
        (_timeout, _context) = (timeout, Installed(() => Context(Math.Max(device, 0))));
        var unique = MemoryMarshal.Read<UniqueId>(id);
        Exception? failure = null;
        nint communicator = 0;
        // The call returns when all ranks have made it, and can't be ended: a thread that still waits when a rank is lost ends with the process.
        using var over = new ManualResetEventSlim();
        var signal = over;
        new Thread(() =>
        {
            try
            {
                CheckCuda(cuCtxSetCurrent(_context));
                Check(ncclCommInitRank(out communicator, size, unique, rank));
            }
            catch (ExchangeFailedException error)
            {
                failure = error;
            }

            try
            {
                signal.Set();
            }
            catch (ObjectDisposedException)
            {
                // Nobody waits any more.
            }
        })
        { IsBackground = true, Name = "NCCL" }.Start();
        var since = Stopwatch.StartNew();
        while (!over.Wait(50))
        {
            if (givenUp() || since.Elapsed > timeout)
            {
                throw new ExchangeFailedException(string.Create(CultureInfo.InvariantCulture, $"the ranks' GPUs didn't come together within {since.Elapsed.TotalSeconds:0.#} s"));
            }
        }

        _communicator = failure is null ? communicator : throw failure;
    }

    /// <summary>Makes a new identifier.</summary>
    /// <param name="id"><see cref="IdBytes"/> bytes.</param>
    /// <exception cref="NotSupportedException">NCCL isn't here.</exception>
    public static void NewId(Span<byte> id)
    {
        var unique = Installed(static () =>
        {
            Check(ncclGetUniqueId(out var made));
            return made;
        });
        MemoryMarshal.Write(id, in unique);
    }

    /// <inheritdoc/>
    public nint AllReduce(nint data, long count, torch.ScalarType type)
    {
        var element = type switch
        {
            torch.ScalarType.Int32 => 2,
            torch.ScalarType.Int64 => 4,
            torch.ScalarType.Float16 => 6,
            torch.ScalarType.Float32 => 7,
            torch.ScalarType.Float64 => 8,
            torch.ScalarType.BFloat16 => 9,
            _ => throw new NotSupportedException($"elements of {type} can't be added up over processes; convert to Float32, Float64, Int32 or Int64."),
        };
        return Begin(communicator => ncclAllReduce(data, data, (nuint)count, element, Sum, communicator, Stream));
    }

    /// <inheritdoc/>
    public nint AllGather(nint mine, long bytes, nint all) => Begin(communicator => ncclAllGather(mine, all, (nuint)bytes, OfBytes, communicator, Stream));

    /// <inheritdoc/>
    public nint Broadcast(nint data, long bytes, int root) => Begin(communicator => ncclBroadcast(data, data, (nuint)bytes, OfBytes, root, communicator, Stream));

    /// <summary>
    /// Waits until the device has done all that it was given. The sums' numbers are read at every step, so that a step waits for the device anyhow; and
    /// a rank that never comes would else be noticed nowhere.
    /// </summary>
    public void Wait(nint exchange)
    {
        var since = Stopwatch.StartNew();
        for (var looks = 0; ; looks++)
        {
            CheckGivenUp();
            var state = cuStreamQuery(Stream);
            if (state == Success)
            {
                CheckGivenUp();
                return;
            }

            if (state != NotReady)
            {
                CheckCuda(state);
            }

            Check(ncclCommGetAsyncError(_communicator, out var later));
            Check(later);
            if (since.Elapsed > _timeout)
            {
                Abort();
                throw new ExchangeFailedException(string.Create(CultureInfo.InvariantCulture,
                    $"nothing came within {_timeout.TotalSeconds:0.#} s: a rank is late, or the ranks have begun exchanges of different kind, type or size"));
            }

            // Most exchanges take less than a millisecond; after that others may have the processor.
            if (looks < 1000)
            {
                Thread.Yield();
            }
            else
            {
                Thread.Sleep(1);
            }
        }
    }

    /// <inheritdoc/>
    public void Abort()
    {
        _givenUp = true;
        if (Interlocked.Exchange(ref _communicator, 0) is not 0 and var communicator)
        {
            _ = ncclCommAbort(communicator);
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _communicator, 0) is not 0 and var communicator)
        {
            _ = ncclCommDestroy(communicator);
        }
    }

    /// <summary>What libtorch has made of a device, too; NCCL takes the device of the calling thread's.</summary>
    private static nint Context(int device)
    {
        Check(ncclGetVersion(out _));
        CheckCuda(cuInit(0));
        CheckCuda(cuDeviceGet(out var handle, device));
        CheckCuda(cuDevicePrimaryCtxRetain(out var context, handle));
        return context;
    }

    private static T Installed<T>(Func<T> use)
    {
        try
        {
            return use();
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new NotSupportedException($"exchanges between GPUs take NVIDIA's {Nccl} and the driver's {Cuda}, which don't load here (Debian, from NVIDIA's packages: libnccl2): {error.Message}", error);
        }
    }

    private static void Check(int result)
    {
        if (result is not (Success or InProgress))
        {
            throw new ExchangeFailedException($"NCCL: {Marshal.PtrToStringUTF8(ncclGetErrorString(result))}");
        }
    }

    private static void CheckCuda(int result)
    {
        if (result != Success)
        {
            throw new ExchangeFailedException($"CUDA: {(cuGetErrorString(result, out var text) == Success ? Marshal.PtrToStringUTF8(text) : "error")} ({result})");
        }
    }

    private nint Begin(Func<nint, int> begin)
    {
        CheckGivenUp();
        CheckCuda(cuCtxSetCurrent(_context));
        Check(begin(_communicator));
        return 1;
    }

    private void CheckGivenUp()
    {
        if (_givenUp)
        {
            throw new ExchangeFailedException("the group was given up");
        }
    }

    [LibraryImport(Nccl)]
    private static partial int ncclGetVersion(out int version);

    [LibraryImport(Nccl)]
    private static partial int ncclGetUniqueId(out UniqueId id);

    [LibraryImport(Nccl)]
    private static partial int ncclCommInitRank(out nint communicator, int ranks, UniqueId id, int rank);

    [LibraryImport(Nccl)]
    private static partial int ncclAllReduce(nint from, nint to, nuint count, int type, int operation, nint communicator, nint stream);

    [LibraryImport(Nccl)]
    private static partial int ncclAllGather(nint from, nint to, nuint count, int type, nint communicator, nint stream);

    [LibraryImport(Nccl)]
    private static partial int ncclBroadcast(nint from, nint to, nuint count, int type, int root, nint communicator, nint stream);

    [LibraryImport(Nccl)]
    private static partial int ncclCommGetAsyncError(nint communicator, out int result);

    [LibraryImport(Nccl)]
    private static partial int ncclCommAbort(nint communicator);

    [LibraryImport(Nccl)]
    private static partial int ncclCommDestroy(nint communicator);

    [LibraryImport(Nccl)]
    private static partial nint ncclGetErrorString(int result);

    [LibraryImport(Cuda)]
    private static partial int cuInit(uint flags);

    [LibraryImport(Cuda)]
    private static partial int cuDeviceGet(out int device, int ordinal);

    [LibraryImport(Cuda)]
    private static partial int cuDevicePrimaryCtxRetain(out nint context, int device);

    [LibraryImport(Cuda)]
    private static partial int cuCtxSetCurrent(nint context);

    [LibraryImport(Cuda)]
    private static partial int cuStreamQuery(nint stream);

    [LibraryImport(Cuda)]
    private static partial int cuGetErrorString(int error, out nint text);

    private struct UniqueId
    {
        public fixed byte Bytes[IdBytes];
    }
}
