using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Winnow.Torch.Distributed;

/// <summary>How ranks find each other: rank 0 listens, the others introduce themselves, and whoever doesn't fit is told why.</summary>
internal static class RankMeeting
{
    private const string Protocol = "2";
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    /// <summary>Rank 0: listens until every other rank has come.</summary>
    /// <param name="place">Where.</param>
    /// <param name="options">How long, and what has to agree.</param>
    /// <param name="listening">Called with the port.</param>
    /// <exception cref="RankSetupException">The port is taken, or a rank doesn't fit.</exception>
    /// <exception cref="RankLostException">A rank didn't come in time.</exception>
    public static List<RankLink> Gather(RankEnvironment place, ProcessGroupOptions options, Action<int> listening)
    {
        using var listener = Listen(place);
        listening(((IPEndPoint)listener.LocalEndPoint!).Port);
        var links = new List<RankLink>();
        var since = Stopwatch.StartNew();
        try
        {
            while (links.Count < place.Size - 1)
            {
                options.Waiting?.Invoke();
                if (since.Elapsed > options.MeetingTimeout)
                {
                    var missing = Enumerable.Range(1, place.Size - 1).Except(links.Select(static link => link.Rank)).ToArray();
                    throw new RankLostException(missing is [var one] ? one : null, string.Create(CultureInfo.InvariantCulture,
                        $"rank {string.Join(", ", missing)} of {place.Size} didn't come to {place.Host}:{((IPEndPoint)listener.LocalEndPoint!).Port} within {options.MeetingTimeout.TotalSeconds:0.#} s; start every rank with the same WORLD_SIZE, MASTER_ADDR and MASTER_PORT, and see that nothing blocks that port."));
                }

                if (listener.Poll(s_look, SelectMode.SelectRead) && Introduce(listener.Accept(), place, options, links) is { } link)
                {
                    links.Add(link);
                }
            }

            return [.. links.OrderBy(static link => link.Rank)];
        }
        catch (Exception error)
        {
            Refuse(links, error.Message);
            throw;
        }
    }

    /// <summary>Any other rank: goes to rank 0.</summary>
    /// <param name="place">Where.</param>
    /// <param name="port">Rank 0's port.</param>
    /// <param name="options">How long.</param>
    /// <exception cref="RankSetupException">Rank 0's machine isn't known.</exception>
    /// <exception cref="RankLostException">Rank 0 doesn't answer in time.</exception>
    public static RankLink Visit(RankEnvironment place, int port, ProcessGroupOptions options) =>
        new(Dial.Connect(place.Host, port, options.MeetingTimeout, "rank 0")) { Rank = 0, Name = "rank 0", Patience = options.MeetingTimeout };

    /// <summary>Introduces this rank to rank 0, and waits for its word that all have come; gives where the others listen for this rank.</summary>
    /// <param name="link">To rank 0.</param>
    /// <param name="place">Where.</param>
    /// <param name="port">Rank 0's port.</param>
    /// <param name="options">How long, and what has to agree.</param>
    /// <param name="addresses">Where this rank listens for each of the others.</param>
    /// <exception cref="RankSetupException">Rank 0 refuses this rank, or it isn't Winnow that listens there.</exception>
    /// <exception cref="RankLostException">Rank 0 doesn't answer in time, or ended.</exception>
    public static byte[][] Join(RankLink link, RankEnvironment place, int port, ProcessGroupOptions options, IEnumerable<byte[]> addresses)
    {
        link.Send(RankMessage.Hello, [Protocol, Text(place.Rank), Text(place.Size), Self(), RankMessage.Addresses(addresses), .. options.Agreement.SelectMany(static entry => new[] { entry.Key, entry.Value })]);

        // Rank 0 waits for the last rank as long, counted from when it began.
        link.Patience = options.MeetingTimeout * 2;
        string[]? answer;
        try
        {
            answer = link.Read();
        }
        catch (IOException error)
        {
            throw new RankLostException(0, $"whoever listens at {place.Host}:{port} (MASTER_ADDR, MASTER_PORT) gave no answer: {(error.InnerException ?? error).Message}; is it rank 0 of this run?", error);
        }

        link.Name = answer is [_, var name, ..] ? name : "rank 0";
        return answer switch
        {
            [RankMessage.Welcome, _, var field, ..] when RankMessage.Addresses(field, place.Size) is { } others => others,
            [RankMessage.Refused, var why, ..] => throw new RankSetupException(why),
            null => throw new RankLostException(0, $"rank 0 at {place.Host}:{port} ended before all ranks had come."),
            _ => throw new RankSetupException($"what listens at {place.Host}:{port} (MASTER_ADDR, MASTER_PORT) is another program; choose a port that is free on {place.Host}."),
        };
    }

    /// <summary>Rank 0: tells all that all have come, and where the others listen for each of them.</summary>
    /// <param name="links">To all others, in order.</param>
    /// <param name="addresses">Where rank 0 listens for each of them.</param>
    /// <returns>Where the others listen for rank 0.</returns>
    public static byte[][] Welcome(IReadOnlyList<RankLink> links, IReadOnlyList<byte[]> addresses)
    {
        foreach (var link in links)
        {
            link.Send(RankMessage.Welcome, $"rank 0 ({Self()})", RankMessage.Addresses(links.Select(other => other.Addresses[link.Rank]).Prepend(addresses[link.Rank])));
        }

        return [[], .. links.Select(static link => link.Addresses[0])];
    }

    /// <summary>Rank 0: tells all others why there will be no group.</summary>
    public static void Refuse(IEnumerable<RankLink> links, string why)
    {
        foreach (var link in links)
        {
            link.Send(RankMessage.Refused, why);
            link.Dispose();
        }
    }

    /// <summary>This process, for others' messages.</summary>
    public static string Self() => $"process {Environment.ProcessId} on {Environment.MachineName}";

    private static Socket Listen(RankEnvironment place)
    {
        // Ranks of one machine are nobody else's business.
        var here = IPAddress.TryParse(place.Host, out var address) ? IPAddress.IsLoopback(address) : place.Host == "localhost";
        var family = here && address?.AddressFamily == AddressFamily.InterNetworkV6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        var any = !here && Socket.OSSupportsIPv6;
        var socket = any ? new Socket(SocketType.Stream, ProtocolType.Tcp) : new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(any ? IPAddress.IPv6Any : !here ? IPAddress.Any : family == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Loopback : IPAddress.Loopback, place.Port));
            socket.Listen(place.Size);
            return socket;
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw new RankSetupException(error.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? $"port {place.Port} (MASTER_PORT) is taken by another program on this machine, and rank 0 has to listen there; choose a free one, the same for all ranks."
                : $"rank 0 can't listen at port {place.Port} (MASTER_PORT): {error.Message}; choose another, the same for all ranks.", error);
        }
    }

    /// <summary>Reads who is there; null for a stranger.</summary>
    private static RankLink? Introduce(Socket socket, RankEnvironment place, ProcessGroupOptions options, List<RankLink> known)
    {
        var link = new RankLink(socket) { Patience = TimeSpan.FromSeconds(Math.Min(5, options.MeetingTimeout.TotalSeconds)) };
        string[]? hello = null;
        try
        {
            hello = link.Read();
        }
        catch (IOException)
        {
            // A stranger: a port scanner, a health check.
        }

        if (hello is not [RankMessage.Hello, var protocol, _, _, var who, ..])
        {
            link.Dispose();
            return null;
        }

        var (rank, size) = (RankMessage.Number(hello, 2), RankMessage.Number(hello, 3));
        link.Name = $"rank {rank} ({who})";
        var why = protocol != Protocol ? $"{link.Name} is of another version of Winnow than rank 0; use the same everywhere."
            : size != place.Size ? $"{link.Name} was started with WORLD_SIZE={size} and rank 0 with WORLD_SIZE={place.Size}; give all ranks the same."
            : rank < 1 || rank >= place.Size ? $"{link.Name} has a rank that is none of 1 to {place.Size - 1}; each process needs a RANK of its own."
            : known.Find(other => other.Rank == rank) is { } twin ? $"{link.Name} has the same RANK as {twin.Name}; each process needs one of its own."
            : hello.Length < 6 || RankMessage.Addresses(hello[5], place.Size) is null ? $"{link.Name} doesn't say where it listens; use the same version of Winnow everywhere."
            : Disagreement(link.Name, hello.AsSpan(6), options.Agreement);
        if (why is not null)
        {
            link.Send(RankMessage.Refused, why);
            link.Dispose();
            throw new RankSetupException(why);
        }

        (link.Rank, link.Addresses) = ((int)rank, RankMessage.Addresses(hello[5], place.Size)!);
        return link;
    }

    private static string? Disagreement(string name, ReadOnlySpan<string> theirs, IReadOnlyList<KeyValuePair<string, string>> ours)
    {
        for (var i = 0; i < ours.Count; i++)
        {
            var value = (2 * i) + 1 < theirs.Length && theirs[2 * i] == ours[i].Key ? theirs[(2 * i) + 1] : "nothing";
            if (value != ours[i].Value)
            {
                return $"{name} was started with {ours[i].Key} {value} and rank 0 with {ours[i].Key} {ours[i].Value}; all ranks need the same command line and the same data.";
            }
        }

        return null;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
