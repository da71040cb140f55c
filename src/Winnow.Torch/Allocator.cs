using System.Runtime.InteropServices;

namespace Winnow.Torch;

/// <summary>
/// glibc gives large blocks back to the kernel as soon as they are freed, and a training step faults the same activations in again: up to a
/// quarter of a step. With other thresholds it keeps them. It is also slow at the small aligned blocks of which a convolution makes some hundred a call; nothing can be
/// set against that, but tcmalloc, jemalloc and mimalloc, where one is loaded before the program, are not. Other C libraries are left alone.
/// </summary>
internal static partial class Allocator
{
    private const string Name = "allocator";
    private const int TrimThreshold = -1, TopPad = -2, MapThreshold = -3;

    /// <summary>Sets the thresholds for this process, unless the user has set any.</summary>
    public static Gap Tune()
    {
        if (!OperatingSystem.IsLinux())
        {
            return new Gap(Name, GapState.NotNeeded, "the system's own; only glibc's is known to give memory back at every step");
        }

        if (Preloaded() is { } other)
        {
            return new Gap(Name, GapState.InUse, $"{other}, loaded before the program");
        }

        if (UserSetting() is { } setting)
        {
            return new Gap(Name, GapState.NotNeeded, $"as {setting} says");
        }

        try
        {
            // Returns 1 for success.
            var kept = mallopt(MapThreshold, 1 << 30) + mallopt(TrimThreshold, int.MaxValue) + mallopt(TopPad, 64 << 20);
            return kept == 3
                ? new Gap(Name, GapState.InUse, "glibc keeps freed memory instead of giving it back at every step; tcmalloc in its place (LD_PRELOAD) makes small batches a tenth faster")
                : new Gap(Name, GapState.Unavailable, "glibc refused the thresholds; memory goes back at every step");
        }
        catch (Exception error) when (error is EntryPointNotFoundException or DllNotFoundException)
        {
            return new Gap(Name, GapState.NotNeeded, "the C library's own; it isn't glibc");
        }
    }

    /// <summary>The allocator that was loaded before the program and so takes glibc's place; null where none was.</summary>
    internal static string? Preloaded()
    {
        var program = NativeLibrary.GetMainProgramHandle();
        foreach (var (name, function) in (ReadOnlySpan<(string, string)>)[("tcmalloc", "tc_version"), ("jemalloc", "mallctl"), ("mimalloc", "mi_version")])
        {
            if (NativeLibrary.TryGetExport(program, function, out _))
            {
                return name;
            }
        }

        return null;
    }

    private static string? UserSetting()
    {
        foreach (var name in (ReadOnlySpan<string>)["MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_", "GLIBC_TUNABLES"])
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value && (name != "GLIBC_TUNABLES" || value.Contains("glibc.malloc", StringComparison.Ordinal)))
            {
                return name;
            }
        }

        return null;
    }

    [LibraryImport("libc")]
    private static partial int mallopt(int parameter, int value);
}
