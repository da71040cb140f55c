using Winnow.Networks.Shrinking;
using Winnow.Networks.Tests.Zoo;
using Winnow.Networks.Tracing;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Winnow.Networks.Tests.Tracing;

/// <summary>What gradients don't see: the other dye does, and the coarser answer counts.</summary>
public class NanDyeTests
{
    [Fact]
    public void A_cut_graph_is_seen_through()
    {
        // c1 is read by c2 with a gradient and by c3 without one.
        using var net = new Net(
            static (net, x) =>
            {
                x = net.Call("c1", x).relu();
                return net.Call("fc", (net.Call("c2", x) + net.Call("c3", x.detach())).mean([2, 3]));
            },
            ("c1", Conv2d(3, 8, 1)), ("c2", Conv2d(8, 6, 1)), ("c3", Conv2d(8, 6, 1)), ("fc", Linear(6, 10)));
        var trace = NetworkTrace.Of(net, ImageNetworks.Image);
        Assert.Equal("c2 6", string.Join(", ", trace.Groups.Select(static group => $"{group.Name} {group.Units.Count}")));
        Assert.Equal("reads something that isn't made by a layer", Assert.Single(trace.Fixed, static layer => layer.Layer == "c1").Why);
        NetworkShrinker.Shrink(trace, [trace.Groups[0].Units[2]]);
    }

    [Fact]
    public void Channels_that_come_out_beside_a_cut_graph_stay()
    {
        using var net = new Net(static (net, x) => cat([net.Call("c2", net.Call("c1", x)), net["c1"].call(x).round()], 1), ("c1", Conv2d(3, 8, 1)), ("c2", Conv2d(8, 6, 1)));
        var trace = NetworkTrace.Of(net, ImageNetworks.Image);
        Assert.Empty(trace.Groups);
    }

    [Fact]
    public void Code_that_gradients_cant_pass_is_told_of()
    {
        using var net = new Net(static (net, x) => net.Call("c2", net.Call("c1", x).sigmoid().add_(1)), ("c1", Conv2d(3, 8, 1)), ("c2", Conv2d(8, 6, 1)));
        Assert.Contains("inplace", Assert.Throws<NetworkPruningException>(() => NetworkTrace.Of(net, ImageNetworks.Image)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gradients_that_are_there_stay()
    {
        using var net = TokenNetworks.VisionTransformer();
        using var output = net.call(ImageNetworks.Image);
        output.sum().backward();
        var before = net.Own["place"].grad!.data<float>().ToArray();
        NetworkTrace.Of(net, ImageNetworks.Image);
        Assert.Equal(before, net.Own["place"].grad!.data<float>().ToArray());
        Assert.NotNull(net.get_parameter("q.weight")!.grad);
    }

    [Fact]
    public void Code_that_branches_on_numbers_is_refused()
    {
        using var net = new Net(
            static (net, x) =>
            {
                x = net.Call("c1", x);
                return x.sum().ToSingle() > -1e30 ? net.Call("c2", x) : net.Call("c3", x);
            },
            ("c1", Conv2d(3, 8, 1)), ("c2", Conv2d(8, 6, 1)), ("c3", Conv2d(8, 6, 1)), ("c4", Conv2d(6, 6, 1)));
        var error = Assert.Throws<NetworkPruningException>(() => NetworkTrace.Of(net, ImageNetworks.Image));
        Assert.Contains("branches on values", error.Message, StringComparison.Ordinal);
    }
}
