using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Winnow.Training.Models;

/// <summary>ResNet-18 with the 3 × 3 stem of the CIFAR literature; its tensors have torchvision's names. He et al. 2016.</summary>
internal static class ResNet18
{
    public static ModelInfo Info { get; } = new(
        "resnet18", "ResNet-18 with a 3x3 stem, four stages of two basic blocks, widths w, 2w, 4w, 8w; the literature's CIFAR model", 64, 8,
        Build);

    private static Module<Tensor, Tensor> Build(ModelShape shape, int width) => Sequential(
        ("conv1", Conv2d(shape.Channels, width, 3, padding: 1, bias: false)),
        ("bn1", BatchNorm2d(width)),
        ("relu", ReLU()),
        ("layer1", BasicBlock.Stage(width, width, 1)),
        ("layer2", BasicBlock.Stage(width, 2 * width, 2)),
        ("layer3", BasicBlock.Stage(2 * width, 4 * width, 2)),
        ("layer4", BasicBlock.Stage(4 * width, 8 * width, 2)),
        ("avgpool", AdaptiveAvgPool2d(1)),
        ("flatten", Flatten()),
        ("fc", Linear(8 * width, shape.Classes)));
}
