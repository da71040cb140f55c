using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Winnow.Torch.Distributed;

/// <summary>
/// Several processes that compute together: exchanges over gloo, for tensors of NVIDIA GPUs over NCCL, and beside them a watch that knows
/// which rank is lost. All ranks begin the same exchanges in the same order. A call from any rank but the lost one ends with
/// <see cref="RankLostException"/> that names it.
/// </summary>
/// <remarks>Used by one thread at a time. <see cref="Leave"/> at the end; disposing a group without it tells the others that this rank failed.</remarks>
public sealed unsafe class ProcessGroup : IDisposable
{
    // Bytes of a stream that are exchanged at once.
    private const int Piece = 16 << 20;

    // What a failed exchange waits for to learn whose fault it was; a closed connection is known in milliseconds.
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(2);

    private readonly RankWatch _watch;
    private readonly GlooExchanges _gloo;
    private readonly Lock _gate = new();

    // What is under way holds its memory, whoever else lets go of it.
    private readonly HashSet<Exchange> _pending = [];
    private NcclExchanges? _nccl;
    private bool _left, _abandoned, _disposed;

    private ProcessGroup(RankEnvironment place, ProcessGroupOptions options, IReadOnlyList<RankLink> links, GlooExchanges gloo)
    {
        (Rank, Size, Timeout, _gloo) = (place.Rank, place.Size, options.Timeout, gloo);
        _watch = new RankWatch(Rank, links, Timeout, Abandon);
    }

    /// <summary>Whether several processes can train together here.</summary>
    public static bool IsAvailable => Availability.State == GapState.InUse;

    /// <summary>By what several processes exchange tensors here, or why they can't.</summary>
    public static Gap Availability => GlooLibrary.Availability;

    /// <summary>This process, in [0, <see cref="Size"/>).</summary>
    public int Rank { get; }

    /// <summary>How many processes there are.</summary>
    public int Size { get; }

    /// <summary>How long ranks wait for one another.</summary>
    public TimeSpan Timeout { get; }

    /// <summary>Meets the other ranks; returns when all are there and connected with each other.</summary>
    /// <param name="place">Which rank this is, and where ranks meet; at least two.</param>
    /// <param name="options">Timeout and what has to agree.</param>
    /// <exception cref="RankSetupException">Ranks that don't fit together, a port that is taken, or no gloo on this machine.</exception>
    /// <exception cref="RankLostException">A rank didn't come within the timeout, or was lost meanwhile.</exception>
    public static ProcessGroup Join(RankEnvironment place, ProcessGroupOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(place);
        options ??= new ProcessGroupOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(place.Size, 2, nameof(place));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Timeout, TimeSpan.FromSeconds(1), nameof(options));
        if (!IsAvailable)
        {
            throw new RankSetupException($"{place.Size} processes can't train together here: {Availability.Detail}.");
        }

        using var store = place.LauncherHasStore ? LauncherStore.Open(place.Host, place.Port, options.MeetingTimeout) : null;
        var (links, gloo, addresses) = place.Rank == 0 ? GroupMeeting.Found(place, options, store) : GroupMeeting.Follow(place, options, store);
        var group = new ProcessGroup(place, options, links, gloo);
        try
        {
            gloo.Connect(addresses);
            return group;
        }
        catch (ExchangeFailedException error)
        {
            var lost = group.Explain(error);
            group.Fail(lost.Message);
            group.Dispose();
            throw lost;
        }
    }

    /// <summary>Begins to add up a tensor over all ranks, in place: every rank gets the same sums, bit for bit.</summary>
    /// <param name="tensor">Float32, Float64, Int32 or Int64; of the same type and shape on all ranks; not to be touched until the exchange is over.</param>
    /// <exception cref="NotSupportedException">Tensors of this type or device can't be added up.</exception>
    /// <exception cref="RankLostException">A rank is lost.</exception>
    public Exchange BeginAllReduce(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        var (count, type) = (tensor.numel(), tensor.dtype);
        var way = WayOf(tensor.device);
        var memory = new ExchangedMemory(tensor, isResult: true);
        return Begin(new ExchangeKind("an all-reduce", count, $"{type}"), way, () => way.AllReduce(memory.Address, count, type), memory);
    }

    /// <summary>Adds up a tensor over all ranks, in place.</summary>
    /// <param name="tensor">As for <see cref="BeginAllReduce"/>.</param>
    public void AllReduce(Tensor tensor) => BeginAllReduce(tensor).Wait();

    /// <summary>Puts the ranks' tensors one after the other: [ranks, ...], the same on all.</summary>
    /// <param name="tensor">Of the same type and shape on all ranks.</param>
    public Tensor AllGather(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        var all = empty([Size, .. tensor.shape], tensor.dtype, tensor.device);
        var way = WayOf(tensor.device);
        var bytes = tensor.numel() * tensor.element_size();
        var (mine, gathered) = (new ExchangedMemory(tensor, isResult: false), new ExchangedMemory(all, isResult: true));
        var kind = new ExchangeKind("an all-gather", tensor.numel(), $"{tensor.dtype}");
        Begin(kind, way, () => way.AllGather(mine.Address, bytes, gathered.Address), mine, gathered).Wait();
        return all;
    }

    /// <summary>Puts the ranks' numbers one after the other, the same on all.</summary>
    /// <typeparam name="T">Numbers of a fixed size, which are handed on as they are.</typeparam>
    /// <param name="mine">Equally many on all ranks.</param>
    /// <returns>Rank r's from r times their number on.</returns>
    public T[] AllGather<T>(ReadOnlySpan<T> mine)
        where T : unmanaged
    {
        var all = new T[Size * mine.Length];
        fixed (T* from = mine, to = all)
        {
            var (source, target, bytes) = ((nint)from, (nint)to, (long)mine.Length * sizeof(T));
            Begin(new ExchangeKind("an all-gather", mine.Length, typeof(T).Name), _gloo, () => _gloo.AllGather(source, bytes, target)).Wait();
        }

        return all;
    }

    /// <summary>Overwrites a tensor with one rank's.</summary>
    /// <param name="tensor">Of the same type and shape on all ranks.</param>
    /// <param name="root">The rank whose tensor all get.</param>
    public void Broadcast(Tensor tensor, int root = 0)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentOutOfRangeException.ThrowIfNegative(root);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(root, Size);
        var way = WayOf(tensor.device);
        var bytes = tensor.numel() * tensor.element_size();
        var memory = new ExchangedMemory(tensor, isResult: true);
        var kind = new ExchangeKind($"a broadcast from rank {root}", tensor.numel(), $"{tensor.dtype}");
        Begin(kind, way, () => way.Broadcast(memory.Address, bytes, root), memory).Wait();
    }

    /// <summary>Gives all ranks the bytes that rank 0 reads.</summary>
    /// <param name="stream">On rank 0 one that knows its length, read from where it stands to its end; on the others the bytes are written to it.</param>
    public void Broadcast(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Span<long> length = [Rank == 0 ? stream.Length - stream.Position : 0];
        Broadcast(MemoryMarshal.AsBytes(length));
        var piece = new byte[(int)Math.Min(length[0], Piece)];
        for (var left = length[0]; left > 0; left -= piece.Length)
        {
            var part = piece.AsSpan(0, (int)Math.Min(left, piece.Length));
            if (Rank == 0)
            {
                stream.ReadExactly(part);
            }

            Broadcast(part);
            if (Rank > 0)
            {
                stream.Write(part);
            }
        }
    }

    /// <summary>Waits until every rank has come here.</summary>
    public void Barrier() => Begin(new ExchangeKind("a barrier", 0, ""), _gloo, _gloo.Barrier).Wait();

    /// <summary>Tells the others that this rank's work is done, after the last exchange.</summary>
    public void Leave()
    {
        _left = true;
        _watch.Leave();
    }

    /// <summary>Tells the others that this rank can't go on, and why: they end with that message.</summary>
    /// <param name="why">A sentence.</param>
    public void Fail(string why)
    {
        _left = true;
        _watch.Fail(why);
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        if (!_left)
        {
            Fail("it ended before the work was done.");
        }

        _watch.Dispose();
        lock (_gate)
        {
            _disposed = true;
            _nccl?.Dispose();
            _gloo.Dispose();
        }

        foreach (var exchange in _pending)
        {
            exchange.LetGo();
        }

        _pending.Clear();
    }

    /// <summary>Waits for an exchange; a failure is the lost rank's where one is lost.</summary>
    internal void Finish(Exchange exchange, IExchanges way, nint work)
    {
        try
        {
            way.Wait(work);
        }
        catch (ExchangeFailedException error)
        {
            throw Explain(error);
        }
        finally
        {
            _pending.Remove(exchange);
        }
    }

    private void Broadcast(Span<byte> bytes)
    {
        fixed (byte* memory = bytes)
        {
            var (data, length) = ((nint)memory, bytes.Length);
            Begin(new ExchangeKind("a broadcast from rank 0", length, nameof(Byte)), _gloo, () => _gloo.Broadcast(data, length, root: 0)).Wait();
        }
    }

    private Exchange Begin(ExchangeKind kind, IExchanges way, Func<nint> begin, params ExchangedMemory[] memory)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _watch.Begin(kind);
        try
        {
            var exchange = new Exchange(this, way, begin(), memory);
            _pending.Add(exchange);
            return exchange;
        }
        catch (Exception error)
        {
            Array.ForEach(memory, static part => part.Dispose());
            if (error is ExchangeFailedException failed)
            {
                throw Explain(failed);
            }

            throw;
        }
    }

    private IExchanges WayOf(Device device)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return device.type switch
        {
            DeviceType.CPU => _gloo,
            DeviceType.CUDA => _nccl ?? BeginNccl(device.index),
            _ => throw new NotSupportedException($"tensors on {device} can't be exchanged between processes; use the processor or an NVIDIA GPU."),
        };
    }

    // The identifier by which ranks meet in NCCL goes the way that they already have.
    private NcclExchanges BeginNccl(int device)
    {
        var id = new byte[NcclExchanges.IdBytes];
        if (Rank == 0)
        {
            NcclExchanges.NewId(id);
        }

        Broadcast(id.AsSpan());
        try
        {
            var nccl = new NcclExchanges(id, Rank, Size, device, Timeout, () => Volatile.Read(ref _abandoned));
            lock (_gate)
            {
                _nccl = nccl;
                if (_abandoned)
                {
                    nccl.Abort();
                }
            }

            return nccl;
        }
        catch (ExchangeFailedException error)
        {
            throw Explain(error);
        }
    }

    private RankLostException Explain(ExchangeFailedException error) =>
        _watch.Verdict(s_grace) ?? _watch.Behind() ?? _watch.Verdict(s_grace)
        ?? new RankLostException(null, $"an exchange between the ranks failed, and all that can be seen from rank {Rank} are there: {error.Message}", error);

    // On the watch's thread: whoever waits in an exchange is set free.
    private void Abandon()
    {
        lock (_gate)
        {
            if (!_disposed && !_abandoned)
            {
                _abandoned = true;
                _gloo.Abort();
                _nccl?.Abort();
            }
        }
    }
}
