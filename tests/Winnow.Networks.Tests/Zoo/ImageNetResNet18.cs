using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Winnow.Networks.Tests.Zoo;

/// <summary>ResNet-18 for ImageNet as torchvision has it, as a plain user would write it.</summary>
internal sealed class ImageNetResNet18 : Module<Tensor, Tensor>
{
    private readonly Sequential _all;

    public ImageNetResNet18()
        : base("resnet18")
    {
        _all = Sequential(
            ("conv1", Conv2d(3, 64, 7, stride: 2, padding: 3, bias: false)), ("bn1", BatchNorm2d(64)), ("relu", ReLU()), ("maxpool", MaxPool2d(3, stride: 2, padding: 1)),
            ("layer1", Stage(64, 64, 1)), ("layer2", Stage(64, 128, 2)), ("layer3", Stage(128, 256, 2)), ("layer4", Stage(256, 512, 2)),
            ("avgpool", AdaptiveAvgPool2d(1)), ("flatten", Flatten()), ("fc", Linear(512, 1000)));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => _all.call(input);

    private static Sequential Stage(int inputs, int outputs, int stride) => Sequential(("0", new Block(inputs, outputs, stride)), ("1", new Block(outputs, outputs, 1)));

    private sealed class Block : Module<Tensor, Tensor>
    {
        private readonly Sequential _main;
        private readonly Sequential? _short;

        public Block(int inputs, int outputs, int stride)
            : base("block")
        {
            _main = Sequential(
                ("conv1", Conv2d(inputs, outputs, 3, stride: stride, padding: 1, bias: false)), ("bn1", BatchNorm2d(outputs)), ("relu", ReLU()),
                ("conv2", Conv2d(outputs, outputs, 3, padding: 1, bias: false)), ("bn2", BatchNorm2d(outputs)));
            _short = stride == 1 ? null : Sequential(("0", Conv2d(inputs, outputs, 1, stride: stride, bias: false)), ("1", BatchNorm2d(outputs)));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => (_main.call(input) + (_short?.call(input) ?? input)).relu();
    }
}
