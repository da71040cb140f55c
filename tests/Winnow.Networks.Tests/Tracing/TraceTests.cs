using Winnow.Networks.Shrinking;
using Winnow.Networks.Tests.Zoo;
using Winnow.Networks.Tracing;
using static TorchSharp.torch;

namespace Winnow.Networks.Tests.Tracing;

public class TraceTests
{
    /// <summary>The networks of the design's table: name, what is found as "first layer: units × outputs of each layer a unit", and how large its input is.</summary>
    public static TheoryData<string, string> Networks => new()
    {
        { "vgg", "c1 16, c2 24, f1 32" },
        { "residual", "stem 8, conv1 12, conv3 16, conv4 20" },
        { "dense", "c0 8, c1 6, c2 6" },
        { "chunk", "c1 8, c2 12, c3 10" },
        { "squeeze-excite", "c1 16, down 4, c2 12" },
        { "depthwise and grouped", "c1 16, c2 6, c3 8" },
        { "pixel shuffle", "c1 8, c2 6" },
        { "u-net", "d1 8, d2 16, up 10, u1 8" },
        { "zero gamma", "stem 8, conv1 12, conv3 16, conv4 20" },
        { "vit", "patch 16, q 4, f1 32" },
        { "gpt", "embed 12, q 2, gate 20" },
        { "fused heads", "embed 12, qkv 4, o 12" },
        { "tied", "embed 12, f1 20" },
    };

    internal static (nn.Module<Tensor, Tensor> Net, Tensor Sample) Create(string name) => name switch
    {
        "vgg" => (ImageNetworks.Vgg(), ImageNetworks.Image),
        "residual" => (ImageNetworks.Residual(), ImageNetworks.Image),
        "dense" => (ImageNetworks.Dense(), ImageNetworks.Image),
        "chunk" => (ImageNetworks.Chunk(), ImageNetworks.Image),
        "squeeze-excite" => (ImageNetworks.SqueezeExcite(), ImageNetworks.Image),
        "depthwise and grouped" => (ImageNetworks.DepthwiseAndGrouped(), ImageNetworks.Image),
        "pixel shuffle" => (ImageNetworks.PixelShuffled(), ImageNetworks.Image),
        "channel shuffle" => (ImageNetworks.ChannelShuffled(), ImageNetworks.Image),
        "u-net" => (ImageNetworks.Unet(), ImageNetworks.Image),
        "zero gamma" => (ImageNetworks.ZeroGamma(), ImageNetworks.Image),
        "by forward" => (ImageNetworks.ByForward(), ImageNetworks.Image),
        "vit" => (TokenNetworks.VisionTransformer(), ImageNetworks.Image),
        "gpt" => (TokenNetworks.Gpt(), TokenNetworks.Tokens),
        "fused heads" => (TokenNetworks.FusedHeads(), TokenNetworks.Tokens),
        "head count" => (TokenNetworks.HeadCountInCode(), TokenNetworks.Tokens),
        _ => (TokenNetworks.Tied(), TokenNetworks.Tokens),
    };

    private static string Found(NetworkTrace trace) => string.Join(", ", trace.Groups.Select(static group => $"{group.Name} {group.Units.Count}"));

    [Theory, MemberData(nameof(Networks))]
    public void Finds_what_goes_together(string name, string groups)
    {
        var (net, sample) = Create(name);
        var before = State(net);
        var trace = NetworkTrace.Of(net, sample);
        Assert.Equal(groups, Found(trace));
        Assert.Empty(trace.NeverFired);
        Assert.Equal(before, State(net));
        Assert.True(net.training && net.modules().All(static part => part.training));
    }

    [Theory, MemberData(nameof(Networks))]
    public void Half_of_each_group_goes_and_the_outputs_are_the_masked_ones(string name, string groups)
    {
        var (net, sample) = Create(name);
        var trace = NetworkTrace.Of(net, sample);
        Assert.Equal(groups, Found(trace));
        var removed = trace.Groups.SelectMany(static group => group.Units.Where(static unit => unit.Index % 2 == 1)).ToArray();
        var outcome = NetworkShrinker.Shrink(trace, removed);
        Assert.InRange(outcome.Difference, 0, 1e-5);
        Assert.True(outcome.After.Macs < outcome.Before.Macs);
        Assert.True(outcome.After.Parameters < outcome.Before.Parameters);
        Assert.Equal(outcome.Before.Macs, trace.Macs);

        // It is traced as any network is, and can be cut again.
        var again = NetworkTrace.Of(net, sample);
        Assert.Equal(outcome.After.Macs, again.Macs);
        // What is one unit by now stays whole.
        Assert.Equal(trace.Groups.Select(static group => (group.Units.Count + 1) / 2).Where(static count => count > 1), again.Groups.Select(static group => group.Units.Count));
    }

    [Fact]
    public void Channels_dealt_out_to_all_groups_stay()
    {
        var (net, sample) = Create("channel shuffle");
        Assert.Equal("", Found(NetworkTrace.Of(net, sample)));
    }

    [Fact]
    public void A_layer_called_by_forward_is_named_and_what_it_touches_stays()
    {
        var (net, sample) = Create("by forward");
        var trace = NetworkTrace.Of(net, sample);
        Assert.Equal(["c2"], trace.NeverFired);
        Assert.Equal("c3 12", Found(trace));
        NetworkShrinker.Shrink(trace, [trace.Groups[0].Units[3]]);
    }

    [Fact]
    public void Code_that_holds_a_number_of_heads_refuses_and_nothing_is_changed()
    {
        var (net, sample) = Create("head count");
        var before = State(net);
        var trace = NetworkTrace.Of(net, sample);
        var heads = Assert.Single(trace.Groups, static group => group.Name == "qkv");
        var error = Assert.Throws<NetworkPruningException>(() => NetworkShrinker.Shrink(trace, [heads.Units[0]]));
        Assert.Contains("after qkv", error.Message, StringComparison.Ordinal);
        Assert.Contains("Nothing was changed", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, State(net));
        NetworkShrinker.Shrink(trace, [trace.Groups[0].Units[0]]);
    }

    [Fact]
    public void A_wrong_group_is_caught()
    {
        var (net, sample) = Create("residual");
        var trace = NetworkTrace.Of(net, sample);
        var unit = trace.Groups[0].Units[0];

        // One consumer's column is another than the one that belongs to the channel.
        var wrong = unit with { Slices = [.. unit.Slices.Select(static slice => slice.Tensor == "conv1.weight" ? slice with { Indices = [5] } : slice)] };
        var changed = new NetworkTrace(trace.Module, trace.Samples, trace.Forward, trace.Layers) { Groups = [trace.Groups[0] with { Units = [wrong, .. trace.Groups[0].Units.Skip(1)] }, .. trace.Groups.Skip(1)] };
        var before = State(net);
        var error = Assert.Throws<NetworkPruningException>(() => NetworkShrinker.Shrink(changed, [wrong]));
        Assert.Contains("\"conv1\"", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, State(net));
    }

    [Fact]
    public void Weights_that_were_never_set_are_told_of()
    {
        var (net, sample) = Create("vgg");
        var trace = NetworkTrace.Of(net, sample);
        using (no_grad())
        {
            net.get_parameter("f2.bias")!.fill_(float.NaN);
        }

        Assert.Contains("aren't finite on its own weights", Assert.Throws<NetworkPruningException>(() => NetworkShrinker.Shrink(trace, [trace.Groups[0].Units[0]])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Costs_are_those_of_the_formula()
    {
        var (net, sample) = Create("vgg");
        var trace = NetworkTrace.Of(net, sample);
        Assert.Equal([16 * 16 * 16 * 3 * 9L, 8 * 8 * 24 * 16 * 9, 24 * 16 * 32, 320], trace.Costs.Select(static cost => cost.Macs));
    }

    /// <summary>VainF/Torch-Pruning's README: ResNet-18 with half of the channels has 0.487202536 GMACs and 3.05588 M parameters, where it had 1.822177768 and 11.689512.</summary>
    [Fact]
    public void Half_a_ResNet_18_is_as_large_as_others_make_it()
    {
        using var net = new ImageNetResNet18();
        var trace = NetworkTrace.Of(net, ones(1, 3, 224, 224));
        Assert.Equal([64, 64, 64, 128, 128, 128, 256, 256, 256, 512, 512, 512], trace.Groups.Select(static group => group.Units.Count).Order());
        var outcome = NetworkShrinker.Shrink(trace, [.. trace.Groups.SelectMany(static group => group.Units.Where(static unit => unit.Index % 2 == 1))]);
        Assert.Equal(11_689_512, outcome.Before.Parameters);
        Assert.Equal(3_055_880, outcome.After.Parameters);

        // Theirs counts every number of a batch norm's output twice, of a ReLU's once, of what goes into a pooling once, and 1,000 biases; ours counts products.
        long norms = (64 * 112 * 112) + (4 * 64 * 56 * 56) + (5 * 128 * 28 * 28) + (5 * 256 * 14 * 14) + (5 * 512 * 7 * 7);
        long rectified = (64 * 112 * 112) + (4 * 64 * 56 * 56) + (4 * 128 * 28 * 28) + (4 * 256 * 14 * 14) + (4 * 512 * 7 * 7);
        long pooled = (64 * 112 * 112) + (512 * 7 * 7);
        var others = (2 * norms) + rectified + pooled;
        Assert.Equal(1_822_177_768 - others - 1000, outcome.Before.Macs);
        Assert.Equal(487_202_536 - (others / 2) - 1000, outcome.After.Macs);
    }

    [Fact]
    public void What_cannot_be_asked_is_one_sentence()
    {
        var (net, sample) = Create("vgg");
        var trace = NetworkTrace.Of(net, sample);
        Assert.Contains("c1 would lose all of its 16 units", Assert.Throws<NetworkPruningException>(() => NetworkShrinker.Shrink(trace, [.. trace.Groups[0].Units])).Message, StringComparison.Ordinal);
        var other = NetworkTrace.Of(net, sample);
        Assert.Contains("none of this trace's", Assert.Throws<NetworkPruningException>(() => NetworkShrinker.Shrink(trace, [other.Groups[0].Units[0]])).Message, StringComparison.Ordinal);
        Assert.Contains("can't be run on the sample", Assert.Throws<NetworkPruningException>(() => NetworkTrace.Of(net, ones(1, 4, 16, 16))).Message, StringComparison.Ordinal);
    }

    private static string State(nn.Module net) => string.Join('\n', net.state_dict().Select(static entry => $"{entry.Key} {string.Join(',', entry.Value.shape)} {Convert.ToHexString(entry.Value.cpu().bytes)}"));
}
