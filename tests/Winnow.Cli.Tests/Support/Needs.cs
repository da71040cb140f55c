using System.Diagnostics;
using Winnow.Torch;
using Winnow.Torch.Distributed;

namespace Winnow.Cli.Tests.Support;

/// <summary>A test that needs the native library, and maybe more; skipped, with the reason in the report, where that is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TorchFactAttribute : FactAttribute
{
    public TorchFactAttribute(bool fashionMnist = false, bool mount = false, bool ranks = false) =>
        Skip = (Needs.Torch ?? (fashionMnist ? Needs.FashionMnist : null) ?? (mount ? Needs.Mount : null) ?? (ranks ? Needs.Ranks : null))!;
}

/// <summary>A theory that needs the native library.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TorchTheoryAttribute : TheoryAttribute
{
    public TorchTheoryAttribute(bool ranks = false) => Skip = (Needs.Torch ?? (ranks ? Needs.Ranks : null))!;
}

/// <summary>A test that mounts a tiny file system.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MountFactAttribute : FactAttribute
{
    public MountFactAttribute() => Skip = Needs.Mount!;
}

/// <summary>A test that kills the program at its changes to files.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KillerFactAttribute : FactAttribute
{
    public KillerFactAttribute() => Skip = (Needs.Torch ?? Needs.Killer)!;
}

/// <summary>Why tests are skipped; null where they can run.</summary>
internal static class Needs
{
    public static string? Torch { get; } = Try(TorchRuntime.Load);

    public static string? Ranks { get; } = Torch ?? (ProcessGroup.IsAvailable ? null : ProcessGroup.Availability.Detail);

    public static string? FashionMnist { get; } = Try(static () => Data.DataSources.Open("fashion-mnist"));

    public static string? Mount { get; } = Try(static () =>
    {
        using var folder = new TemporaryFolder();
        using var disk = new TinyDisk(folder.Path, 64);
    });

    public static string? Killer { get; } = Try(static () => _ = Support.Killer.Library);

    private static string? Try(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (Exception error) when (error is TorchNotAvailableException or Data.DataException or InvalidOperationException)
        {
            return error.Message;
        }
    }
}

/// <summary>A file system in memory of so many kibibytes, mounted on a folder.</summary>
public sealed class TinyDisk : IDisposable
{
    private readonly string _folder;

    public TinyDisk(string folder, int kibibytes)
    {
        _folder = folder;
        Call("mount", "-t", "tmpfs", "-o", $"size={kibibytes}k", "tmpfs", folder);
    }

    /// <summary>From now on nothing can be written there.</summary>
    public void MakeReadOnly() => Call("mount", "-o", "remount,ro", _folder);

    public void Dispose() => Call("umount", _folder);

    private static void Call(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                throw new InvalidOperationException($"a tiny file system can't be mounted here (it takes root): {error.Trim()}");
            }
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new InvalidOperationException($"a tiny file system can't be mounted here: {error.Message}", error);
        }
    }
}
