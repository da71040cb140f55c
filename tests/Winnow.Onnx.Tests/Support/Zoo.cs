using static Winnow.Onnx.Tests.Support.GraphBuilder;

namespace Winnow.Onnx.Tests.Support;

/// <summary>Small networks of the kinds that exporters write, one construction each.</summary>
internal static class Zoo
{
    private static readonly Dictionary<string, Func<OnnxNetwork>> s_networks = new(StringComparer.Ordinal)
    {
        ["vgg"] = Vgg,
        ["resnet"] = ResNet,
        ["depthwise"] = Depthwise,
        ["grouped"] = Grouped,
        ["concat"] = Concat,
        ["split"] = Split,
        ["slice"] = Slice,
        ["gate"] = Gate,
        ["shuffle"] = Shuffle,
        ["group norm"] = GroupNorm,
        ["pixel shuffle"] = PixelShuffle,
        ["u-net"] = UNet,
        ["attention"] = () => Attention(heads: 4, fused: false),
        ["fused attention"] = () => Attention(heads: 4, fused: true),
        ["sequence of free batch"] = ComputedShapes,
        ["norm by hand"] = NormByHand,
        ["einsum"] = Einsum,
        ["recurrent"] = Recurrent,
    };

    public static IEnumerable<string> Names => s_networks.Keys;

    public static OnnxNetwork Create(string name) => s_networks[name]();

    /// <summary>Convolutions, pooling, flatten, dense layers.</summary>
    public static OnnxNetwork Vgg()
    {
        var g = new GraphBuilder();
        var x = g.Add("MaxPool", "pool", g.Add("Relu", "r1", g.Conv("c1", g.Input("x", 0, 3, 8, 8), 3, 8)), Numbers("kernel_shape", 2, 2), Numbers("strides", 2, 2));
        x = g.Add("Flatten", "flat", g.Add("Relu", "r2", g.Norm("n2", g.Conv("c2", x, 8, 12), 12)));
        g.Gemm("y", g.Add("Relu", "r3", g.Gemm("f1", x, 12 * 16, 20)), 20, 5);
        return g.Output("y", 0, 5).Network;
    }

    /// <summary>Two residual blocks, the second with a shortcut of its own.</summary>
    private static OnnxNetwork ResNet()
    {
        var g = new GraphBuilder();
        var stem = g.Add("Relu", "r0", g.Norm("n0", g.Conv("c0", g.Input("x", 0, 3, 6, 6), 3, 8), 8));
        var one = g.Add("Relu", "r1", g.Add("Add", "a1", $"{stem} {g.Norm("n12", g.Conv("c12", g.Add("Relu", "r11", g.Norm("n11", g.Conv("c11", stem, 8, 8), 8)), 8, 8), 8)}"));
        var inner = g.Conv("c22", g.Add("Relu", "r21", g.Conv("c21", one, 8, 12)), 12, 16);
        var two = g.Add("Relu", "r2", g.Add("Add", "a2", $"{inner} {g.Conv("s2", one, 8, 16, kernel: 1)}"));
        g.Gemm("y", g.Add("Flatten", "flat", g.Add("GlobalAveragePool", "pool", two)), 16, 5);
        return g.Output("y", 0, 5).Network;
    }

    private static OnnxNetwork Depthwise()
    {
        var g = new GraphBuilder();
        var x = g.Add("Clip", "r1", $"{g.Conv("c1", g.Input("x", 0, 3, 6, 6), 3, 8, kernel: 1)} {g.Constant("zero", [], [0])} {g.Constant("six", [], [6])}");
        x = g.Conv("c3", g.Add("HardSwish", "r2", g.Conv("c2", x, 8, 8, groups: 8)), 8, 6, kernel: 1);
        g.Gemm("y", g.Add("ReduceMean", "mean", x, Numbers("axes", 2, 3), Number("keepdims", 0)), 6, 5);
        return g.Output("y", 0, 5).Network;
    }

    private static OnnxNetwork Grouped()
    {
        var g = new GraphBuilder();
        var x = g.Conv("c2", g.Add("Relu", "r1", g.Conv("c1", g.Input("x", 0, 3, 6, 6), 3, 8)), 8, 12, groups: 4);
        g.Conv("y", g.Add("Relu", "r2", x), 12, 2);
        return g.Output("y", 0, 2, 6, 6).Network;
    }

    private static OnnxNetwork Concat()
    {
        var g = new GraphBuilder();
        var one = g.Add("Relu", "r1", g.Conv("c1", g.Input("x", 0, 3, 6, 6), 3, 4));
        var two = g.Add("Concat", "cat1", $"{one} {g.Add("Relu", "r2", g.Conv("c2", one, 4, 6))}", Number("axis", 1));
        var three = g.Add("Concat", "cat2", $"{two} {g.Conv("c3", g.Norm("n3", two, 10), 10, 5)}", Number("axis", -3));
        g.Conv("y", three, 15, 2);
        return g.Output("y", 0, 2, 6, 6).Network;
    }

    /// <summary>A layer whose output is cut into unequal parts, one of which goes through another.</summary>
    private static OnnxNetwork Split()
    {
        var g = new GraphBuilder();
        g.Node("Split", "split", $"{g.Conv("c1", g.Input("x", 0, 3, 6, 6), 3, 10)} {g.Integers("parts", 4, 6)}", "a b", Number("axis", 1));
        var b = g.Add("Relu", "r2", g.Conv("c2", "b", 6, 6));
        g.Node("Split", "halves", b, "left right", Number("axis", 1));
        g.Conv("y", g.Add("Concat", "cat", $"a b {g.Add("Mul", "product", $"left {g.Add("Sigmoid", "s", "right")}")}", Number("axis", 1)), 13, 2);
        return g.Output("y", 0, 2, 6, 6).Network;
    }

    private static OnnxNetwork Slice()
    {
        var g = new GraphBuilder();
        var c = g.Conv("c1", g.Input("x", 0, 3, 6, 6), 3, 10);
        var a = g.Add("Slice", "a", $"{c} {g.Integers("from0", 0)} {g.Integers("to4", 4)} {g.Integers("axis1", 1)}");
        var b = g.Add("Slice", "b", $"{c} {g.Integers("from4", 4)} {g.Integers("end", long.MaxValue)} axis1 {g.Integers("step", 1)}");
        g.Conv("y", g.Add("Concat", "cat", $"{g.Add("Relu", "r2", g.Conv("c2", b, 6, 8))} {a}", Number("axis", 1)), 12, 2);
        return g.Output("y", 0, 2, 6, 6).Network;
    }

    /// <summary>Squeeze and excite.</summary>
    private static OnnxNetwork Gate()
    {
        var g = new GraphBuilder();
        var c = g.Conv("c1", g.Input("x", 0, 3, 6, 6), 3, 8);
        var gate = g.Add("Sigmoid", "s", g.Conv("up", g.Add("Relu", "r", g.Conv("down", g.Add("GlobalAveragePool", "pool", c), 8, 4, kernel: 1)), 4, 8, kernel: 1));
        g.Conv("y", g.Add("Mul", "gated", $"{c} {gate}"), 8, 2);
        return g.Output("y", 0, 2, 6, 6).Network;
    }

    /// <summary>A channel shuffle of two groups, as ShuffleNet has it.</summary>
    private static OnnxNetwork Shuffle()
    {
        var g = new GraphBuilder();
        var c = g.Conv("c1", g.Input("x", 0, 3, 6, 6), 3, 8);
        var apart = g.Add("Reshape", "apart", $"{c} {g.Integers("five", 0, 4, 2, 6, 6)}");
        var back = g.Add("Reshape", "back", $"{g.Add("Transpose", "turn", apart, Numbers("perm", 0, 2, 1, 3, 4))} {g.Integers("four", 0, 8, 6, 6)}");
        g.Conv("y", g.Add("Relu", "r", back), 8, 2);
        return g.Output("y", 0, 2, 6, 6).Network;
    }

    /// <summary>As PyTorch exports it: instance norm of folded groups, then scale and shift.</summary>
    private static OnnxNetwork GroupNorm()
    {
        var g = new GraphBuilder();
        var c = g.Conv("c1", g.Input("x", 0, 3, 6, 6), 3, 8);
        var folded = g.Add("Reshape", "fold", $"{c} {g.Integers("groups", 0, 4, -1)}");
        var normed = g.Add("InstanceNormalization", "norm", $"{folded} {g.Constant("ones", [4], [1, 1, 1, 1])} {g.Constant("zeros", [4], [0, 0, 0, 0])}");
        var back = g.Add("Reshape", "back", $"{normed} {g.Add("Shape", "shape", c)}");
        var scaled = g.Add("Add", "shift", $"{g.Add("Mul", "scale", $"{back} {g.Floats("gamma", 8, 1, 1)}")} {g.Floats("beta", 8, 1, 1)}");
        g.Conv("y", scaled, 8, 2);
        return g.Output("y", 0, 2, 6, 6).Network;
    }

    private static OnnxNetwork PixelShuffle()
    {
        var g = new GraphBuilder();
        var c = g.Add("DepthToSpace", "d2s", g.Conv("c1", g.Input("x", 0, 3, 6, 6), 3, 16), Number("blocksize", 2), Text("mode", "CRD"));
        var d = g.Add("SpaceToDepth", "s2d", g.Conv("c2", g.Add("Relu", "r", c), 4, 5), Number("blocksize", 2));
        g.Conv("y", d, 20, 2);
        return g.Output("y", 0, 2, 6, 6).Network;
    }

    private static OnnxNetwork UNet()
    {
        var g = new GraphBuilder();
        var one = g.Add("Relu", "r1", g.Conv("c1", g.Input("x", 0, 3, 8, 8), 3, 6));
        var low = g.Add("Relu", "r2", g.Conv("c2", g.Add("AveragePool", "pool", one, Numbers("kernel_shape", 2, 2), Numbers("strides", 2, 2)), 6, 10));
        g.Floats("up.weight", 10, 7, 2, 2);
        g.Floats("up.bias", 7);
        var up = g.Add("ConvTranspose", "up", $"{low} up.weight up.bias", Numbers("strides", 2, 2), Numbers("kernel_shape", 2, 2));
        var wide = g.Add("Resize", "wide", $"{low} - {g.Constant("scales", [4], [1, 1, 2, 2])}", Text("mode", "nearest"));
        var padded = g.Add("Pad", "pad", $"{g.Add("Concat", "cat", $"{one} {up} {wide}", Number("axis", 1))} {g.Integers("margins", 0, 0, 1, 1, 0, 0, 1, 1)}");
        g.Conv("y", padded, 23, 2);
        return g.Output("y", 0, 2, 10, 10).Network;
    }

    /// <summary>A transformer block of a hidden width, heads and a wide part; with keys and values of half as many heads where they aren't of one product.</summary>
    private static OnnxNetwork Attention(int heads, bool fused)
    {
        const int Width = 16, Tokens = 5;
        var g = new GraphBuilder(opset: 20);
        var size = Width / heads;
        var x = g.Add("Add", "embed", $"{g.Add("Gather", "table", $"{g.Floats("words", 11, Width)} {g.Tokens("ids", 0, Tokens)}")} {g.Floats("positions", 1, Tokens, Width)}");
        var normed = g.LayerNorm("ln1", x, Width);
        string q, k, v;
        if (fused)
        {
            var five = g.Add("Transpose", "turn", g.Add("Reshape", "five", $"{g.MatMul("qkv", normed, Width, 3 * Width)} {g.Integers("sizes", 0, Tokens, 3, heads, size)}"), Numbers("perm", 2, 0, 3, 1, 4));
            (q, k, v) = (Part(0), Part(1), Part(2));

            string Part(int part) => g.Add("Gather", $"part{part}", $"{five} {Scalar(g, $"at{part}", part)}", Number("axis", 0));
        }
        else
        {
            (q, k, v) = (Heads("q", heads), Repeat("k"), Repeat("v"));

            string Heads(string name, int count) => g.Add("Transpose", $"{name}.t", g.Add("Reshape", $"{name}.r", $"{g.MatMul(name, normed, Width, count * size)} {g.Integers($"{name}.s", 0, Tokens, count, size)}"), Numbers("perm", 0, 2, 1, 3));

            // Two query heads share each head of keys and values.
            string Repeat(string name)
            {
                var apart = g.Add("Unsqueeze", $"{name}.u", $"{Heads(name, heads / 2)} {g.Integers($"{name}.axis", 2)}");
                var wide = g.Add("Expand", $"{name}.e", $"{apart} {g.Integers($"{name}.wide", 1, heads / 2, 2, Tokens, size)}");
                return g.Add("Reshape", $"{name}.h", $"{wide} {g.Integers($"{name}.whole", -1, heads, Tokens, size)}");
            }
        }

        var scores = g.Add("Div", "scaled", $"{g.Add("MatMul", "scores", $"{q} {g.Add("Transpose", "kt", k, Numbers("perm", 0, 1, 3, 2))}")} {g.Constant("root", [], [2])}");
        var mixed = g.Add("Transpose", "mt", g.Add("MatMul", "mixed", $"{g.Add("Softmax", "shares", scores, Number("axis", -1))} {v}"), Numbers("perm", 0, 2, 1, 3));
        var rejoined = g.Add("Reshape", "rejoined", $"{mixed} {g.Integers("flat", 0, Tokens, Width)}");
        var second = g.Add("Add", "res1", $"{x} {g.MatMul("out", rejoined, Width, Width)}");
        var wider = g.MatMul("down", g.Add("Gelu", "act", g.MatMul("up", g.LayerNorm("ln2", second, Width), Width, 24)), 24, Width);
        g.MatMul("y", g.LayerNorm("ln3", g.Add("Add", "res2", $"{second} {wider}"), Width), Width, 7);
        return g.Output("y", 0, Tokens, 7).Network;
    }

    private static string Scalar(GraphBuilder g, string name, long value) => g.Add("Squeeze", name, $"{g.Integers($"{name}.list", value)} {g.Integers($"{name}.axes", 0)}");

    /// <summary>A head's extents out of computed shapes, as exporters write them for a free batch.</summary>
    private static OnnxNetwork ComputedShapes()
    {
        var g = new GraphBuilder();
        var x = g.MatMul("q", g.Input("x", 0, 6, 8), 8, 12);
        var batch = g.Add("Gather", "batch", $"{g.Add("Shape", "shape", x)} {g.Integers("zero", 0)}", Number("axis", 0));
        var heads = g.Add("Reshape", "heads", $"{x} {g.Add("Concat", "sizes", $"{batch} {g.Integers("rest", 6, 4, 3)}", Number("axis", 0))}");
        var turned = g.Add("Softmax", "shares", g.Add("Transpose", "turned", heads, Numbers("perm", 0, 2, 1, 3)), Number("axis", -1));
        var back = g.Add("Reshape", "back", $"{g.Add("Transpose", "again", turned, Numbers("perm", 0, 2, 1, 3))} {g.Add("Concat", "whole", $"{batch} {g.Integers("end", 6, 12)}", Number("axis", 0))}");
        g.MatMul("y", back, 12, 4);
        return g.Output("y", 0, 6, 4).Network;
    }

    /// <summary>A layer norm of single operators, as older exporters write it, and a hidden width under it.</summary>
    private static OnnxNetwork NormByHand()
    {
        var g = new GraphBuilder();
        var x = g.MatMul("in", g.Input("x", 0, 4, 6), 6, 10);
        var centred = g.Add("Sub", "centred", $"{x} {g.Add("ReduceMean", "mean", x, Numbers("axes", -1))}");
        var variance = g.Add("ReduceMean", "variance", g.Add("Pow", "squares", $"{centred} {g.Constant("two", [], [2])}"), Numbers("axes", -1));
        var normed = g.Add("Div", "normed", $"{centred} {g.Add("Sqrt", "deviation", g.Add("Add", "safe", $"{variance} {g.Constant("epsilon", [], [1e-5f])}"))}");
        var scaled = g.Add("Add", "shifted", $"{g.Add("Mul", "scaled", $"{normed} {g.Floats("gamma", 10)}")} {g.Floats("beta", 10)}");
        g.MatMul("y", g.Add("Add", "residual", $"{x} {g.MatMul("down", g.Add("Tanh", "act", g.MatMul("up", scaled, 10, 12)), 12, 10)}"), 10, 3);
        return g.Output("y", 0, 4, 3).Network;
    }

    /// <summary>Linear attention: products of two values over a width that can get smaller.</summary>
    private static OnnxNetwork Einsum()
    {
        var g = new GraphBuilder();
        var x = g.Input("x", 0, 5, 6);
        var (q, k, v) = (g.Add("Sigmoid", "qs", g.MatMul("q", x, 6, 8)), g.Add("Sigmoid", "ks", g.MatMul("k", x, 6, 8)), g.MatMul("v", x, 6, 9));
        var scores = g.Add("Einsum", "scores", $"{q} {k}", Text("equation", "bid,bjd->bij"));
        g.MatMul("y", g.Add("MatMul", "mixed", $"{scores} {v}"), 9, 3);
        return g.Output("y", 0, 5, 3).Network;
    }

    /// <summary>An operator that isn't in the table between layers that are.</summary>
    private static OnnxNetwork Recurrent()
    {
        var g = new GraphBuilder();
        var x = g.MatMul("in", g.Add("Relu", "r", g.MatMul("first", g.Input("x", 4, 1, 6), 6, 8)), 8, 6);
        g.Floats("w", 1, 20, 6);
        g.Floats("r0", 1, 20, 5);
        g.Node("LSTM", "lstm", $"{x} w r0", "steps", Number("hidden_size", 5));
        g.MatMul("y", g.Add("Relu", "r2", g.MatMul("after", g.Add("Squeeze", "flat", $"steps {g.Integers("direction", 1)}"), 5, 7)), 7, 3);
        return g.Output("y", 4, 1, 3).Network;
    }
}
