using System.Net;
using System.Net.Sockets;
using Winnow.Torch.Distributed;

namespace Winnow.Torch.Tests.Support;

/// <summary>A test that needs process groups; skipped, with the reason in the report, where they can't be had.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RanksFactAttribute : FactAttribute
{
    public RanksFactAttribute() => Skip = Ranks.Missing!;
}

/// <summary>A theory that needs process groups.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RanksTheoryAttribute : TheoryAttribute
{
    public RanksTheoryAttribute() => Skip = Ranks.Missing!;
}

/// <summary>A test that needs process groups and the loopback interface's IPv6 address.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class Ranks6FactAttribute : FactAttribute
{
    public Ranks6FactAttribute() => Skip = (Ranks.Missing ?? Ranks.Missing6)!;
}

/// <summary>Ranks as threads of this process, over real sockets of the loopback interface.</summary>
internal static class Ranks
{
    /// <summary>Why there can be no ranks; null where there can.</summary>
    public static string? Missing { get; } = TorchAvailability.Reason ?? (ProcessGroup.IsAvailable ? null : ProcessGroup.Availability.Detail);

    /// <summary>Why there can be none over IPv6.</summary>
    public static string? Missing6 { get; } = Listens(IPAddress.IPv6Loopback) ? null : "there is no ::1 here";

    /// <summary>A rank's place at a port that is free now.</summary>
    public static RankEnvironment Place(int rank, int size) => new() { Rank = rank, Size = size, Host = "127.0.0.1", Port = FreePort() };

    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static bool Listens(IPAddress address)
    {
        try
        {
            using var probe = new TcpListener(address, 0);
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Does the same on each rank, each on a thread of its own; ranks that return something but a loss have left.</summary>
    public static T[] Run<T>(int ranks, Func<ProcessGroup, T> work, TimeSpan? timeout = null, Action<int>? listening = null)
    {
        var place = Place(0, ranks);
        return Run([.. Enumerable.Range(0, ranks).Select(rank => place with { Rank = rank })], work, timeout, listening);
    }

    /// <summary>The same for ranks whose places are known.</summary>
    public static T[] Run<T>(IReadOnlyList<RankEnvironment> places, Func<ProcessGroup, T> work, TimeSpan? timeout = null, Action<int>? listening = null)
    {
        var (results, errors) = (new T[places.Count], new Exception?[places.Count]);
        var threads = places.Select(place => new Thread(() =>
        {
            try
            {
                using var group = ProcessGroup.Join(place, new ProcessGroupOptions { Timeout = timeout ?? TimeSpan.FromSeconds(20), Listening = listening });
                results[place.Rank] = work(group);
                if (results[place.Rank] is not (null or RankLostException))
                {
                    group.Leave();
                }
            }
            catch (Exception error)
            {
                errors[place.Rank] = error;
            }
        })).ToArray();
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());
        Assert.All(errors, static error => Assert.Null(error));
        return results;
    }
}
