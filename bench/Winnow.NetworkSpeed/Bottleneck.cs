using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Winnow.NetworkSpeed;

/// <summary>A block of ResNet-50 (He et al. 2016): 1 × 1, 3 × 3 and 1 × 1 convolutions beside a shortcut, the stride in the second as torchvision has it.</summary>
internal sealed class Bottleneck : Module<Tensor, Tensor>
{
    private const int Expansion = 4;

    private readonly Sequential _inner;
    private readonly Sequential? _shortcut;

    private Bottleneck(int inputs, int width, int stride)
        : base(nameof(Bottleneck))
    {
        register_module("inner", _inner = Sequential(
            ("conv1", Conv2d(inputs, width, 1, bias: false)), ("bn1", BatchNorm2d(width)), ("relu1", ReLU()),
            ("conv2", Conv2d(width, width, 3, stride: stride, padding: 1, bias: false)), ("bn2", BatchNorm2d(width)), ("relu2", ReLU()),
            ("conv3", Conv2d(width, Expansion * width, 1, bias: false)), ("bn3", BatchNorm2d(Expansion * width))));
        if (stride != 1 || inputs != Expansion * width)
        {
            register_module("shortcut", _shortcut = Sequential(("conv", Conv2d(inputs, Expansion * width, 1, stride: stride, bias: false)), ("bn", BatchNorm2d(Expansion * width))));
        }
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return functional.relu(_inner.call(input) + (_shortcut is null ? input : _shortcut.call(input))).MoveToOuterDisposeScope();
    }

    /// <summary>The whole of ResNet-50 for images of ImageNet: 25.6 million parameters, 4.1 thousand million multiplications at 224 × 224.</summary>
    public static Sequential ResNet50()
    {
        (string, Module<Tensor, Tensor>)[] stem = [("conv1", Conv2d(3, 64, 7, stride: 2, padding: 3, bias: false)), ("bn1", BatchNorm2d(64)), ("relu", ReLU()), ("pool", MaxPool2d(3, stride: 2, padding: 1))];
        var blocks = new List<(string, Module<Tensor, Tensor>)>();
        var inputs = 64;
        foreach (var (stage, count) in new[] { 3, 4, 6, 3 }.Index())
        {
            for (var k = 0; k < count; k++)
            {
                var width = 64 << stage;
                blocks.Add(($"layer{stage + 1}_{k}", new Bottleneck(inputs, width, k == 0 && stage > 0 ? 2 : 1)));
                inputs = Expansion * width;
            }
        }

        return Sequential([.. stem, .. blocks, ("avgpool", AdaptiveAvgPool2d(1)), ("flatten", Flatten()), ("fc", Linear(inputs, 1000))]);
    }
}
