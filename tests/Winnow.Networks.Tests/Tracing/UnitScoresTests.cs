using Winnow.Networks.Shrinking;
using Winnow.Networks.Tracing;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static Winnow.Networks.Tests.Tracing.TraceTests;

namespace Winnow.Networks.Tests.Tracing;

public class UnitScoresTests
{
    [Fact]
    public void Magnitude_is_the_length_of_what_goes()
    {
        using var net = Sequential(("a", Linear(2, 3)), ("b", Linear(3, 2)));
        using (no_grad())
        {
            net.get_parameter("a.weight")!.copy_(tensor(new float[,] { { 3, 0 }, { 0, 1 }, { 2, 2 } }));
            net.get_parameter("b.weight")!.copy_(tensor(new float[,] { { 4, 0, 1 }, { 0, 0, 0 } }));
        }

        var scores = Assert.Single(UnitScores.Magnitude(NetworkTrace.Of(net, ones(1, 2))));
        var mean = (5 + 1 + 3) / 3.0;
        Assert.All(new[] { 5 / mean, 1 / mean, 3 / mean }.Zip(scores), static pair => Assert.Equal(pair.First, pair.Second, 12));
    }

    [Fact]
    public void Taylor_is_the_slope_of_the_loss_where_a_unit_fades()
    {
        using var net = Sequential(("a", Linear(4, 5)), ("r", ReLU()), ("b", Linear(5, 3, hasBias: false)));
        var trace = NetworkTrace.Of(net, ones(1, 4));
        Assert.Contains("backward", Assert.Throws<NetworkPruningException>(() => UnitScores.Taylor(trace)).Message, StringComparison.Ordinal);
        using var x = arange(24, dtype: float32).reshape(6, 4).sin();
        Loss(net, x).backward();
        var scores = UnitScores.Taylor(trace)[0];
        for (var k = 0; k < 5; k++)
        {
            // Fading what makes a unit, or what reads it, is the same: two tensors of weights and one of biases see the slope.
            var slope = Slope(net, x, k);
            var parts = new[] { ("a.weight", k, 0), ("a.bias", k, 0), ("b.weight", k, 1) }.Sum(part => Math.Abs(Part(net, part.Item1, part.Item3, k)));
            Assert.Equal(parts, scores[k], 1e-5);
            Assert.Equal(Math.Abs(slope), Math.Abs(Part(net, "b.weight", 1, k)), 2e-3);
        }
    }

    [Fact]
    public void Random_is_of_its_seed()
    {
        var (net, sample) = Create("vgg");
        var trace = NetworkTrace.Of(net, sample);
        Assert.Equal(UnitScores.Random(trace, 1), UnitScores.Random(trace, 1));
        Assert.NotEqual(UnitScores.Random(trace, 1), UnitScores.Random(trace, 2));
    }

    private static Tensor Loss(Module<Tensor, Tensor> net, Tensor x) => functional.cross_entropy(net.call(x), arange(6).remainder(3));

    private static double Part(Module net, string name, int axis, int k)
    {
        var parameter = net.get_parameter(name)!;
        return (parameter * parameter.grad!).select(axis, k).sum().ToDouble();
    }

    private static double Slope(Module<Tensor, Tensor> net, Tensor x, int unit)
    {
        var weight = net.get_parameter("b.weight")!;
        using var silent = no_grad();
        using var before = weight.clone();
        var losses = new double[2];
        foreach (var (k, factor) in new[] { (0, 1.01), (1, 0.99) })
        {
            weight.copy_(before);
            weight.select(1, unit).mul_(factor);
            losses[k] = Loss(net, x).ToDouble();
        }

        weight.copy_(before);
        return (losses[0] - losses[1]) / 0.02;
    }
}
