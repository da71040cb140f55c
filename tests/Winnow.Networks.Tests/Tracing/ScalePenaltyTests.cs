using Winnow.Networks.Masks;
using Winnow.Networks.Shrinking;
using Winnow.Networks.Tracing;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Winnow.Networks.Tests.Tracing;

public class ScalePenaltyTests
{
    private static readonly float[] s_scales = [0.5f, -0.25f, 0, 2, -1];

    [Fact]
    public void It_adds_the_strength_with_the_sign_of_each_scale_and_touches_nothing_else()
    {
        using var net = Net();
        var before = Backward(net);
        using var penalty = new ScalePenalty(net, 0.125);
        penalty.AddToGradients();
        foreach (var (name, parameter) in net.named_parameters())
        {
            var added = parameter.grad!.sub(before[name]).data<float>().ToArray();
            Assert.Equal(name == "norm.weight" ? s_scales.Select(static scale => 0.125f * Math.Sign(scale)) : added.Select(static _ => 0f), added.Select(static value => MathF.Round(value, 5)));
        }
    }

    [Fact]
    public void With_masks_only_what_will_go_is_penalised()
    {
        using var net = Net();
        var before = Backward(net);
        using var penalty = new ScalePenalty(net, 0.125, new([Mask.Of("norm.weight", [true, false, false, false, true])]));
        penalty.AddToGradients();
        Assert.Equal([0f, -0.125f, 0f, 0.125f, 0f], net.get_parameter("norm.weight")!.grad!.sub(before["norm.weight"]).data<float>().Select(static value => MathF.Round(value, 5)));

        // Scales that no mask is given for are left alone.
        before = Backward(net);
        using var none = new ScalePenalty(net, 0.125, new([]));
        none.AddToGradients();
        Assert.True(net.get_parameter("norm.weight")!.grad!.equal(before["norm.weight"]).all().item<bool>());
    }

    [Fact]
    public void Units_are_worth_the_magnitude_of_their_scales_and_of_several_the_mean()
    {
        using var net = Net();
        Assert.Equal(s_scales.Select(static scale => (double)Math.Abs(scale)), Assert.Single(UnitScores.NormScales(NetworkTrace.Of(net, zeros(1, 2, 6, 6)))));
        using var plain = Sequential(("a", Linear(4, 3)), ("r", ReLU()), ("b", Linear(3, 2)));
        Assert.Contains("a has no batch norm", Assert.Throws<NetworkPruningException>(() => UnitScores.NormScales(NetworkTrace.Of(plain, ones(1, 4)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_penalised_is_refused()
    {
        using var plain = Linear(2, 2);
        Assert.Contains("no batch norm", Assert.Throws<NetworkPruningException>(() => new ScalePenalty(plain, 1e-4)).Message, StringComparison.Ordinal);
        using var net = Net();
        Assert.Contains("they are norm.weight", Assert.Throws<NetworkPruningException>(() => new ScalePenalty(net, 1e-4, new([Mask.Full("norm.weight", 4)]))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ScalePenalty(net, 0));
    }

    private static TorchSharp.Modules.Sequential Net()
    {
        var net = Sequential(("conv", Conv2d(2, 5, 3, bias: false)), ("norm", BatchNorm2d(5)), ("r", ReLU()), ("pool", AdaptiveAvgPool2d(1)), ("flatten", Flatten()), ("head", Linear(5, 3)));
        using var silent = no_grad();
        net.get_parameter("norm.weight")!.copy_(tensor(s_scales));
        return net;
    }

    private static Dictionary<string, Tensor> Backward(Module<Tensor, Tensor> net)
    {
        net.zero_grad();
        functional.cross_entropy(net.call(arange(144, dtype: float32).reshape(2, 2, 6, 6).sin()), arange(2)).backward();
        return net.named_parameters().ToDictionary(static entry => entry.name, static entry => entry.parameter.grad!.clone());
    }
}
