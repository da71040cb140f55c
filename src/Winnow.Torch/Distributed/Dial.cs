using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Winnow.Torch.Distributed;

/// <summary>Connections to rank 0's machine, on which nobody may listen yet.</summary>
internal static class Dial
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    /// <summary>Connects, again and again until somebody answers.</summary>
    /// <param name="host">A name or an address.</param>
    /// <param name="port">A port there.</param>
    /// <param name="timeout">How long to try.</param>
    /// <param name="who">Who is expected there, for messages.</param>
    /// <exception cref="RankSetupException">The machine isn't known.</exception>
    /// <exception cref="RankLostException">Nobody answers in time.</exception>
    public static Socket Connect(string host, int port, TimeSpan timeout, string who)
    {
        var since = Stopwatch.StartNew();
        while (true)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                using var limit = new CancellationTokenSource(Remaining(timeout, since));
                socket.ConnectAsync(host, port, limit.Token).AsTask().GetAwaiter().GetResult();
                return socket;
            }
            catch (SocketException error) when (error.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain)
            {
                socket.Dispose();
                throw new RankSetupException($"rank 0's machine {host} (MASTER_ADDR) isn't known here: {error.Message}; give a name or an address that all machines know.", error);
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException)
            {
                socket.Dispose();
                if (since.Elapsed + s_look > timeout)
                {
                    throw new RankLostException(0, string.Create(CultureInfo.InvariantCulture,
                        $"{who} doesn't answer at {host}:{port} (MASTER_ADDR, MASTER_PORT) within {timeout.TotalSeconds:0.#} s: {(error is SocketException ? error.Message : "no connection")}; is it running, and does nothing block that port?"), error);
                }

                Thread.Sleep(s_look);
            }
        }
    }

    /// <summary>This process's own address on the way to the other end, IPv4 as such.</summary>
    public static IPAddress LocalAddress(Socket socket)
    {
        var address = ((IPEndPoint)socket.LocalEndPoint!).Address;
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    /// <summary>What is left of a time, at least a millisecond.</summary>
    public static TimeSpan Remaining(TimeSpan timeout, Stopwatch since) => timeout > since.Elapsed ? timeout - since.Elapsed : TimeSpan.FromMilliseconds(1);
}
