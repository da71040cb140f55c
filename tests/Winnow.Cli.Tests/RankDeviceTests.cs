using TorchSharp;
using Winnow.Cli.Options;
using Winnow.Torch;
using Winnow.Torch.Distributed;

namespace Winnow.Cli.Tests;

/// <summary>Which device each of several processes takes. None is touched: there may be none here.</summary>
public sealed class RankDeviceTests
{
    [Theory]
    [InlineData("cpu", 0, 2, 0, "cpu")]
    [InlineData("cpu", 1, 2, 0, "cpu")]
    [InlineData("cuda", 0, 2, 2, "cuda:0")]
    [InlineData("cuda", 1, 2, 2, "cuda:1")]
    [InlineData("cuda", 1, 2, 8, "cuda:1")]
    [InlineData("cuda", 0, 1, 1, "cuda:0")]
    [InlineData("cuda:3", 0, 1, 4, "cuda:3")]
    public void A_rank_takes_the_device_of_its_number_on_its_machine(string asked, int localRank, int localSize, int there, string expected) =>
        Assert.Equal(expected, DeviceNames.Name(ProcessOptions.DeviceOf(Named(asked), Place(localRank, localSize), () => there)));

    [Theory]
    [InlineData("cuda:0", 2, 2, "--device cuda:0 with 2 processes on this machine: each takes a device of its own; write --device cuda.")]
    [InlineData("cuda", 2, 1, "--device cuda with 2 processes on this machine, which has 1 CUDA device: each takes one of its own; start at most 1.")]
    [InlineData("cuda", 8, 4, "--device cuda with 8 processes on this machine, which has 4 CUDA devices: each takes one of its own; start at most 4.")]
    [InlineData("mps", 2, 0, "--device mps with 4 processes: they exchange gradients over gloo on processors and over NCCL on CUDA devices; use --device cpu, or one process.")]
    public void What_cannot_be_shared_out_is_refused(string asked, int localSize, int there, string message) =>
        Assert.Equal(message, Assert.Throws<UsageException>(() => ProcessOptions.DeviceOf(Named(asked), Place(0, localSize), () => there)).Message);

    [Fact]
    public void A_process_alone_takes_what_was_asked_for() =>
        Assert.Equal("cuda", DeviceNames.Name(ProcessOptions.DeviceOf(Named("cuda"), place: null, static () => 4)));

    private static torch.Device Named(string name) => DeviceNames.Parse(name) is var (type, index) ? new torch.Device(type, index) : throw new ArgumentException(name);

    private static RankEnvironment Place(int localRank, int localSize) => new() { Rank = localRank, Size = 4, LocalRank = localRank, LocalSize = localSize, Host = "127.0.0.1", Port = 1 };
}
