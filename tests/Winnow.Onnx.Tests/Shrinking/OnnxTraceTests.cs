using Winnow.Networks;
using Winnow.Networks.Shrinking;
using Winnow.Networks.Tracing;
using Winnow.Onnx.Graphs;
using Winnow.Onnx.Shrinking;
using Winnow.Onnx.Tests.Support;
using static Winnow.Onnx.Tests.Support.GraphBuilder;

namespace Winnow.Onnx.Tests.Shrinking;

/// <summary>Which channels go together, and that networks get smaller by them.</summary>
public class OnnxTraceTests
{
    /// <summary>Networks and their groups: who makes them, who reads them, how many units of how many channels; s where statistics or sums are taken over them.</summary>
    public static TheoryData<string, string> Networks => new()
    {
        { "vgg", "c1>c2 8x1; c2>f1 12x1; f1>y 20x1" },
        { "resnet", "c0+c12>c11+c21+s2 8x1; c11>c12 8x1; c21>c22 12x1; c22+s2>y 16x1" },
        { "depthwise", "c1+c2>c3 8x1; c3>y 6x1" },
        { "grouped", "c1+c2>y 4x2" },
        { "concat", "c1>c2+c3+y 4x1; c2>c3+y 6x1; c3>y 5x1" },
        { "split", "c1>y 4x1; c1>c2+y 6x1; c2>y 3x2" },
        { "slice", "c1>y 4x1; c1>c2 6x1; c2>y 8x1" },
        { "gate", "c1+up>down+y 8x1; down>up 4x1" },
        { "shuffle", "c1>y 4x2" },
        { "group norm", "c1>y 4x2" },
        { "pixel shuffle", "c1>c2 4x4; c2>y 5x1" },
        { "u-net", "c1>c2+y 6x1; c2>up+y 10x1; up>y 7x1" },

        // A head of keys and values goes with the two query heads that read it.
        { "attention", "table+out.product+down.product>q.product+k.product+v.product+up.product+y.product 16x1s; q.product+k.product+v.product>out.product 2x8; up.product>down.product 24x1" },
        { "fused attention", "table+out.product+down.product>qkv.product+up.product+y.product 16x1s; qkv.product>out.product 4x12; up.product>down.product 24x1" },
        { "sequence of free batch", "q.product>y.product 4x3" },
        { "norm by hand", "in.product+down.product>up.product+y.product 10x1s; up.product>down.product 12x1" },
        { "einsum", "q.product+k.product> 8x1s; v.product>y.product 9x1" },
        { "recurrent", "first.product>in.product 8x1; after.product>y.product 7x1" },
    };

    [Theory, MemberData(nameof(Networks))]
    public void Groups_are_as_a_reader_of_the_graph_would_say(string name, string groups)
    {
        var trace = OnnxTrace.Of(Zoo.Create(name));
        Assert.Equal(groups, string.Join("; ", trace.Groups.Select(static group =>
            $"{string.Join('+', group.Producers)}>{string.Join('+', group.Consumers)} {group.Units.Count}x{group.Units[0].Outputs[0].Channels.Count}{(group.Normalised ? "s" : "")}")));
        Assert.Contains(trace.Fixed, static layer => layer.Layer is "y" or "y.product" && layer.Why == "is an output of the network");
    }

    [Theory, MemberData(nameof(Networks))]
    public void What_is_planned_is_what_is_left(string name, string groups)
    {
        _ = groups;
        var trace = OnnxTrace.Of(Zoo.Create(name));
        foreach (var spread in Enum.GetValues<ChannelSpread>())
        {
            var removed = ChannelBudget.Macs(trace, UnitScores.Random(trace, 3), 0.75, new() { Spread = spread });
            var cost = new ChannelCost(trace);
            foreach (var unit in removed)
            {
                cost.Remove(unit);
            }

            var outcome = OnnxShrinker.Shrink(trace, removed).Outcome;
            Assert.Equal((trace.Macs, cost.Value), (outcome.Before.Macs, outcome.After.Macs));
            Assert.InRange(outcome.After.Macs, 1, 0.75 * trace.Macs);
            Assert.InRange(outcome.Difference, 0, 1e-4);
        }
    }

    [Theory, MemberData(nameof(Networks))]
    public void A_smaller_network_can_be_written_read_and_cut_again(string name, string groups)
    {
        _ = groups;
        using var folder = new TemporaryFolder();
        var trace = OnnxTrace.Of(Zoo.Create(name));
        OnnxShrinker.Shrink(trace, ChannelBudget.Macs(trace, UnitScores.Magnitude(trace), 0.75)).Network.Save(folder["small.onnx"]);
        var again = OnnxTrace.Of(OnnxNetwork.Load(folder["small.onnx"]));
        Assert.Equal(trace.Groups.Select(static group => group.Name).ToHashSet(), again.Groups.Select(static group => group.Name).ToHashSet());
        Assert.InRange(OnnxShrinker.Shrink(again, ChannelBudget.Macs(again, UnitScores.Magnitude(again), 0.8)).Outcome.After.Macs, 1, 0.8 * again.Macs);
    }

    [Fact]
    public void A_cut_of_nothing_changes_nothing()
    {
        foreach (var name in Zoo.Names)
        {
            var network = Zoo.Create(name);
            var trace = OnnxTrace.Of(network);
            var small = OnnxShrinker.Shrink(trace, []);
            Assert.Equal((0, trace.Macs), (small.Outcome.Difference, small.Outcome.After.Macs));
            Assert.Empty(small.Outcome.Kept);
            using var one = OnnxSession.Open(network.Model);
            using var other = OnnxSession.Open(small.Network.Model);
            Assert.Equal(one.Run(trace.Inputs)["y"].Data, other.Run(trace.Inputs)["y"].Data);
        }
    }

    // The first unit of each group in turn, with the weight that is left of it in another order, as a group of wrong places would leave it.
    [Theory]
    [InlineData("resnet")]
    [InlineData("attention")]
    [InlineData("u-net")]
    public void A_network_with_other_places_left_is_refused_and_the_first_node_that_differs_is_named(string name)
    {
        var trace = OnnxTrace.Of(Zoo.Create(name));
        foreach (var group in trace.Groups)
        {
            var cut = new GraphCut(trace.Graph, trace.SetsOf([group.Units[0]]));
            var (masked, wrong) = (cut.Mask(trace.View.Model), cut.Apply(trace.View.Model));
            Assert.InRange(OnnxShrinker.Compare(trace, cut, masked, wrong, 1e-4, "here"), 0, 1e-4);
            var consumer = wrong.Graph.Initializer.First(tensor => group.Units[0].Slices.Any(slice => slice.Tensor == tensor.Name && tensor.Dims.Count > 1));
            var values = TensorBytes.Floats(consumer)!;
            Array.Reverse(values);
            wrong.Graph.Initializer[wrong.Graph.Initializer.IndexOf(consumer)] = TensorBytes.Make(consumer.Name, TensorBytes.Type(consumer), consumer.Dims, TensorBytes.Bytes(values));
            var error = Assert.Throws<NetworkPruningException>(() => OnnxShrinker.Compare(trace, cut, masked, wrong, 1e-4, "here"));
            Assert.StartsWith("the smaller network isn't the masked one here: ", error.Message, StringComparison.Ordinal);
            var reader = trace.View.Nodes.First(node => node.Inputs.Contains(consumer.Name));
            Assert.Contains($"the first node that gives something else is \"{reader.Name}\" of the operator {reader.Type}", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_an_unknown_operator_touches_is_named_with_it()
    {
        var trace = OnnxTrace.Of(Zoo.Create("recurrent"));
        Assert.Equal("is touched by \"lstm\" of the operator LSTM, which isn't known", trace.Fixed.Single(static layer => layer.Layer == "in.product").Why);
    }

    [Fact]
    public void Weights_that_are_shared_with_what_stays_stay_and_others_go_together()
    {
        var g = new GraphBuilder();
        g.Floats("shared", 8, 8);
        var x = g.MatMul("first", g.Input("x", 0, 4), 4, 8);
        var tied = g.Add("MatMul", "again", $"{g.Add("Relu", "r", g.Add("MatMul", "once", $"{x} shared"))} shared");
        g.Add("MatMul", "y", $"{g.Add("Relu", "r2", tied)} {g.Floats("last", 8, 3)}");
        var trace = OnnxTrace.Of(g.Output("y", 0, 3).Network);

        // Rows and columns of the shared matrix are the same channels, through both layers.
        var group = Assert.Single(trace.Groups);
        Assert.Equal(["first.product", "once", "again"], group.Producers);
        Assert.InRange(OnnxShrinker.Shrink(trace, [.. group.Units.Take(4)]).Outcome.Difference, 0, 1e-4);

        var fixedByOutput = new GraphBuilder();
        fixedByOutput.Floats("shared", 8, 8);
        var once = fixedByOutput.Add("MatMul", "once", $"{fixedByOutput.MatMul("first", fixedByOutput.Input("x", 0, 4), 4, 8)} shared");
        fixedByOutput.Add("MatMul", "y", $"{once} shared");
        var stuck = OnnxTrace.Of(fixedByOutput.Output("y", 0, 8).Network);
        Assert.Empty(stuck.Groups);
        Assert.All(stuck.Fixed, static layer => Assert.Equal("is an output of the network", layer.Why));
    }

    [Fact]
    public void A_network_of_which_nothing_can_go_is_refused_with_the_reasons()
    {
        var g = new GraphBuilder();
        g.Floats("w", 1, 20, 6);
        g.Floats("r", 1, 20, 5);
        g.Node("LSTM", "lstm", $"{g.MatMul("in", g.Input("x", 4, 1, 6), 6, 6)} w r", "y", Number("hidden_size", 5));
        var trace = OnnxTrace.Of(g.Output("y", 4, 1, 1, 5).Network);
        Assert.Equal("nothing can be taken out of this network: in.product is touched by \"lstm\" of the operator LSTM, which isn't known. Give another network.",
            Assert.Throws<NetworkPruningException>(() => ChannelBudget.Macs(trace, UnitScores.Magnitude(trace), 0.5)).Message);
    }

    // Weights that are numbers of 8 bits with a scale are no floats to be cut.
    [Fact]
    public void Quantised_layers_stay()
    {
        var g = new GraphBuilder();
        g.Floats("kernel", 8, 3, 1, 1);
        g.Constant("scale", [], [0.1f]);
        var quantised = g.Add("DequantizeLinear", "dequantised", $"{g.Add("QuantizeLinear", "quantised", "kernel scale")} scale");
        var x = g.Add("Relu", "r", g.Add("Conv", "c1", $"{g.Input("x", 0, 3, 4, 4)} {quantised}"));
        g.Conv("y", g.Add("Relu", "r2", g.Conv("c2", x, 8, 6)), 6, 2);
        var trace = OnnxTrace.Of(g.Output("y", 0, 2, 4, 4).Network);
        Assert.Equal(["c2"], trace.Groups.Select(static group => group.Name));
        Assert.InRange(OnnxShrinker.Shrink(trace, [.. trace.Groups[0].Units.Take(3)]).Outcome.Difference, 0, 1e-4);
    }

    [Fact]
    public void What_cannot_be_meant_is_refused()
    {
        var trace = OnnxTrace.Of(Zoo.Vgg());
        Assert.Contains("c1 would lose all of its 8 units", Message(() => OnnxShrinker.Shrink(trace, [.. trace.Groups[0].Units])), StringComparison.Ordinal);
        Assert.Contains("none of this trace's", Message(() => OnnxShrinker.Shrink(OnnxTrace.Of(Zoo.Vgg()), [trace.Groups[0].Units[0]])), StringComparison.Ordinal);
        var free = new GraphBuilder();
        free.Conv("y", free.Input("x", 0, 3, 0, 0), 3, 2);
        Assert.Contains("x (float [?, 3, ?, ?]) can have any extents", Message(() => OnnxTrace.Of(free.Output("y", 0, 2, 0, 0).Network)), StringComparison.Ordinal);
        Assert.Contains("the network takes x (float [?, 3, 8, 8]), and a sample is [3, 4]", Message(() => OnnxSamples.Of(Zoo.Vgg(), [3, 4], 2, static (_, _) => { })), StringComparison.Ordinal);

        static string Message(Func<object> act) => Assert.Throws<NetworkPruningException>(act).Message;
    }

    /// <summary>Magnitude over all weights of a unit, by the definition.</summary>
    [Fact]
    public void Magnitude_is_the_length_of_the_weights_that_go()
    {
        var trace = OnnxTrace.Of(Zoo.Create("resnet"));
        var scores = UnitScores.Magnitude(trace);
        for (var g = 0; g < trace.Groups.Count; g++)
        {
            var lengths = trace.Groups[g].Units.Select(unit => Math.Sqrt(unit.Slices.Sum(slice => Sum(slice)))).ToArray();
            Assert.All(lengths.Zip(scores[g]), pair => Assert.Equal(pair.First / lengths.Average(), pair.Second, 1e-9));
        }

        double Sum(ParameterSlice slice)
        {
            var tensor = trace.View.Constants[slice.Tensor];
            return tensor.Dims.Count < 2 ? 0 : TensorBytes.Floats(TensorBytes.Take(tensor, slice.Axis, [.. slice.Indices]))!.Sum(static value => (double)value * value);
        }
    }
}
