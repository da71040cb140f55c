using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Winnow.Training.Models;

/// <summary>A residual network whose first layer halves the image: a third of ResNet-9's work.</summary>
internal static class ResNetSmall
{
    public static ModelInfo Info { get; } = new(
        "resnet-small", "stem of stride 2, three stages of two basic blocks, widths w, 2w, 4w; a third of resnet9's work", 16, 8, Build);

    private static Module<Tensor, Tensor> Build(ModelShape shape, int width) => Sequential(
        ("stem", new ConvBlock(shape.Channels, width, stride: 2)),
        ("layer1", BasicBlock.Stage(width, width, 1)),
        ("layer2", BasicBlock.Stage(width, 2 * width, 2)),
        ("layer3", BasicBlock.Stage(2 * width, 4 * width, 2)),
        ("avgpool", AdaptiveAvgPool2d(1)),
        ("flatten", Flatten()),
        ("fc", Linear(4 * width, shape.Classes)));
}
