using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Winnow.Policies;
using static Winnow.Native.Tests.Library;

namespace Winnow.Native.Tests;

/// <summary>The one page that a user of another language reads.</summary>
public sealed partial class HeaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("winnow-header-").FullName;

    private static string Header => System.IO.File.ReadAllText(Path.Combine(Root, "native", "winnow", "winnow.h"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [LibraryFact]
    public void Declares_exactly_what_the_library_exports()
    {
        string[] declared = [.. Functions().Matches(Header).Select(static m => m.Groups[1].Value).Order(StringComparer.Ordinal)];
        var exported = Run("nm", "-D", "--defined-only", Library.File);
        Assert.Equal(declared, Exports().Matches(exported).Select(static m => m.Groups[1].Value).Order(StringComparer.Ordinal));
        Assert.InRange(declared.Length, 20, 100);
    }

    [LibraryFact]
    public unsafe void Versions_are_those_of_the_library_and_its_package()
    {
        Assert.Equal(1, winnow_pruner_abi_version());
        Assert.Equal(typeof(Pruner).Assembly.GetName().Version!.ToString(3), Marshal.PtrToStringUTF8((nint)winnow_pruner_version()));
    }

    [LibraryFact]
    public void The_library_needs_nothing_but_the_systems_own()
    {
        string[] needed = [.. Needed().Matches(Run("readelf", "-d", Library.File)).Select(static m => m.Groups[1].Value)];
        Assert.NotEmpty(needed);
        Assert.Subset(new HashSet<string> { "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libgcc_s.so.1", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1" }, needed.ToHashSet());
    }

    [LibraryFact]
    public void The_kernels_of_256_bits_are_in_the_library()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return;
        }
        // The random numbers' multiplications: compiled for less than AVX2, planning takes half as long again and nothing else shows it.
        Assert.Matches(@"vpmuludq .*%ymm", Run("objdump", "-d", "--no-show-raw-insn", "--section=__managedcode", Library.File));
    }

    [LibraryTheory]
    [InlineData("gcc", "-std=c99", "loop.c")]
    [InlineData("g++", "-std=c++11", "loop.cpp")]
    public void A_program_in_c_or_cpp_follows_the_managed_plans(string compiler, string standard, string name)
    {
        string source = Path.Combine(_folder, name), program = Path.Combine(_folder, "loop");
        System.IO.File.Copy(Path.Combine(Root, "native", "winnow", "example.c"), source);
        Run(compiler, standard, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O1", "-I", Path.Combine(Root, "native", "winnow"), source, "-o", program,
            "-L", Path.GetDirectoryName(Library.File)!, "-lwinnow", $"-Wl,-rpath,{Path.GetDirectoryName(Library.File)}");
        const int count = 1000, epochs = 6;
        var pruner = new Pruner(count, PolicyCatalog.Parse("infobatch:keep=0.5"), new PrunerOptions { Epochs = epochs, Seed = 1 });
        var expected = new StringBuilder();
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            var plan = pruner.Plan(epoch);
            expected.Append(System.Globalization.CultureInfo.InvariantCulture, $"epoch {epoch}: {plan.Count} of {count} samples, plan {plan.Hash:x16}\n");
            float[] losses = [.. plan.Order.ToArray().Select(id => 2.0f / (1 + (id % 50)) / (epoch + 1))];
            pruner.Observe(plan.All, losses);
        }

        expected.Append(System.Globalization.CultureInfo.InvariantCulture, $"saved {pruner.Statistics.Saved:0.000}\n");
        Assert.Equal(expected.ToString(), Run(program));
    }

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output + errors.Result);
        return output;
    }

    [GeneratedRegex(@"^WINNOW_PRUNER_API .*?\b(winnow_\w+)\(", RegexOptions.Multiline)]
    private static partial Regex Functions();

    [GeneratedRegex(@" T (winnow_\w+)")]
    private static partial Regex Exports();

    [GeneratedRegex(@"\(NEEDED\).*\[(.*)\]")]
    private static partial Regex Needed();
}
