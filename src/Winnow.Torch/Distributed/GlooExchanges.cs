using System.Globalization;
using TorchSharp;
using static Winnow.Torch.Distributed.GlooLibrary;

namespace Winnow.Torch.Distributed;

/// <summary>Exchanges over memory of the processor: one rank's end of a gloo group.</summary>
internal sealed unsafe class GlooExchanges : IExchanges
{
    private const int LongestAddress = 192;

    private readonly int _rank, _size;
    private nint _group;

    /// <summary>Listens for the other ranks at one of this machine's own addresses.</summary>
    /// <param name="address">In numbers.</param>
    /// <param name="rank">This process, in [0, size).</param>
    /// <param name="size">How many processes there are, at least 2.</param>
    /// <param name="timeout">How long a connection may take, and an exchange may stand still.</param>
    /// <exception cref="ExchangeFailedException">It can't listen there.</exception>
    public GlooExchanges(string address, int rank, int size, TimeSpan timeout)
    {
        (_rank, _size) = (rank, size);
        Check(winnow_gloo_open(address, rank, size, (long)timeout.TotalMilliseconds, out _group));
    }

    /// <summary>Where this rank listens for each of the others; its own place is empty.</summary>
    public byte[][] Addresses()
    {
        var buffer = stackalloc byte[LongestAddress];
        var all = new byte[_size][];
        for (var peer = 0; peer < _size; peer++)
        {
            var length = 0;
            if (peer != _rank)
            {
                Check(winnow_gloo_address(_group, peer, buffer, out length));
            }

            all[peer] = new ReadOnlySpan<byte>(buffer, length).ToArray();
        }

        return all;
    }

    /// <summary>Connects to all others.</summary>
    /// <param name="addresses">Where each of them listens for this rank; its own place isn't read.</param>
    /// <exception cref="ExchangeFailedException">One can't be reached within the timeout, or it was given up.</exception>
    public void Connect(IReadOnlyList<byte[]> addresses)
    {
        for (var peer = 0; peer < _size; peer++)
        {
            if (peer != _rank)
            {
                try
                {
                    fixed (byte* address = addresses[peer])
                    {
                        Check(winnow_gloo_connect(_group, peer, address, addresses[peer].Length));
                    }
                }
                catch (ExchangeFailedException error)
                {
                    throw new ExchangeFailedException(string.Create(CultureInfo.InvariantCulture, $"no connection with rank {peer}: {error.Message}"));
                }
            }
        }
    }

    /// <inheritdoc/>
    public nint AllReduce(nint data, long count, torch.ScalarType type)
    {
        var element = type switch
        {
            torch.ScalarType.Float32 => 0,
            torch.ScalarType.Float64 => 1,
            torch.ScalarType.Int32 => 2,
            torch.ScalarType.Int64 => 3,
            _ => throw new NotSupportedException($"elements of {type} can't be added up over processes; convert to Float32, Float64, Int32 or Int64."),
        };
        Check(winnow_gloo_all_reduce(_group, data, count, element, out var exchange));
        return exchange;
    }

    /// <inheritdoc/>
    public nint AllGather(nint mine, long bytes, nint all)
    {
        Check(winnow_gloo_all_gather(_group, mine, bytes, all, out var exchange));
        return exchange;
    }

    /// <inheritdoc/>
    public nint Broadcast(nint data, long bytes, int root)
    {
        Check(winnow_gloo_broadcast(_group, data, bytes, root, out var exchange));
        return exchange;
    }

    /// <summary>Begins an exchange that is over when all ranks have begun it.</summary>
    /// <exception cref="ExchangeFailedException">It can't begin.</exception>
    public nint Barrier()
    {
        Check(winnow_gloo_barrier(_group, out var exchange));
        return exchange;
    }

    /// <inheritdoc/>
    public void Wait(nint exchange) => Check(winnow_gloo_wait(exchange));

    /// <inheritdoc/>
    public void Abort() => winnow_gloo_abort(_group);

    /// <summary>Closes the connections; exchanges that still run are given up. Not while another thread gives up.</summary>
    public void Dispose()
    {
        winnow_gloo_close(_group);
        _group = 0;
    }
}
