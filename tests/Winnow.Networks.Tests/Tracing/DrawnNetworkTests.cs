using Winnow.Networks.Shrinking;
using Winnow.Networks.Tracing;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Winnow.Networks.Tests.Tracing;

public class DrawnNetworkTests
{
    [Fact]
    public void What_is_left_is_stretched_by_the_root_of_how_many_fewer_numbers_an_output_is_made_of()
    {
        using var cut = Net();
        var trace = NetworkTrace.Of(cut, zeros(1, 3, 8, 8));
        var outcome = NetworkShrinker.Shrink(trace, [.. trace.Groups.SelectMany(static group => group.Units.Where(static unit => unit.Index % 4 != 0))]);

        using var drawn = Net();
        var before = State(drawn);
        DrawnNetwork.Cut(drawn, outcome.Kept);
        Assert.Equal(State(cut).Select(static entry => (entry.Key, Shape: string.Join(',', entry.Value.shape))), State(drawn).Select(static entry => (entry.Key, Shape: string.Join(',', entry.Value.shape))));
        foreach (var (name, left) in State(drawn))
        {
            var part = before[name];
            foreach (var ((_, axis), kept) in outcome.Kept.Where(entry => entry.Key.Tensor == name))
            {
                part = part.index_select(axis, tensor(kept.Select(static index => (long)index).ToArray()));
            }

            // The first layer sees three colours as ever; each of the others a quarter of the channels, and so does its bias.
            var factor = name is "b.weight" or "b.bias" or "head.weight" or "head.bias" ? 2 : 1;
            Assert.True(part.mul(factor).allclose(left, 1e-6), name);
        }

        var bound = 1 / Math.Sqrt(8 * 9);
        Assert.InRange(drawn.get_parameter("b.weight")!.abs().max().ToDouble(), 0.9 * bound, bound * 1.000001);
        using var output = drawn.call(ones(2, 3, 8, 8));
        Assert.Equal([2, 5], output.shape);
    }

    [Fact]
    public void Positions_of_another_network_are_refused()
    {
        using var net = Net();
        var error = Assert.Throws<NetworkPruningException>(() => DrawnNetwork.Cut(net, new Dictionary<(string, int), IReadOnlyList<int>> { [("b.weight", 0)] = [0, 64] }));
        Assert.Contains("no \"b.weight\" of that size", error.Message, StringComparison.Ordinal);
    }

    private static TorchSharp.Modules.Sequential Net() => Sequential(
        ("a", Conv2d(3, 32, 3, padding: 1)), ("n", BatchNorm2d(32)), ("r", ReLU()), ("b", Conv2d(32, 32, 3, padding: 1)), ("s", ReLU()), ("pool", AdaptiveAvgPool2d(1)), ("flatten", Flatten()), ("head", Linear(32, 5)));

    private static Dictionary<string, Tensor> State(Module module) =>
        module.named_parameters().Select(static entry => (entry.name, (Tensor)entry.parameter)).Concat(module.named_buffers().Select(static entry => (entry.Item1, entry.Item2))).ToDictionary(static entry => entry.Item1, static entry => entry.Item2.detach().clone());
}
