using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Winnow.Torch;

/// <summary>What of the processor decides which kernels libtorch takes, and so how fast each precision is.</summary>
public static class ProcessorFeatures
{
    private const string Info = "/proc/cpuinfo";

    // The kernel's names, from the least to the most; what the runtime doesn't know is asked of the kernel.
    private static readonly string[] s_oneDnnLimits = ["DNNL_MAX_CPU_ISA", "ONEDNN_MAX_CPU_ISA"];

    private static readonly string[] s_limits = ["ATEN_CPU_CAPABILITY", .. s_oneDnnLimits, "MKL_ENABLE_INSTRUCTIONS"];

    private static readonly string[] s_telling = ["avx2", "fma", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "avx512_fp16", "amx_bf16", "amx_int8", "bf16", "i8mm", "sve"];

    /// <summary>The instruction set as people name it, such as <c>AVX2</c> or <c>AVX-512 with bf16 and AMX</c>, and what the user's environment makes libtorch leave unused.</summary>
    public static string InstructionSet { get; } = Describe(Flags(), Environment.GetEnvironmentVariable);

    /// <summary>Whether there are instructions for bfloat16 that libtorch may use; without them it is emulated, ten times slower than float32.</summary>
    public static bool HasBFloat16 { get; } = Flags().Any(static flag => flag is "avx512_bf16" or "amx_bf16" or "bf16") && !LimitedBelowBFloat16(Environment.GetEnvironmentVariable);

    /// <summary>Everything that decides which kernels are taken, as one text: the same text, the same kernels.</summary>
    public static string Key { get; } = $"{RuntimeInformation.ProcessArchitecture} {string.Join(' ', Flags())} {Limits(Environment.GetEnvironmentVariable)}".TrimEnd();

    internal static string Describe(IReadOnlyCollection<string> flags, Func<string, string?> variable)
    {
        string[] more = [.. new[] { ("bf16", flags.Contains("avx512_bf16") || flags.Contains("bf16")), ("AMX", flags.Contains("amx_bf16")) }.Where(static pair => pair.Item2).Select(static pair => pair.Item1)];
        var name = flags.Contains("avx512f") ? "AVX-512" : flags.Contains("avx2") ? "AVX2" : RuntimeInformation.ProcessArchitecture is Architecture.X64 ? "SSE" : RuntimeInformation.ProcessArchitecture.ToString();
        var limits = Limits(variable);
        return name + (more.Length > 0 ? " with " + string.Join(" and ", more) : "") + (limits.Length > 0 ? $", limited by {limits}" : "");
    }

    // Any limit that names less than AVX-512's bf16 takes it away.
    private static bool LimitedBelowBFloat16(Func<string, string?> variable) =>
        s_oneDnnLimits.Select(variable).Any(static value => !string.IsNullOrEmpty(value) && !value.Contains("BF16", StringComparison.OrdinalIgnoreCase)
            && !value.Contains("AMX", StringComparison.OrdinalIgnoreCase) && !value.Contains("FP16", StringComparison.OrdinalIgnoreCase) && !value.Equals("DEFAULT", StringComparison.OrdinalIgnoreCase));

    private static string Limits(Func<string, string?> variable) => string.Join(", ", s_limits
        .Select(name => (Name: name, Value: variable(name))).Where(static pair => !string.IsNullOrEmpty(pair.Value)).Select(static pair => $"{pair.Name}={pair.Value}"));

    private static string[] Flags()
    {
        var known = OperatingSystem.IsLinux() && File.Exists(Info)
            ? File.ReadLines(Info).FirstOrDefault(static line => line.StartsWith("flags", StringComparison.Ordinal) || line.StartsWith("Features", StringComparison.Ordinal))?.Split(':', 2)[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries)
            : null;
        if (known is not null)
        {
            return [.. s_telling.Where(known.Contains)];
        }

        var seen = new List<string>();
        Add("avx2", Avx2.IsSupported);
        Add("fma", Fma.IsSupported);
        Add("avx512f", Avx512F.IsSupported);
        Add("i8mm", Dp.IsSupported);
        return [.. seen];

        void Add(string name, bool there)
        {
            if (there)
            {
                seen.Add(name);
            }
        }
    }
}
