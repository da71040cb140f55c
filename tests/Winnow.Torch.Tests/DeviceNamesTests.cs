using TorchSharp;

namespace Winnow.Torch.Tests;

public sealed class DeviceNamesTests
{
    [Theory]
    [InlineData("cpu", DeviceType.CPU, -1)]
    [InlineData("cuda", DeviceType.CUDA, -1)]
    [InlineData("cuda:0", DeviceType.CUDA, 0)]
    [InlineData("cuda:127", DeviceType.CUDA, 127)]
    [InlineData("mps", DeviceType.MPS, -1)]
    public void Names_are_read(string text, DeviceType type, int index) => Assert.Equal((type, index), DeviceNames.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("CPU")]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:+1")]
    [InlineData("cuda:128")]
    [InlineData("cuda: 1")]
    [InlineData("cuda:1 ")]
    public void Anything_else_is_refused_with_what_there_is(string text) =>
        Assert.Contains("use cpu, cuda, mps, or cuda:N with N from 0 to 127", Assert.Throws<FormatException>(() => DeviceNames.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_device_that_isnt_here_is_named_with_what_would_bring_it()
    {
        Assert.Equal("cpu", DeviceNames.Name(DeviceNames.Find("cpu")));
        var here = DeviceNames.Here();
        Assert.Equal("cpu", here[0]);
        if (!here.Contains("cuda:0"))
        {
            Assert.Contains("TorchSharp-cuda-linux", Assert.Throws<InvalidOperationException>(() => DeviceNames.Find("cuda")).Message, StringComparison.Ordinal);
        }

        if (!here.Contains("mps"))
        {
            Assert.Contains("Apple", Assert.Throws<InvalidOperationException>(() => DeviceNames.Find("mps")).Message, StringComparison.Ordinal);
        }
    }
}
