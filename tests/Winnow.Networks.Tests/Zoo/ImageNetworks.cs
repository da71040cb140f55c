using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Winnow.Networks.Tests.Zoo;

/// <summary>A network of a few lines: its parts by name, and what it does with them.</summary>
internal sealed class Net : Module<Tensor, Tensor>
{
    private readonly Dictionary<string, Module<Tensor, Tensor>> _parts = [];
    private readonly Func<Net, Tensor, Tensor> _forward;

    public Net(Func<Net, Tensor, Tensor> forward, params (string Name, Module<Tensor, Tensor> Part)[] parts)
        : base("net")
    {
        _forward = forward;
        foreach (var (name, part) in parts)
        {
            register_module(name, part);
            _parts.Add(name, part);
        }
    }

    public Module<Tensor, Tensor> this[string name] => _parts[name];

    public Dictionary<string, Parameter> Own { get; } = [];

    public Net With(string name, Tensor tensor)
    {
        Own[name] = new Parameter(tensor);
        register_parameter(name, Own[name]);
        return this;
    }

    public Tensor Call(string name, Tensor input) => _parts[name].call(input);

    public override Tensor forward(Tensor input) => _forward(this, input);
}

internal static class ImageNetworks
{
    public static Tensor Image => ones(1, 3, 16, 16);

    public static Module<Tensor, Tensor> Vgg() => Sequential(
        ("c1", Conv2d(3, 16, 3, padding: 1)), ("b1", BatchNorm2d(16)), ("r1", ReLU()), ("p1", MaxPool2d(2)),
        ("c2", Conv2d(16, 24, 3, padding: 1)), ("b2", BatchNorm2d(24)), ("r2", ReLU()), ("p2", MaxPool2d(2)),
        ("flatten", Flatten()), ("f1", Linear(24 * 16, 32)), ("r3", ReLU()), ("f2", Linear(32, 10)));

    public static Net Residual() => new(
        static (net, x) =>
        {
            x = net.Call("bn0", net.Call("stem", x)).relu();
            x = functional.relu(net.Call("bn2", net.Call("conv2", net.Call("bn1", net.Call("conv1", x)).relu())) + x);
            var inner = net.Call("bn4", net.Call("conv4", net.Call("bn3", net.Call("conv3", x)).relu()));
            x = (inner + net.Call("bns", net.Call("short", x))).relu();
            return net.Call("fc", x.mean([2, 3]));
        },
        ("stem", Conv2d(3, 8, 3, padding: 1, bias: false)), ("bn0", BatchNorm2d(8)),
        ("conv1", Conv2d(8, 12, 3, padding: 1, bias: false)), ("bn1", BatchNorm2d(12)), ("conv2", Conv2d(12, 8, 3, padding: 1, bias: false)), ("bn2", BatchNorm2d(8)),
        ("conv3", Conv2d(8, 16, 3, stride: 2, padding: 1, bias: false)), ("bn3", BatchNorm2d(16)), ("conv4", Conv2d(16, 20, 3, padding: 1, bias: false)), ("bn4", BatchNorm2d(20)),
        ("short", Conv2d(8, 20, 1, stride: 2, bias: false)), ("bns", BatchNorm2d(20)), ("fc", Linear(20, 10)));

    public static Net Dense() => new(
        static (net, x) =>
        {
            x = net.Call("c0", x);
            x = cat([x, net.Call("c1", net.Call("b1", x).relu())], 1);
            x = cat([x, net.Call("c2", net.Call("b2", x).relu())], 1);
            return net.Call("fc", net.Call("b3", x).relu().mean([2, 3]));
        },
        ("c0", Conv2d(3, 8, 3, padding: 1)), ("b1", BatchNorm2d(8)), ("c1", Conv2d(8, 6, 3, padding: 1)), ("b2", BatchNorm2d(14)), ("c2", Conv2d(14, 6, 3, padding: 1)),
        ("b3", BatchNorm2d(20)), ("fc", Linear(20, 10)));

    /// <summary>The C2f block of YOLOv8: a convolution whose output is cut into halves.</summary>
    public static Net Chunk() => new(
        static (net, x) =>
        {
            var halves = net.Call("c1", x).chunk(2, 1);
            var inner = net.Call("c2", halves[1]).relu();
            return net.Call("fc", net.Call("c3", cat([halves[0], halves[1], inner], 1)).relu().mean([2, 3]));
        },
        ("c1", Conv2d(3, 16, 1)), ("c2", Conv2d(8, 12, 3, padding: 1)), ("c3", Conv2d(28, 10, 1)), ("fc", Linear(10, 10)));

    public static Net SqueezeExcite() => new(
        static (net, x) =>
        {
            x = net.Call("c1", x).relu();
            var gate = net.Call("up", net.Call("down", x.mean([2, 3])).relu()).sigmoid();
            return net.Call("fc", net.Call("c2", x * gate.unsqueeze(-1).unsqueeze(-1)).relu().mean([2, 3]));
        },
        ("c1", Conv2d(3, 16, 3, padding: 1)), ("down", Linear(16, 4)), ("up", Linear(4, 16)), ("c2", Conv2d(16, 12, 1)), ("fc", Linear(12, 10)));

    public static Module<Tensor, Tensor> DepthwiseAndGrouped() => Sequential(
        ("c1", Conv2d(3, 16, 1)), ("depthwise", Conv2d(16, 16, 3, padding: 1, groups: 16)), ("b1", BatchNorm2d(16)), ("r1", ReLU()),
        ("c2", Conv2d(16, 24, 1)), ("grouped", Conv2d(24, 12, 3, padding: 1, groups: 6)), ("norm", Normalise(6, 12)), ("r2", ReLU()),
        ("c3", Conv2d(12, 8, 1)), ("pool", AdaptiveAvgPool2d(1)), ("flatten", Flatten()), ("fc", Linear(8, 10)));

    /// <summary>TorchSharp 0.107 leaves the weights of a new GroupNorm as memory has them.</summary>
    public static TorchSharp.Modules.GroupNorm Normalise(int groups, int channels)
    {
        var norm = GroupNorm(groups, channels);
        init.ones_(norm.weight!);
        init.zeros_(norm.bias!);
        return norm;
    }

    public static Net PixelShuffled() => new(
        static (net, x) => net.Call("fc", net.Call("c2", functional.pixel_shuffle(net.Call("c1", x), 2).relu()).flatten(2).mean([2])),
        ("c1", Conv2d(3, 32, 3, padding: 1)), ("c2", Conv2d(8, 6, 3, padding: 1)), ("fc", Linear(6, 10)));

    /// <summary>ShuffleNet's: groups whose channels are dealt out to all groups of the next convolution.</summary>
    public static Net ChannelShuffled() => new(
        static (net, x) =>
        {
            x = net.Call("c2", net.Call("c1", x)).relu();
            x = x.reshape(1, 2, 8, 16, 16).transpose(1, 2).reshape(1, 16, 16, 16);
            return net.Call("fc", net.Call("c3", x).relu().mean([2, 3]));
        },
        ("c1", Conv2d(3, 16, 1)), ("c2", Conv2d(16, 16, 1, groups: 2)), ("c3", Conv2d(16, 16, 1, groups: 2)), ("fc", Linear(16, 10)));

    public static Net Unet() => new(
        static (net, x) =>
        {
            var high = net.Call("d1", x).relu();
            var low = net.Call("d2", functional.max_pool2d(high, 2)).relu();
            return net.Call("out", net.Call("u1", cat([net.Call("up", low), high], 1)).relu());
        },
        ("d1", Conv2d(3, 8, 3, padding: 1)), ("d2", Conv2d(8, 16, 3, padding: 1)), ("up", ConvTranspose2d(16, 10, 2, stride: 2)), ("u1", Conv2d(18, 8, 3, padding: 1)), ("out", Conv2d(8, 2, 1)));

    /// <summary>One layer is called in a way that runs no hooks.</summary>
    public static Net ByForward() => new(
        static (net, x) => net.Call("fc", net.Call("c3", net["c2"].forward(net.Call("c1", x)).relu()).relu().mean([2, 3])),
        ("c1", Conv2d(3, 8, 3, padding: 1)), ("c2", Conv2d(8, 8, 3, padding: 1)), ("c3", Conv2d(8, 12, 3, padding: 1)), ("fc", Linear(12, 10)));

    /// <summary>A residual block whose last norm begins at zero.</summary>
    public static Net ZeroGamma()
    {
        var net = Residual();
        using var silent = no_grad();
        ((TorchSharp.Modules.BatchNorm2d)net["bn2"]).weight!.zero_();
        return net;
    }
}
