using System.Diagnostics;
using Winnow.Torch.Tests.Support;
using static TorchSharp.torch;

namespace Winnow.Torch.Tests;

public sealed class TorchRuntimeTests
{
    [Fact]
    public void All_processors_are_used_unless_told_otherwise()
    {
        Assert.Equal(3, TorchRuntime.DefaultThreads("3"));
        foreach (var nothing in new[] { null, "", "0", "-1", "all", "4,2" })
        {
            Assert.Equal(Environment.ProcessorCount, TorchRuntime.DefaultThreads(nothing));
        }
    }

    [Fact]
    public void A_thread_takes_the_number_of_threads_that_another_set()
    {
        var before = TorchRuntime.Threads;
        var seen = 0;
        TorchRuntime.Threads = before + 1;
        var worker = new Thread(() =>
        {
            TorchRuntime.PrepareThread();
            seen = get_num_threads();
        });
        worker.Start();
        worker.Join();
        TorchRuntime.Threads = before;
        Assert.Equal(before + 1, seen);
        Assert.Equal(before, get_num_threads());
    }

    [Fact]
    public void Zero_threads_are_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => TorchRuntime.Threads = 0);

    [Fact]
    public void The_runtime_says_what_it_is()
    {
        Assert.Matches(@"^2\.\d+\.\d+$", TorchRuntime.Version);
        Assert.Contains("torch_cpu", TorchRuntime.LibraryPath, StringComparison.Ordinal);
        string[] names = [.. TorchRuntime.Gaps.Select(static gap => gap.Name)];
        Assert.All(["waiting policy", "allocator", "autocast", "channels-last", "convolutions", "fused optimisers"], name => Assert.Contains(name, names));
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.All(TorchRuntime.Gaps, static gap => Assert.NotEmpty(gap.Detail));
        Assert.NotEmpty(ProcessorFeatures.InstructionSet);
    }

    // On the systems that these are written for all of them are there.
    [Fact]
    public void On_Linux_nothing_is_missing()
    {
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("LD_PRELOAD") is null)
        {
            Assert.All(TorchRuntime.Gaps, static gap => Assert.NotEqual(GapState.Unavailable, gap.State));
        }
    }

    // What the environment says before the start is what a new process has to show: child processes of this test's own program.
    [Theory]
    [InlineData("GOMP_SPINCOUNT", "1000", "waiting policy", GapState.NotNeeded)]
    [InlineData("OMP_WAIT_POLICY", "passive", "waiting policy", GapState.NotNeeded)]
    [InlineData("MALLOC_TRIM_THRESHOLD_", "1000000", "allocator", GapState.NotNeeded)]
    [InlineData("GLIBC_TUNABLES", "glibc.malloc.trim_threshold=1000000", "allocator", GapState.NotNeeded)]
    [InlineData("GLIBC_TUNABLES", "glibc.pthread.rseq=0", "allocator", GapState.InUse)]
    [InlineData("NOTHING", "", "waiting policy", GapState.InUse)]
    public void What_the_user_has_set_stays(string name, string value, string gap, GapState expected)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var said = GapProgram.Run(["gaps"], (name, value));
        Assert.Contains($"{gap}: {expected}", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "3000")]
    [InlineData("77", "77")]
    public void The_variable_reaches_native_code_only_where_the_user_set_none(string? set, string expected)
    {
        if (OperatingSystem.IsLinux())
        {
            var said = GapProgram.Run(["getenv", "GOMP_SPINCOUNT"], ("GOMP_SPINCOUNT", set ?? ""));

            // Where the system tells whether others want the processors, threads may spin for longer.
            expected = set is null && ProcessorUse.Reader.Works ? "50000" : expected;
            Assert.Contains($"GOMP_SPINCOUNT={expected}", said, StringComparison.Ordinal);
        }
    }

    // Both kinds of processor may run the tests; where this one is the larger, the smaller is made of it.
    [Theory]
    [InlineData("ATEN_CPU_CAPABILITY", "avx2")]
    [InlineData("DNNL_MAX_CPU_ISA", "AVX2")]
    [InlineData("DOTNET_EnableAVX512", "0")]
    public void It_loads_with_a_smaller_instruction_set(string name, string value)
    {
        var said = GapProgram.Run(["gaps"], (name, value));
        Assert.Contains("fused optimisers: InUse", said, StringComparison.Ordinal);
        if (name != "DOTNET_EnableAVX512")
        {
            Assert.Contains($"limited by {name}={value}", said, StringComparison.Ordinal);
        }
    }

    // Started without the file that tells the runtime where the packages' natives are, and from a folder that has none.
    [Fact]
    public async Task Without_libtorch_it_says_which_package_to_add()
    {
        var folder = Directory.CreateTempSubdirectory("winnow-without-").FullName;
        try
        {
            foreach (var file in Directory.GetFiles(AppContext.BaseDirectory, "*.dll").Concat(Directory.GetFiles(AppContext.BaseDirectory, "*.runtimeconfig.json")))
            {
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            }

            using var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", Path.Combine(folder, Path.GetFileName(typeof(TorchRuntimeTests).Assembly.Location)), "gaps"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { [LoadTorch.Program] = "1" },
            })!;
            var errors = process.StandardError.ReadToEndAsync();
            var said = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.StartsWith("libtorch isn't among the program's files: add the package libtorch-cpu-", said, StringComparison.Ordinal);
            Assert.Equal(1, process.ExitCode);
            Assert.DoesNotContain("   at ", said + await errors, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("", "AVX2", "AVX2")]
    [InlineData("", "AVX-512 with bf16 and AMX", "avx2", "avx512f", "avx512_bf16", "amx_bf16")]
    [InlineData("AVX2", "AVX-512, limited by DNNL_MAX_CPU_ISA=AVX2", "avx2", "avx512f")]
    public void The_instruction_set_is_named_as_people_do(string limit, string expected, params string[] flags) =>
        Assert.Equal(expected, ProcessorFeatures.Describe([.. flags.Select(static flag => flag == "AVX2" ? "avx2" : flag)], name => name == "DNNL_MAX_CPU_ISA" ? limit : null));
}
