using static TorchSharp.torch;

namespace Winnow.Torch.Tests;

public sealed unsafe class ConvolutionMemoryTests
{
    [Fact]
    public void Junk_is_what_the_self_test_computes_over()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        TorchRuntime.Load();
        using var scope = NewDisposeScope();
        Assert.True(ConvolutionMemory.ZeroFill != null && ConvolutionMemory.JunkFill != null);
        var filled = ConvolutionMemory.UnderJunk(static () => empty(100_000));
        Assert.True(*ConvolutionMemory.ZeroFill != 0 ? filled.eq(0).all().item<bool>() : filled.isnan().all().item<bool>());
        Assert.Equal(0, *ConvolutionMemory.JunkFill);
    }

    // Zeroed memory stays on in this process: it changes no number.
    [Fact]
    public void Where_convolutions_fail_memory_is_zeroed_and_they_are_tried_again()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        TorchRuntime.Load();
        var tries = 0;
        var gap = ConvolutionMemory.Test(() => ++tries == 2, static () =>
        {
            *ConvolutionMemory.ZeroFill = 1;
            return true;
        });
        Assert.Equal((GapState.InUse, 2), (gap.State, tries));
        using var scope = NewDisposeScope();
        full(100_000, float.NaN).Dispose();
        Assert.True(empty(100_000).eq(0).all().item<bool>());
    }

    [Theory]
    [InlineData(true, GapState.NotNeeded)]
    [InlineData(false, GapState.Unavailable)]
    public void The_gap_says_what_was_found(bool sound, GapState expected)
    {
        Assert.Equal(expected, ConvolutionMemory.Test(() => sound, static () => true).State);
        Assert.Equal(expected, ConvolutionMemory.Test(() => sound, static () => false).State);
    }

    [Fact]
    public void The_convolutions_of_this_machine_are_sound_or_made_so()
    {
        TorchRuntime.Load();
        Assert.NotEqual(GapState.Unavailable, ConvolutionMemory.Test().State);
    }
}
