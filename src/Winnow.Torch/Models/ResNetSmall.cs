using Winnow.Torch.Modules;

namespace Winnow.Torch.Models;

/// <summary>A residual network whose first layer halves the image: a third of ResNet-9's work.</summary>
internal static class ResNetSmall
{
    public static ModelInfo Info { get; } = new(
        "resnet-small", "stem of stride 2, three stages of two basic blocks, widths w, 2w, 4w; a third of resnet9's work", 16, 8, Build);

    static Sequential Build(ModelShape shape, int width) => new(
        ("stem", new ConvBlock(shape.Channels, width, stride: 2)),
        ("stage1", Stage(width, width, 1)),
        ("stage2", Stage(width, 2 * width, 2)),
        ("stage3", Stage(2 * width, 4 * width, 2)),
        ("pool", Function.GlobalAveragePool()),
        ("head", new Linear(4 * width, shape.Classes)));

    static Sequential Stage(int inputs, int outputs, int stride) =>
        new(("0", new BasicBlock(inputs, outputs, stride)), ("1", new BasicBlock(outputs, outputs, 1)));
}
