using TorchSharp.Modules;
using Winnow.Networks.Masks;
using Winnow.Networks.Tests.Support;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Winnow.Networks.Tests.Masks;

public class PrunableWeightsTests
{
    [Fact]
    public void Weights_of_linear_layers_and_convolutions_are_meant()
    {
        using var net = Nets.Convolutional();
        Assert.Equal(["conv1.weight", "conv2.weight", "fc1.weight", "fc2.weight"], Names(net));
        using var alone = Linear(3, 2);
        Assert.Equal(["weight"], Names(alone));
        using var odd = Sequential(("embed", Embedding(5, 4)), ("up", ConvTranspose1d(4, 2, 3)), ("norm", LayerNorm(2)));
        Assert.Equal(["up.weight"], Names(odd));
        Assert.Equal(["embed.weight", "up.weight"], Names(odd, include: ["up", "embed.weight"]));
    }

    [Fact]
    public void Names_parts_and_patterns_choose()
    {
        using var net = Nets.Convolutional();
        Assert.Equal(["fc1.weight", "fc2.weight"], Names(net, include: ["fc*"]));
        Assert.Equal(["conv2.weight"], Names(net, include: ["conv2"]));
        Assert.Equal(["conv2.weight", "fc1.weight"], Names(net, exclude: ["conv1", "fc2.weight"]));
        Assert.Equal(["conv1.weight"], Names(net, include: ["conv?.weight"], exclude: ["conv2"]));
    }

    [Fact]
    public void What_means_nothing_is_refused_by_name()
    {
        using var net = Nets.Convolutional();
        Assert.Contains("fc3", Assert.Throws<NetworkPruningException>(() => Names(net, include: ["fc3"])).Message, StringComparison.Ordinal);
        Assert.Contains("norm", Assert.Throws<NetworkPruningException>(() => Names(net, exclude: ["norm"])).Message, StringComparison.Ordinal);
        Assert.Contains("fc1.bias", Assert.Throws<NetworkPruningException>(() => Names(net, include: ["fc1.bias"])).Message, StringComparison.Ordinal);
        Assert.Throws<NetworkPruningException>(() => Names(net, exclude: ["*"]));
        using var none = Sequential(("relu", ReLU()));
        Assert.Throws<NetworkPruningException>(() => Names(none));
    }

    [Fact]
    public void A_shared_weight_is_listed_once()
    {
        using var net = new Tied();
        Assert.Equal(["first.weight"], Names(net));
    }

    private static IEnumerable<string> Names(nn.Module net, string[]? include = null, string[]? exclude = null) => PrunableWeights.Of(net, include, exclude).Select(static weight => weight.Name);

    private sealed class Tied : nn.Module<Tensor, Tensor>
    {
        private readonly Linear _first = Linear(4, 4);

        public Tied()
            : base("tied")
        {
            register_module("first", _first);
            register_module("second", _first);
        }

        public override Tensor forward(Tensor input) => _first.call(_first.call(input));
    }
}
