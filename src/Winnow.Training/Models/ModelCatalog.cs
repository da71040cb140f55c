using Winnow.Torch;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>;

namespace Winnow.Training.Models;

/// <summary>The networks that can be trained by name: ordinary TorchSharp modules whose tensors have the names that PyTorch gives them.</summary>
public static class ModelCatalog
{
    /// <summary>The largest width that is accepted: above it a typing error is likelier than a network.</summary>
    public const int MaximumWidth = 1024;

    /// <summary>All models.</summary>
    public static IReadOnlyList<ModelInfo> All { get; } = [Mlp.Info, ResNet9.Info, ResNetSmall.Info, ResNet18.Info, VisionTransformer.Info];

    /// <summary>Makes a network with freshly drawn weights, on the processor, in training mode.</summary>
    /// <param name="name">One of the names in <see cref="All"/>.</param>
    /// <param name="shape">The images and classes.</param>
    /// <param name="width">Channels of the first layer, 1 to <see cref="MaximumWidth"/>; the model's default when null.</param>
    /// <exception cref="ArgumentException">Unknown name, width out of range, or images too small for the network.</exception>
    public static Module Create(string name, ModelShape shape, int? width = null)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var info = Find(name);
        var channels = width ?? info.DefaultWidth;
        if (channels is < 1 or > MaximumWidth)
        {
            throw new ArgumentException($"Width {channels} is out of range for model '{name}'; use 1 to {MaximumWidth}.", nameof(width));
        }

        if (shape.Channels < 1 || shape.Classes < 1)
        {
            throw new ArgumentException(
                $"A model needs at least one channel and one class; given are {shape.Channels} channels and {shape.Classes} classes.",
                nameof(shape));
        }

        if (shape.Height < info.MinimumSize || shape.Width < info.MinimumSize)
        {
            throw new ArgumentException(
                $"Images of {shape.Height}x{shape.Width} are too small for model '{name}', which needs {info.MinimumSize}x{info.MinimumSize}; "
                + "use mlp or larger images.",
                nameof(shape));
        }

        TorchRuntime.Load();
        using var scope = NewDisposeScope();
        return info.Build(shape, channels);
    }

    /// <summary>The entry of a name.</summary>
    /// <param name="name">One of the names in <see cref="All"/>.</param>
    /// <exception cref="ArgumentException">Unknown name; the message lists the known ones.</exception>
    public static ModelInfo Find(string name) =>
        All.FirstOrDefault(info => string.Equals(info.Name, name, StringComparison.Ordinal))
        ?? throw new ArgumentException(
            $"Model '{name}' is unknown; use one of {string.Join(", ", All.Select(info => info.Name))}.", nameof(name));
}
