using Winnow.Torch.Tests.Support;

namespace Winnow.Torch.Tests;

public sealed class DeviceTests
{
    [Theory]
    [InlineData("cpu", DeviceType.Cpu, 0)]
    [InlineData("cuda", DeviceType.Cuda, -1)]
    [InlineData("cuda:0", DeviceType.Cuda, 0)]
    [InlineData("cuda:12", DeviceType.Cuda, 12)]
    public void Known_names_are_read_and_written_back(string text, DeviceType type, int index)
    {
        var device = Device.Parse(text);
        Assert.Equal(new Device(type, index), device);
        Assert.Equal(text, device.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("CPU")]
    [InlineData("cpu:0")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:+1")]
    [InlineData("cuda: 1")]
    [InlineData("cuda:1x")]
    [InlineData("cuda:128")]
    [InlineData("cuda:99999999999")]
    [InlineData("gpu")]
    [InlineData("mps")]
    public void Other_names_are_refused_with_value_and_rule(string text)
    {
        var error = Assert.Throws<FormatException>(() => Device.Parse(text));
        Assert.Equal($"Device '{text}' is unknown; use cpu, cuda, or cuda:N with N from 0 to 127.", error.Message);
    }

    [Fact]
    public void The_default_device_is_the_processor() => Assert.Equal(Device.Cpu, default(Device));

    [TorchFact]
    public void A_device_that_is_not_there_is_refused_before_anything_moves()
    {
        Device.Cpu.ThrowIfUnavailable();
        var missing = new Device(DeviceType.Cuda, TorchRuntime.CudaDeviceCount);
        var error = Assert.Throws<InvalidOperationException>(missing.ThrowIfUnavailable);
        Assert.Contains($"'{missing}' is not available", error.Message, StringComparison.Ordinal);
    }
}
