using System.Runtime.InteropServices;

namespace Winnow.Torch.Tests.Support;

/// <summary>A test that needs an allocator to load before the program; skipped, with the reason in the report, where none is installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PreloadFactAttribute : FactAttribute
{
    public PreloadFactAttribute() => Skip = Missing!;

    /// <summary>Why tests are skipped; null where they aren't.</summary>
    public static string? Missing => Library is null ? "tcmalloc isn't installed; Debian's package is libtcmalloc-minimal4" : null;

    /// <summary>Where it is.</summary>
    public static string? Library { get; } = OperatingSystem.IsLinux()
        ? ((string[])[$"/usr/lib/{(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64" : "x86_64")}-linux-gnu", "/usr/lib64"])
            .Select(static folder => Path.Combine(folder, "libtcmalloc_minimal.so.4")).FirstOrDefault(File.Exists)
        : null;
}

/// <summary>The same for a theory of several processes.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PreloadRanksTheoryAttribute : TheoryAttribute
{
    public PreloadRanksTheoryAttribute() => Skip = (Ranks.Missing ?? PreloadFactAttribute.Missing)!;
}
