using System.Diagnostics;

namespace Winnow.Cli.Tests.Support;

/// <summary>A test with two network namespaces, which stand for two machines; skipped, with the reason in the report, where they can't be made.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TwoHostsFactAttribute : FactAttribute
{
    public TwoHostsFactAttribute() => Skip = (Needs.Ranks ?? TwoHosts.Missing)!;
}

/// <summary>Two network namespaces with a cable between them.</summary>
public sealed class TwoHosts : IDisposable
{
    private readonly string _name = $"winnow{Environment.ProcessId}";

    public TwoHosts()
    {
        try
        {
            Ip("netns", "add", First);
            Ip("netns", "add", Second);
            Ip("link", "add", "cable0", "netns", First, "type", "veth", "peer", "name", "cable0", "netns", Second);
            foreach (var (space, address) in (IEnumerable<(string, string)>)[(First, FirstAddress), (Second, SecondAddress)])
            {
                Ip("-n", space, "addr", "add", $"{address}/24", "dev", "cable0");
                Ip("-n", space, "link", "set", "cable0", "up");
                Ip("-n", space, "link", "set", "lo", "up");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public static string? Missing { get; } = Try();

    public static string FirstAddress => "10.77.0.1";

    public static string SecondAddress => "10.77.0.2";

    public string First => _name + "a";

    public string Second => _name + "b";

    /// <summary>Pulls the cable: packets vanish, and no connection is told.</summary>
    public void Cut() => Ip("-n", First, "link", "set", "cable0", "down");

    public void Dispose()
    {
        foreach (var space in new[] { First, Second })
        {
            try
            {
                Ip("netns", "del", space);
            }
            catch (InvalidOperationException)
            {
                // It wasn't made.
            }
        }
    }

    private static string? Try()
    {
        try
        {
            using var hosts = new TwoHosts();
            return null;
        }
        catch (InvalidOperationException error)
        {
            return error.Message;
        }
    }

    private static void Ip(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                throw new InvalidOperationException($"network namespaces can't be made here (it takes root): ip {string.Join(' ', arguments)}: {error.Trim()}");
            }
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new InvalidOperationException($"network namespaces can't be made here: ip: {error.Message}", error);
        }
    }
}
