using static TorchSharp.torch;

namespace Winnow.Torch;

/// <summary>
/// The memory order that convolutions run fastest on: batch, row, column, channel, while the shape stays (N, C, H, W). TorchSharp has the name
/// and no way to ask for it; here it is made by strides, which convolutions, normalisation and pooling then keep.
/// </summary>
public static class ChannelsLast
{
    private const string Name = "channels-last";

    /// <summary>This tensor in channels-last order; itself where it is so already. Tensors of other than four dimensions stay as they are.</summary>
    /// <param name="tensor">(N, C, H, W); stays the caller's.</param>
    public static Tensor ToChannelsLast(this Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.dim() != 4 || IsChannelsLast(tensor))
        {
            return tensor;
        }

        var (channels, height, width) = (tensor.size(1), tensor.size(2), tensor.size(3));
        if (channels == 1 || height * width == 1)
        {
            // Both orders have the same elements in the same places. Only the strides say which one is meant, and a copy wouldn't change them.
            using var plain = tensor.contiguous();
            return plain.as_strided(tensor.shape, [channels * height * width, 1, width * channels, channels]);
        }

        using var rows = tensor.permute(0, 2, 3, 1);
        using var copy = rows.contiguous();
        return copy.permute(0, 3, 1, 2);
    }

    /// <summary>Puts the four-dimensional parameters and buffers of a module into channels-last order, in place; give it inputs in that order, too.</summary>
    /// <param name="module">The module; an optimiser made before stays valid.</param>
    public static void ToChannelsLast(this nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        foreach (var tensor in module.parameters().Concat(module.buffers()).Where(static tensor => tensor.dim() == 4))
        {
            tensor.set_(tensor.detach().ToChannelsLast());
        }
    }

    /// <summary>Whether the strides are those of channels-last order without gaps.</summary>
    /// <param name="tensor">(N, C, H, W).</param>
    public static bool IsChannelsLast(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.dim() != 4)
        {
            return false;
        }

        var (shape, strides) = (tensor.shape, tensor.stride());
        return strides[1] == 1 && strides[3] == shape[1] && strides[2] == shape[3] * shape[1] && strides[0] == shape[1] * shape[2] * shape[3];
    }

    /// <summary>Sends an image of one channel through a convolution and looks at the strides of what comes of it.</summary>
    internal static Gap Test()
    {
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        var image = arange(18, dtype: ScalarType.Float32).reshape(2, 1, 3, 3);
        var filter = arange(36, dtype: ScalarType.Float32).reshape(4, 1, 3, 3);
        var plain = nn.functional.conv2d(image, filter, padding: [1L, 1L]);
        var result = nn.functional.conv2d(image.ToChannelsLast(), filter.ToChannelsLast(), padding: [1L, 1L]);
        return IsChannelsLast(result) && allclose(plain, result)
            ? new Gap(Name, GapState.InUse, "made by strides; convolutions keep it")
            : new Gap(Name, GapState.Unavailable, "this libtorch's convolutions don't keep the order; tensors stay row by row");
    }
}
