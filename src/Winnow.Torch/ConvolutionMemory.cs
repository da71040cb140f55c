using Winnow.Torch.Interop;
using static TorchSharp.torch;

namespace Winnow.Torch;

/// <summary>
/// On one machine the backward pass of libtorch 2.10's convolutions read memory that nobody had written, where the output channels were no multiple of 16: gradients were
/// NaN now and then. On others, of the same name, it doesn't. So a convolution is tried at load over memory full of NaN; where it fails, libtorch is told to give out
/// zeroed memory, which changes no number that was right before and costs a pass over each block.
/// </summary>
internal static unsafe class ConvolutionMemory
{
    private const string Name = "convolutions";

    /// <summary>Images, channels in and out, pixels of a filter's side, pixels of an image's side: those that failed on both instruction sets where any did.</summary>
    private static readonly (int Images, int From, int To, int Filter, int Side)[] s_shapes = [(1, 1, 4, 5, 7), (1, 3, 12, 5, 7), (16, 1, 6, 3, 8), (16, 8, 12, 3, 8)];

    /// <summary>libtorch's switch for memory that is zeroed before it is given out; null where this libtorch exports none.</summary>
    internal static byte* ZeroFill => (byte*)LibTorch.Export("FLAGS_caffe2_cpu_allocator_do_zero_fill");

    /// <summary>libtorch's switch for memory that is filled with NaN before it is given out; null where this libtorch exports none.</summary>
    internal static byte* JunkFill => (byte*)LibTorch.Export("FLAGS_caffe2_cpu_allocator_do_junk_fill");

    /// <summary>Tries convolutions and, where they read what nobody wrote, has memory zeroed from here on.</summary>
    internal static Gap Test() => Test(IsSound, static () =>
    {
        if (ZeroFill == null)
        {
            return false;
        }

        *ZeroFill = 1;
        return true;
    });

    internal static Gap Test(Func<bool> isSound, Func<bool> fillWithZeros)
    {
        if (isSound())
        {
            return new Gap(Name, GapState.NotNeeded, "read only what was written, in every order and number of channels that was tried");
        }

        return fillWithZeros() && isSound()
            ? new Gap(Name, GapState.InUse, "of this libtorch read memory that nobody wrote on this machine; it is zeroed first")
            : new Gap(Name, GapState.Unavailable, "of this libtorch give wrong gradients on this machine where output channels are no multiple of 16: train channels-last, or with channels in multiples of 16");
    }

    /// <summary>Whether the gradients of convolutions over memory full of NaN are those of the same convolutions padded with zeros to 16 channels, which no machine gets wrong.</summary>
    private static bool IsSound()
    {
        using var scope = NewDisposeScope();
        var random = new Generator(1);
        foreach (var (images, from, to, filter, side) in s_shapes)
        {
            var input = randn(images, from, side, side, generator: random);
            var filters = randn(to, from, filter, filter, generator: random);
            var gradient = randn(images, to, side, side, generator: random);
            var expected = InputGradient(input, cat([filters, zeros(16 - to, from, filter, filter)]), cat([gradient, zeros(images, 16 - to, side, side)], 1));
            foreach (var _ in Enumerable.Range(0, 3))
            {
                if (!allclose(UnderJunk(() => InputGradient(input, filters, gradient)), expected, rtol: 1e-4, atol: 1e-4))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Runs something while libtorch gives out memory full of NaN, unless it already zeroes it; other threads get such memory too, which nothing sound can notice.</summary>
    internal static Tensor UnderJunk(Func<Tensor> compute)
    {
        // Where there is no switch, freed blocks are left full of NaN instead.
        foreach (var size in (ReadOnlySpan<long>)[256, 1024, 4096, 16384, 65536])
        {
            full(size, float.NaN).Dispose();
            full(size * 3 / 4, float.NaN).Dispose();
        }

        if (JunkFill == null || (ZeroFill != null && *ZeroFill != 0))
        {
            return compute();
        }

        *JunkFill = 1;
        try
        {
            return compute();
        }
        finally
        {
            *JunkFill = 0;
        }
    }

    private static Tensor InputGradient(Tensor input, Tensor filters, Tensor gradient)
    {
        var (leaf, padding) = (input.detach().clone().requires_grad_(), filters.size(2) / 2);
        using var grad = enable_grad();
        nn.functional.conv2d(leaf, filters, padding: [padding, padding]).backward([gradient]);
        return leaf.grad!;
    }
}
