using TorchSharp.Modules;
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

    /// <summary>
    /// Whether a module may be put into channels-last order. oneDNN's kernel for a filter of one pixel with a stride writes past its buffers in that order when
    /// the channels are no multiple of 16 (seen with the oneDNN 3.7 of libtorch 2.10 on AVX2, and with 2.6 before): the process then dies of a damaged heap, sooner or
    /// later. Of a scripted module strides aren't known, so that any such filter counts.
    /// </summary>
    /// <param name="module">The module.</param>
    /// <param name="problem">The layer that stands against it; null where none does.</param>
    public static bool Suits(nn.Module module, out string? problem)
    {
        ArgumentNullException.ThrowIfNull(module);
        using var scope = NewDisposeScope();
        var strides = new Dictionary<string, bool>(StringComparer.Ordinal);
        foreach (var (name, part) in module.named_modules().Append((name: "", module)))
        {
            if (part is Conv2d convolution)
            {
                strides[name.Length > 0 ? name + ".weight" : "weight"] = convolution.stride.Any(static stride => stride > 1);
            }
        }

        problem = module.named_parameters()
            .Where(entry => entry.parameter.dim() == 4 && entry.parameter.size(2) == 1 && entry.parameter.size(3) == 1
                && (entry.parameter.size(0) % 16 != 0 || entry.parameter.size(1) % 16 != 0) && strides.GetValueOrDefault(entry.name, defaultValue: true))
            .Select(static entry => entry.name).FirstOrDefault();
        return problem is null;
    }

    /// <summary>Puts the four-dimensional parameters and buffers of a module into channels-last order, in place; give it inputs in that order, too.</summary>
    /// <param name="module">The module; an optimiser made before stays valid.</param>
    /// <exception cref="NotSupportedException">It has a layer whose kernel in that order is broken: see <see cref="Suits"/>.</exception>
    public static void ToChannelsLast(this nn.Module module)
    {
        if (!Suits(module, out var problem))
        {
            throw new NotSupportedException($"\"{problem}\" is a filter of one pixel with a stride whose channels are no multiple of 16, for which libtorch's channels-last kernel writes past its buffers; leave the module in the usual order.");
        }

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
