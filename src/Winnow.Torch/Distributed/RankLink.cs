using System.Net;
using System.Net.Sockets;

namespace Winnow.Torch.Distributed;

/// <summary>A connection between rank 0 and another rank, beside gloo's own.</summary>
internal sealed class RankLink : IDisposable
{
    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly BufferedStream _input;
    private readonly Lock _gate = new();

    public RankLink(Socket socket)
    {
        socket.NoDelay = true;
        (_socket, _stream) = (socket, new NetworkStream(socket, ownsSocket: true));
        _input = new BufferedStream(_stream, 4096);
    }

    /// <summary>The rank at the other end.</summary>
    public int Rank { get; set; }

    /// <summary>That rank with its process and machine, for messages.</summary>
    public string Name { get; set; } = "";

    /// <summary>Where that rank listens for each of the others.</summary>
    public IReadOnlyList<byte[]> Addresses { get; set; } = [];

    /// <summary>Where it was when it last said something.</summary>
    public RankProgress Progress { get; set; } = RankProgress.Start;

    /// <summary>Whether it has said that its work is done.</summary>
    public bool Left { get; set; }

    /// <summary>This process's own address on the way to the other end.</summary>
    public IPAddress LocalAddress => Dial.LocalAddress(_socket);

    /// <summary>The longest wait for the next line, and for room to write one.</summary>
    public TimeSpan Patience
    {
        set
        {
            var milliseconds = Math.Max(1, (int)value.TotalMilliseconds);
            (_socket.ReceiveTimeout, _socket.SendTimeout) = (milliseconds, milliseconds);
        }
    }

    /// <summary>The next line; null when the other end has closed.</summary>
    /// <exception cref="IOException">Nothing came for too long, or the connection broke.</exception>
    /// <exception cref="ObjectDisposedException">This end was closed meanwhile.</exception>
    public string[]? Read()
    {
        try
        {
            return RankMessage.Read(_input);
        }
        catch (NotSupportedException error)
        {
            // What a buffer says that finds its stream closed between two reads.
            throw new ObjectDisposedException("the link to another rank was closed on this end", error);
        }
    }

    /// <summary>Sends one line. Whoever reads finds out that a connection is broken; writers needn't.</summary>
    public void Send(string word, params ReadOnlySpan<string> fields)
    {
        var line = RankMessage.Encode(word, fields);
        try
        {
            lock (_gate)
            {
                _stream.Write(line);
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // The reader of this connection tells.
        }
    }

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }
}
