using Winnow.Torch.Modules;

namespace Winnow.Torch.Models;

/// <summary>The nine-layer residual network of the DAWNBench entries: most accuracy per minute on small images.</summary>
internal static class ResNet9
{
    public static ModelInfo Info { get; } = new(
        "resnet9", "nine layers, widths w, 2w, 4w, 8w, two residual blocks; most accuracy per minute on small images", 16, 8, Build);

    static Sequential Build(ModelShape shape, int width) => new(
        ("stem", new ConvBlock(shape.Channels, width)),
        ("layer1", new ConvBlock(width, 2 * width)),
        ("pool1", Function.MaxPool(2)),
        ("residual1", Pair(2 * width)),
        ("layer2", new ConvBlock(2 * width, 4 * width)),
        ("pool2", Function.MaxPool(2)),
        ("layer3", new ConvBlock(4 * width, 8 * width)),
        ("pool3", Function.MaxPool(2)),
        ("residual3", Pair(8 * width)),
        ("pool", Function.GlobalMaxPool()),
        ("head", new Linear(8 * width, shape.Classes, bias: false)));

    static Residual Pair(int width) =>
        new(new Sequential(("0", new ConvBlock(width, width)), ("1", new ConvBlock(width, width))));
}
