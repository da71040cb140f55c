using System.Globalization;
using System.Text;
using Winnow.Torch.Interop;

namespace Winnow.Torch.Distributed;

/// <summary>
/// Several processes that compute together: libtorch's c10d over gloo, and beside it a watch that knows which rank is lost. All ranks begin
/// the same exchanges in the same order. A call from any rank but the lost one ends with <see cref="RankLostException"/> that names it.
/// </summary>
/// <remarks>Used by one thread at a time. <see cref="Leave"/> at the end; disposing a group without it tells the others that this rank failed.</remarks>
public sealed unsafe class ProcessGroup : IDisposable
{
    // What a failed exchange waits for to learn whose fault it was; a closed connection is known in milliseconds.
    static readonly TimeSpan s_grace = TimeSpan.FromSeconds(2);

    // Bytes of a stream that are exchanged at once.
    const long Piece = 16 << 20;

    readonly RankWatch _watch;
    readonly nint _store;
    readonly Lock _gate = new();
    nint _handle;
    bool _left, _abandoned;

    ProcessGroup(RankEnvironment place, ProcessGroupOptions options, IReadOnlyList<RankLink> links, nint store)
    {
        (Rank, Size, Timeout, _store) = (place.Rank, place.Size, options.Timeout, store);
        _watch = new RankWatch(Rank, links, Timeout, Abandon);
    }

    /// <summary>Whether the native library was built for several processes.</summary>
    public static bool IsAvailable
    {
        get
        {
            TorchRuntime.Initialize();
            return Native.winnow_group_available() != 0;
        }
    }

    /// <summary>This process, in [0, <see cref="Size"/>).</summary>
    public int Rank { get; }

    /// <summary>How many processes there are.</summary>
    public int Size { get; }

    /// <summary>How long ranks wait for one another.</summary>
    public TimeSpan Timeout { get; }

    internal nint Handle
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle == 0, this);
            return _handle;
        }
    }

    /// <summary>Meets the other ranks; returns when all are there and connected with each other.</summary>
    /// <param name="place">Which rank this is, and where ranks meet; at least two.</param>
    /// <param name="options">Timeout and what has to agree.</param>
    /// <exception cref="RankSetupException">Ranks that don't fit together, a port that is taken, or a native library without process groups.</exception>
    /// <exception cref="RankLostException">A rank didn't come within the timeout, or was lost meanwhile.</exception>
    public static ProcessGroup Join(RankEnvironment place, ProcessGroupOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(place);
        options ??= new ProcessGroupOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(place.Size, 2, nameof(place));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Timeout, TimeSpan.FromSeconds(1), nameof(options));
        if (!IsAvailable)
        {
            throw new RankSetupException(
                $"{TorchRuntime.BindingPath} was built without libtorch's process groups; install the headers of gloo (Debian: apt-get install libgloo-dev) or use a libtorch that has c10d, build the binding again (remove artifacts/native, then ./winnow setup), or train in one process.");
        }

        using var agent = place.LauncherHasStore ? Store.Open(place.Host, place.Port, server: false, options.MeetingTimeout) : null;
        return place.Rank == 0 ? Found(place, options, agent) : Follow(place, options, agent);
    }

    /// <summary>Begins to add up a tensor over all ranks, in place: every rank gets the same sums, bit for bit.</summary>
    /// <param name="tensor">Of the same type and shape on all ranks; not to be touched until the exchange is over.</param>
    public Exchange BeginAllReduce(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        nint work = 0;
        Call(() => Native.winnow_group_all_reduce(Handle, tensor.Handle, out work));
        return new Exchange(this, work, tensor);
    }

    /// <summary>Adds up a tensor over all ranks, in place.</summary>
    /// <param name="tensor">Of the same type and shape on all ranks.</param>
    public void AllReduce(Tensor tensor) => BeginAllReduce(tensor).Wait();

    /// <summary>Puts the ranks' tensors one after the other: [ranks, ...], the same on all.</summary>
    /// <param name="tensor">Of the same type and shape on all ranks.</param>
    public Tensor AllGather(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        var mine = tensor.Contiguous();
        var all = Ops.Empty([Size, .. mine.Shape], mine.ScalarType, mine.Device);
        nint work = 0;
        Call(() => Native.winnow_group_all_gather(Handle, mine.Handle, all.Handle, out work));
        new Exchange(this, work, mine, all).Wait();
        return all;
    }

    /// <summary>Puts the ranks' numbers one after the other, the same on all.</summary>
    /// <typeparam name="T">An element type of tensors; integers stay exact.</typeparam>
    /// <param name="mine">Equally many on all ranks.</param>
    /// <returns>Rank r's from r times their number on.</returns>
    public T[] AllGather<T>(ReadOnlySpan<T> mine)
        where T : unmanaged
    {
        using var scope = new TensorScope();
        return AllGather(Tensor.FromSpan(mine)).ToArray<T>();
    }

    /// <summary>Overwrites a tensor with one rank's.</summary>
    /// <param name="tensor">Of the same type and shape on all ranks.</param>
    /// <param name="root">The rank whose tensor all get.</param>
    public void Broadcast(Tensor tensor, int root = 0)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentOutOfRangeException.ThrowIfNegative(root);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(root, Size);
        nint work = 0;
        Call(() => Native.winnow_group_broadcast(Handle, tensor.Handle, root, out work));
        new Exchange(this, work, tensor).Wait();
    }

    /// <summary>Gives all ranks the bytes that rank 0 reads.</summary>
    /// <param name="stream">On rank 0 one that knows its length, read from where it stands to its end; on the others the bytes are written to it.</param>
    public void Broadcast(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var left = Rank == 0 ? stream.Length - stream.Position : 0;
        using (new TensorScope())
        {
            var length = Tensor.FromSpan<long>([left]);
            Broadcast(length);
            left = length.ToArray<long>()[0];
        }

        var piece = new byte[(int)Math.Min(left, Piece)];
        for (; left > 0; left -= piece.Length)
        {
            using var scope = new TensorScope();
            piece = left < piece.Length ? new byte[left] : piece;
            if (Rank == 0)
            {
                stream.ReadExactly(piece);
            }

            var bytes = Tensor.FromSpan<byte>(piece);
            Broadcast(bytes);
            if (Rank > 0)
            {
                stream.Write(bytes.ToArray<byte>());
            }
        }
    }

    /// <summary>Waits until every rank has come here.</summary>
    public void Barrier()
    {
        nint work = 0;
        Call(() => Native.winnow_group_barrier(Handle, out work));
        new Exchange(this, work).Wait();
    }

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
        if (!_left)
        {
            Fail("it ended before the work was done.");
        }

        _watch.Dispose();
        lock (_gate)
        {
            if (_handle != 0)
            {
                Native.winnow_group_free(_handle);
                _handle = 0;
            }
        }

        Native.winnow_store_free(_store);
        GC.SuppressFinalize(this);
    }

    /// <summary>Calls the native library for an exchange; a failure is the lost rank's where one is lost.</summary>
    internal void Call(Func<int> call, bool begins = true)
    {
        TorchRuntime.PrepareThread();
        if (begins)
        {
            _watch.CountExchange();
        }

        try
        {
            Native.Check(call());
        }
        catch (TorchException error)
        {
            throw Explain(error);
        }
    }

    RankLostException Explain(TorchException error) =>
        _watch.Verdict(s_grace) ?? _watch.Behind() ?? _watch.Verdict(s_grace)
        ?? new RankLostException(null, $"an exchange between the ranks failed, and all that can be seen from rank {Rank} are there: {error.TorchMessage.Trim()}", error);

    static ProcessGroup Found(RankEnvironment place, ProcessGroupOptions options, Store? agent)
    {
        // The launcher's store keeps its port; ranks are told of ours through it.
        var links = RankMeeting.Gather(agent is null ? place : place with { Port = 0, Host = "0.0.0.0" }, options, port =>
        {
            agent?.Set("winnow/port", port.ToString(CultureInfo.InvariantCulture));
            options.Listening?.Invoke(port);
        });
        var store = Store.Open(links[0].LocalAddress, 0, server: true, options.Timeout);
        foreach (var link in links)
        {
            link.Send(RankMessage.Welcome, store.Port.ToString(CultureInfo.InvariantCulture), $"rank 0 ({RankMeeting.Self()})");
        }

        return Connect(place, options, links, store);
    }

    static ProcessGroup Follow(RankEnvironment place, ProcessGroupOptions options, Store? agent)
    {
        var port = agent is null ? place.Port : int.Parse(agent.Get("winnow/port"), CultureInfo.InvariantCulture);
        var link = RankMeeting.Visit(place, port, options);
        try
        {
            var storePort = RankMeeting.AwaitWelcome(link, place, port, options);
            return Connect(place, options, [link], Store.Open(place.Host, storePort, server: false, options.Timeout));
        }
        catch
        {
            link.Dispose();
            throw;
        }
    }

    static ProcessGroup Connect(RankEnvironment place, ProcessGroupOptions options, List<RankLink> links, Store store)
    {
        var group = new ProcessGroup(place, options, links, store.Release());
        try
        {
            // The address that this process has towards rank 0 is one at which the other ranks reach it, too.
            group.Call(() => Native.winnow_group_create(group._store, links[0].LocalAddress, place.Rank, place.Size, (long)options.Timeout.TotalMilliseconds, out group._handle));
            return group;
        }
        catch (Exception error)
        {
            group.Fail(error.Message);
            group.Dispose();
            throw;
        }
    }

    // On the watch's thread: whoever waits in an exchange is set free.
    void Abandon()
    {
        lock (_gate)
        {
            if (_handle != 0 && !_abandoned)
            {
                _abandoned = true;
                Native.winnow_group_abandon(_handle);
            }
        }
    }

    /// <summary>A store of c10d, at which processes leave each other texts.</summary>
    sealed class Store : IDisposable
    {
        nint _handle;

        public int Port { get; private init; }

        public static Store Open(string host, int port, bool server, TimeSpan timeout)
        {
            try
            {
                Native.Check(Native.winnow_store_open(host, port, server ? 1 : 0, (long)timeout.TotalMilliseconds, out var handle, out var actual));
                return new Store { _handle = handle, Port = actual };
            }
            catch (TorchException error)
            {
                throw new RankLostException(0, $"the store at {host}:{port} can't be {(server ? "opened" : "reached")}: {error.TorchMessage.Trim()}", error);
            }
        }

        public void Set(string key, string value) => Native.Check(Native.winnow_store_set(_handle, key, value));

        public string Get(string key)
        {
            Span<byte> buffer = stackalloc byte[256];
            fixed (byte* memory = buffer)
            {
                Native.Check(Native.winnow_store_get(_handle, key, memory, buffer.Length));
            }

            return Encoding.UTF8.GetString(buffer[..buffer.IndexOf((byte)0)]);
        }

        public nint Release()
        {
            var handle = _handle;
            _handle = 0;
            return handle;
        }

        public void Dispose() => Native.winnow_store_free(Release());
    }
}
