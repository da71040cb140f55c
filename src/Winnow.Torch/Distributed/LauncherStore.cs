using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Winnow.Torch.Distributed;

/// <summary>
/// The store that torchrun keeps at MASTER_PORT, where ranks leave each other texts: as much of the protocol of <c>torch.distributed.TCPStore</c>
/// as it takes to leave one and to wait for one. A query is a byte and its arguments; texts have their length before them, in 8 bytes.
/// </summary>
internal sealed class LauncherStore : IDisposable
{
    // Stores of torch 2.1 and later take queries only after this number, which those before take for the beginning of a text too long to hold: they close
    // the connection. Four harmless queries behind it make that text longer than any machine's memory, and are answered by the others.
    private const uint Greeting = 0x3C85F7CE;
    private const int GreetingQueries = 4, LongestText = 1 << 12, MostKeys = 1 << 24;

    private static readonly Dialect s_old = new(Set: 0, Get: 2, Wait: 5, Count: 6), s_new = new(Set: 1, Get: 3, Wait: 6, Count: 7);

    private readonly Socket _socket;
    private readonly string _place;
    private readonly Dialect _dialect;

    private LauncherStore(Socket socket, string place, Dialect dialect) => (_socket, _place, _dialect) = (socket, place, dialect);

    /// <summary>This process's own address on the way to the store.</summary>
    public IPAddress LocalAddress => Dial.LocalAddress(_socket);

    /// <summary>Connects to the store.</summary>
    /// <param name="host">A name or an address.</param>
    /// <param name="port">A port there.</param>
    /// <param name="timeout">How long to try.</param>
    /// <exception cref="RankSetupException">The machine isn't known, or what listens there is no such store.</exception>
    /// <exception cref="RankLostException">Nobody answers in time.</exception>
    public static LauncherStore Open(string host, int port, TimeSpan timeout)
    {
        var since = Stopwatch.StartNew();
        foreach (var dialect in new[] { s_new, s_old })
        {
            var socket = Dial.Connect(host, port, Dial.Remaining(timeout, since), "the launcher's store");
            var store = new LauncherStore(socket, string.Create(CultureInfo.InvariantCulture, $"{host}:{port}"), dialect);
            try
            {
                // A strange server may be silent forever, and each dialect has to have its turn.
                store.Within(TimeSpan.FromSeconds(Math.Min(5, timeout.TotalSeconds / 3)));
                store.Greet();
                return store;
            }
            catch (Exception error) when (error is IOException or SocketException)
            {
                store.Dispose();
            }
        }

        throw new RankSetupException(
            $"what listens at {host}:{port} (MASTER_ADDR, MASTER_PORT) is no store of torch.distributed that is known here, although TORCHELASTIC_USE_AGENT_STORE says that the launcher has one; unset that variable where the port is free for rank 0.");
    }

    /// <summary>Leaves a text.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="value">The text.</param>
    /// <exception cref="RankLostException">The store is gone.</exception>
    public void Set(string key, string value) => Do(() => Send(_dialect.Set, Text(Key(key)), Text(value)));

    /// <summary>Waits for a text.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="timeout">How long.</param>
    /// <exception cref="RankLostException">Nobody left it in time, or the store is gone.</exception>
    public string Get(string key, TimeSpan timeout) => Do(() =>
    {
        Within(timeout);
        Send(_dialect.Wait, Number(1), Text(Key(key)));
        if (Receive(1)[0] != 0)
        {
            throw new IOException("an unknown answer");
        }

        Send(_dialect.Get, Text(Key(key)));
        var length = BinaryPrimitives.ReadInt64LittleEndian(Receive(8));
        return length is >= 0 and <= LongestText ? Encoding.UTF8.GetString(Receive((int)length)) : throw new IOException("an unknown answer");
    });

    /// <summary>Closes the connection; what was left stays.</summary>
    public void Dispose() => _socket.Dispose();

    // As torch's own clients name them.
    private static string Key(string key) => "/" + key;

    private static byte[] Text(string text) => [.. Number(Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    private static byte[] Number(long number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return bytes;
    }

    /// <summary>Finds out whether the store understands the dialect: counting the keys changes nothing.</summary>
    private void Greet()
    {
        var queries = 1;
        if (_dialect == s_new)
        {
            var number = new byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(number, Greeting);
            queries = GreetingQueries;
            Send(0, number, Enumerable.Repeat(_dialect.Count, queries).ToArray());
        }
        else
        {
            Send(_dialect.Count);
        }

        for (; queries > 0; queries--)
        {
            // Whatever else answers, such as a web server, does so with letters.
            if (BinaryPrimitives.ReadInt64LittleEndian(Receive(sizeof(long))) is not (>= 0 and < MostKeys))
            {
                throw new IOException("an unknown answer");
            }
        }
    }

    private T Do<T>(Func<T> talk)
    {
        try
        {
            return talk();
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            var late = error is SocketException { SocketErrorCode: SocketError.TimedOut or SocketError.WouldBlock };
            throw new RankLostException(0, late
                ? $"rank 0 didn't say in time, in the launcher's store at {_place} (MASTER_ADDR, MASTER_PORT), where it can be reached; was it started?"
                : $"the launcher's store at {_place} (MASTER_ADDR, MASTER_PORT) is gone: {error.Message}; did the launcher end?", error);
        }
    }

    private void Do(Action talk) => Do(() =>
    {
        talk();
        return true;
    });

    private void Within(TimeSpan timeout) => _socket.ReceiveTimeout = Math.Max(1, (int)timeout.TotalMilliseconds);

    private void Send(byte query, params ReadOnlySpan<byte[]> arguments)
    {
        List<byte> message = [query];
        foreach (var argument in arguments)
        {
            message.AddRange(argument);
        }

        _socket.Send([.. message]);
    }

    private byte[] Receive(int count)
    {
        var bytes = new byte[count];
        for (var have = 0; have < count;)
        {
            var came = _socket.Receive(bytes.AsSpan(have));
            have += came > 0 ? came : throw new IOException("the connection was closed");
        }

        return bytes;
    }

    /// <summary>The numbers of the queries, which are others in torch 1.x and 2.0 than later.</summary>
    private readonly record struct Dialect(byte Set, byte Get, byte Wait, byte Count);
}
