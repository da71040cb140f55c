using System.Diagnostics;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Training.Probing;
using Winnow.Training.Tasks.Classification;

namespace Winnow.Training.Tests.Probing;

[Collection(TrainingCollection.Name)]
public sealed class SpeedProbeTests : IDisposable
{
    private static readonly TimeSpan s_budget = TimeSpan.FromMilliseconds(300);
    private readonly string _folder = Directory.CreateTempSubdirectory("probe-").FullName;
    private readonly int _threads = TorchRuntime.Threads;

    public void Dispose()
    {
        TorchRuntime.Threads = _threads;
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void What_is_chosen_was_measured_and_nothing_that_was_measured_is_much_faster()
    {
        TorchRuntime.Threads = 2;
        var found = SpeedProbe.Run(new ClassificationTask(Small.Images(), Small.Recipe), Small.Recipe, torch.CPU, new FixedSettings(), TimeProvider.System, TimeSpan.FromMinutes(1) / 20);
        var chosen = Assert.Single(found.Measured, speed => speed.Settings == found.Settings);
        Assert.Equal(found.SamplesPerSecond, chosen.SamplesPerSecond);
        Assert.All(found.Measured, speed => Assert.True(speed.SamplesPerSecond > 0));
        Assert.DoesNotContain(found.Measured, speed => speed.SamplesPerSecond > found.SamplesPerSecond * 1.05);
        Assert.Equal(found.Settings.Threads, TorchRuntime.Threads);
        Assert.Contains(found.Measured, static speed => speed.Settings.Threads == 1);
        Assert.Equal(0, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Theory]
    [InlineData(Precision.Fp32, MemoryLayout.Contiguous, 1)]
    [InlineData(Precision.Bf16, MemoryLayout.ChannelsLast, 2)]
    public void What_the_user_has_settled_stays(Precision precision, MemoryLayout layout, int threads)
    {
        var found = Run(new FixedSettings { Precision = precision, Layout = layout, Threads = threads });
        Assert.Equal(new ComputeSettings(precision, layout, threads), found.Settings);

        // What bfloat16 costs is told by measuring float32 beside it.
        Assert.Equal(precision == Precision.Bf16, found.Measured.Any(static speed => speed.Settings.Precision == Precision.Fp32 && speed.Settings.Layout == MemoryLayout.ChannelsLast));
        Assert.Equal(precision == Precision.Bf16, found.Relative(static other => other.Precision == Precision.Fp32) is not null and not 1);
    }

    // What one thread does beside others says nothing of what two do alone: remembered, it would slow every later run.
    [Fact]
    public void A_probe_beside_a_busy_program_says_so_whatever_the_threads()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var busy = Enumerable.Range(0, 1 + (Environment.ProcessorCount / 5)).Select(static _ => Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "while :; do :; done"]))!).ToArray();
        try
        {
            Assert.True(SpinWait.SpinUntil(() => busy.All(static program => program.TotalProcessorTime.TotalSeconds > 0.2), TimeSpan.FromMinutes(1)));
            Assert.True(SpeedProbe.Run(new ClassificationTask(Small.Images(), Small.Recipe), Small.Recipe, torch.CPU, new FixedSettings { Threads = 1 }, TimeProvider.System, TimeSpan.FromSeconds(1)).Busy);
        }
        finally
        {
            foreach (var program in busy)
            {
                program.Kill();
                program.WaitForExit();
                program.Dispose();
            }
        }
    }

    [Fact]
    public void A_probe_changes_nothing_of_the_run()
    {
        var before = Small.Run(Small.Images(), Small.Recipe, "infobatch").WeightsSha256();
        Run(new FixedSettings { Threads = _threads });
        Assert.Equal(before, Small.Run(Small.Images(), Small.Recipe, "infobatch").WeightsSha256());
    }

    [Fact]
    public void Vectors_have_no_memory_order_to_try()
    {
        var found = SpeedProbe.Run(new ClassificationTask(Small.Vectors(), new TrainingRecipe { Model = "mlp" }), new TrainingRecipe { Model = "mlp" }, torch.CPU, new FixedSettings { Threads = 1 }, TimeProvider.System, s_budget);
        Assert.DoesNotContain(found.Measured, static speed => speed.Settings.Layout == MemoryLayout.Contiguous);
    }

    [Fact]
    public void What_is_remembered_is_found_again_and_nothing_else()
    {
        var memory = new ProbeMemory(Path.Combine(_folder, "cache"));
        var key = Key(Small.Recipe);
        Assert.Null(memory.Find(key));
        var found = Run(new FixedSettings { Threads = 1 });
        var now = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        Assert.True(memory.Keep(key, found, now));
        var again = memory.Find(key)!;
        Assert.Equal((found.Settings, found.SamplesPerSecond, now), (again.Settings, again.SamplesPerSecond, again.Remembered));
        Assert.Equal(found.Measured, again.Measured);
        Assert.Null(memory.Find(Key(Small.Recipe with { BatchSize = 17 })));
        var file = Assert.Single(Directory.GetFiles(Path.Combine(_folder, "cache")));
        foreach (var damage in new[] { "", "{", "null", "[]", """{"key":1}""" })
        {
            File.WriteAllText(file, damage);
            Assert.Null(memory.Find(key));
        }
    }

    [Fact]
    public void A_folder_that_takes_nothing_is_no_failure()
    {
        File.WriteAllText(Path.Combine(_folder, "file"), "");
        var memory = new ProbeMemory(Path.Combine(_folder, "file", "cache"));
        Assert.False(memory.Keep("key", Run(new FixedSettings { Threads = 1 }), DateTimeOffset.UnixEpoch));
        Assert.Null(memory.Find("key"));
    }

    private static ProbeResult Run(FixedSettings settled) => SpeedProbe.Run(new ClassificationTask(Small.Images(), Small.Recipe), Small.Recipe, torch.CPU, settled, TimeProvider.System, s_budget);

    private static string Key(TrainingRecipe recipe) => ProbeMemory.Key(Small.Images(), recipe, "cpu", new FixedSettings(), 1);
}
