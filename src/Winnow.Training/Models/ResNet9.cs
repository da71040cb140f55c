using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Winnow.Training.Models;

/// <summary>The nine-layer residual network of the DAWNBench entries: most accuracy per minute on small images.</summary>
internal static class ResNet9
{
    public static ModelInfo Info { get; } = new(
        "resnet9", "nine layers, widths w, 2w, 4w, 8w, two residual blocks; most accuracy per minute on small images", 16, 8, Build);

    private static Module<Tensor, Tensor> Build(ModelShape shape, int width) => Sequential(
        ("stem", new ConvBlock(shape.Channels, width)),
        ("layer1", new ConvBlock(width, 2 * width)),
        ("pool1", MaxPool2d(2)),
        ("residual1", Pair(2 * width)),
        ("layer2", new ConvBlock(2 * width, 4 * width)),
        ("pool2", MaxPool2d(2)),
        ("layer3", new ConvBlock(4 * width, 8 * width)),
        ("pool3", MaxPool2d(2)),
        ("residual3", Pair(8 * width)),
        ("pool", AdaptiveMaxPool2d([1L, 1L])),
        ("flatten", Flatten()),
        ("head", Linear(8 * width, shape.Classes, hasBias: false)));

    private static Residual Pair(int width) =>
        new(Sequential(("0", new ConvBlock(width, width)), ("1", new ConvBlock(width, width))));
}
