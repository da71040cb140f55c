using Winnow.Torch.Tests.Support;

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

    [TorchFact]
    public void The_number_of_threads_holds_on_every_thread_even_one_that_has_been_at_work()
    {
        var before = TorchRuntime.Threads;
        using var asked = new SemaphoreSlim(0);
        using var changed = new SemaphoreSlim(0);
        var seen = "";
        var worker = new Thread(() =>
        {
            using var first = Ops.Ones([1]);
            asked.Release();
            changed.Wait();
            using var second = Ops.Ones([1]);
            seen = NativeThreads().ToString(System.Globalization.CultureInfo.InvariantCulture);
        });
        worker.Start();
        asked.Wait();
        TorchRuntime.Threads = 1;
        changed.Release();
        worker.Join();
        TorchRuntime.Threads = before;
        Assert.Equal("1", seen);
        Assert.Equal(before, NativeThreads());
    }

    [TorchFact]
    public void Zero_threads_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => TorchRuntime.Threads = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => TorchRuntime.Initialize(-1));
    }

    [TorchFact]
    public void The_same_seed_draws_the_same_numbers()
    {
        using var scope = new TensorScope();
        var draws = new ulong[] { 1, 1, ulong.MaxValue }.Select(seed =>
        {
            TorchRuntime.ManualSeed(seed);
            var tensor = Ops.Empty([100]);
            Ops.NormalInPlace(tensor, 0, 1);
            return tensor.ToArray<float>();
        }).ToArray();
        Assert.Equal(draws[0], draws[1]);
        Assert.NotEqual(draws[0], draws[2]);
    }

    [TorchFact]
    public void The_runtime_says_what_it_is()
    {
        Assert.Matches(@"^\d+\.\d+", TorchRuntime.Version);
        Assert.NotEmpty(TorchRuntime.CpuCapability);
        Assert.Contains("libtorch", TorchRuntime.LibraryPath, StringComparison.Ordinal);
        Assert.Contains("winnow_torch", TorchRuntime.BindingPath, StringComparison.Ordinal);
        Assert.Contains("PyTorch built with", TorchRuntime.BuildConfiguration, StringComparison.Ordinal);
        Assert.True(TorchRuntime.CudaDeviceCount >= 0);
        TorchRuntime.Synchronize(Device.Cpu);
    }

    [TorchFact]
    public void Deterministic_operators_can_be_asked_for_and_given_up()
    {
        TorchRuntime.UseDeterministicOperators(true);
        TorchRuntime.UseDeterministicOperators(false);
    }

    static int NativeThreads()
    {
        var threads = 0;
        Interop.Native.Check(Interop.Native.winnow_threads(ref threads));
        return threads;
    }
}
