using System.Diagnostics;
using System.Globalization;

namespace Winnow.Cli.Tests.Support;

/// <summary>
/// A control group in which programs may use so much memory, their pages of files included: one below that of this process (cgroup v1, with the rights of root), or one that systemd
/// makes for its user (cgroup v2).
/// </summary>
public sealed class MemoryGroup : IDisposable
{
    private readonly string? _folder;
    private readonly long _bytes;

    public MemoryGroup(long bytes)
    {
        _bytes = bytes;
        if (OwnGroup() is not { } own)
        {
            return;
        }

        _folder = Path.Combine(own, string.Create(CultureInfo.InvariantCulture, $"winnow-test-{Environment.ProcessId}"));
        Directory.CreateDirectory(_folder);
        File.WriteAllText(Path.Combine(_folder, "memory.limit_in_bytes"), bytes.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Why there can be no such group; null where there can.</summary>
    public static string? Missing { get; } = Try();

    /// <summary>What to put before a program's command.</summary>
    public string[] Prefix => _folder is not null
        ? ["sh", "-c", $"echo $$ > '{_folder}/cgroup.procs' && exec \"$@\"", "sh"]
        : ["systemd-run", "--user", "--scope", "--quiet", "--collect", "-p", string.Create(CultureInfo.InvariantCulture, $"MemoryMax={_bytes}"), "-p", "MemorySwapMax=0"];

    /// <summary>The most that was used at once, where the system tells.</summary>
    public long? Peak => _folder is null ? null : long.Parse(File.ReadAllText(Path.Combine(_folder, "memory.max_usage_in_bytes")), CultureInfo.InvariantCulture);

    public void Dispose()
    {
        for (var attempt = 0; _folder is not null && Directory.Exists(_folder); attempt++)
        {
            try
            {
                Directory.Delete(_folder);
            }
            catch (IOException) when (attempt < 100)
            {
                // The last process is still on its way out.
                Thread.Sleep(50);
            }
        }
    }

    // Of cgroup v1: a line of number, controllers and path. A group without the controller's files can't have any below it.
    private static string? OwnGroup() => File.Exists("/proc/self/cgroup")
        && File.ReadLines("/proc/self/cgroup").Select(static line => line.Split(':')).FirstOrDefault(static parts => parts is [_, "memory", _]) is [_, _, var path]
        && Directory.Exists("/sys/fs/cgroup/memory" + path) ? "/sys/fs/cgroup/memory" + path : null;

    private static string? Try()
    {
        try
        {
            using var group = new MemoryGroup(64 << 20);
            using var process = Process.Start(new ProcessStartInfo(group.Prefix[0], [.. group.Prefix[1..], "true"]) { RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"no control group can be made here: {error.Trim()}";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            return $"no control group can be made here: {error.Message}";
        }
    }
}

/// <summary>A test within so little memory; skipped, with the reason, where no control group can be made.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MemoryGroupFactAttribute : FactAttribute
{
    public MemoryGroupFactAttribute() => Skip = (Needs.Torch ?? MemoryGroup.Missing)!;
}
