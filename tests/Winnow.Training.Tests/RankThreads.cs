using System.Net;
using System.Net.Sockets;
using Winnow.Torch.Distributed;

namespace Winnow.Training.Tests;

/// <summary>Ranks as threads of this process, with real exchanges between them.</summary>
internal static class RankThreads
{
    /// <summary>Why there can be no ranks; null where there can.</summary>
    public static string? Missing { get; } = ProcessGroup.IsAvailable ? null : ProcessGroup.Availability.Detail;

    /// <summary>What the work came to on each rank.</summary>
    public static T[] Run<T>(int ranks, Func<ProcessGroup, T> work)
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var place = new RankEnvironment { Rank = 0, Size = ranks, Host = "127.0.0.1", Port = ((IPEndPoint)probe.LocalEndpoint).Port };
        probe.Stop();
        var (results, errors) = (new T[ranks], new Exception?[ranks]);
        var threads = Enumerable.Range(0, ranks).Select(rank => new Thread(() =>
        {
            try
            {
                using var group = ProcessGroup.Join(place with { Rank = rank });
                results[rank] = work(group);
                group.Leave();
            }
            catch (Exception error)
            {
                errors[rank] = error;
            }
        })).ToArray();
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());
        Assert.All(errors, static error => Assert.Null(error));
        return results;
    }
}

/// <summary>A test of several ranks; skipped where the native library was built without process groups.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RanksFactAttribute : FactAttribute
{
    public RanksFactAttribute() => Skip = RankThreads.Missing!;
}

/// <summary>A theory of several ranks.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RanksTheoryAttribute : TheoryAttribute
{
    public RanksTheoryAttribute() => Skip = RankThreads.Missing!;
}
