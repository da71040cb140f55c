using Winnow.Torch.Modules;

namespace Winnow.Torch.Models;

/// <summary>ResNet-18 with the 3 × 3 stem of the CIFAR literature. He et al. 2016.</summary>
internal static class ResNet18
{
    public static ModelInfo Info { get; } = new(
        "resnet18", "ResNet-18 with a 3x3 stem, four stages of two basic blocks, widths w, 2w, 4w, 8w; the literature's CIFAR model", 64, 8,
        Build);

    static Sequential Build(ModelShape shape, int width) => new(
        ("stem", new ConvBlock(shape.Channels, width)),
        ("stage1", Stage(width, width, 1)),
        ("stage2", Stage(width, 2 * width, 2)),
        ("stage3", Stage(2 * width, 4 * width, 2)),
        ("stage4", Stage(4 * width, 8 * width, 2)),
        ("pool", Function.GlobalAveragePool()),
        ("head", new Linear(8 * width, shape.Classes)));

    static Sequential Stage(int inputs, int outputs, int stride) =>
        new(("0", new BasicBlock(inputs, outputs, stride)), ("1", new BasicBlock(outputs, outputs, 1)));
}
