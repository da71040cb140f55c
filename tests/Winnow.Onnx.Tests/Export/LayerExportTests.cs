using TorchSharp;
using Winnow.Networks.Graphs;
using Winnow.Onnx.Export;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Winnow.Onnx.Tests.Export;

/// <summary>Layers and sequences of TorchSharp's: ONNX Runtime computes what they do, and what can't be exported is named.</summary>
public sealed class LayerExportTests
{
    private static readonly Dictionary<string, (Func<Module<Tensor, Tensor>> Make, long[] Sample)> s_layers = new()
    {
        ["linear"] = (() => Linear(7, 5), [2, 7]),
        ["linear without bias"] = (() => Linear(7, 5, hasBias: false), [2, 7]),
        ["linear of tokens"] = (() => Linear(7, 5), [2, 4, 7]),
        ["conv1d"] = (() => Conv1d(3, 6, 5, stride: 2, padding: 1, dilation: 2), [2, 3, 19]),
        ["conv2d"] = (() => Conv2d(4, 6, 3, stride: 2, padding: 1, groups: 2, bias: false), [2, 4, 9, 7]),
        ["conv2d of two sides"] = (() => Conv2d(4, 6, (3, 2), (2, 1), (1, 0)), [2, 4, 9, 7]),
        ["conv2d same"] = (() => Conv2d(4, 6, 4, padding: TorchSharp.Padding.Same), [2, 4, 9, 7]),
        ["conv3d"] = (() => Conv3d(2, 3, 2), [2, 2, 3, 4, 5]),
        ["transposed"] = (() => ConvTranspose2d(4, 6, 3, stride: 2, padding: 1, output_padding: 1), [2, 4, 5, 6]),
        ["batch norm"] = (() => BatchNorm2d(4), [2, 4, 3, 3]),
        ["batch norm of vectors"] = (() => BatchNorm1d(4, affine: false), [2, 4]),
        ["layer norm"] = (() => LayerNorm(6, eps: 1e-3), [2, 5, 6]),
        ["layer norm of images"] = (() => LayerNorm([3L, 4L]), [2, 5, 3, 4]),
        ["group norm"] = (() => GroupNorm(2, 6), [2, 6, 3, 4]),
        ["relu"] = (() => ReLU(), [2, 9]),
        ["leaky relu"] = (() => LeakyReLU(0.2), [2, 9]),
        ["prelu"] = (() => PReLU(4, 0.3), [2, 4, 5]),
        ["relu6"] = (() => Sequential(Linear(9, 9), ReLU6()), [2, 9]),
        ["sigmoid"] = (() => Sequential(Sigmoid(), LogSigmoid()), [2, 9]),
        ["hard"] = (() => Sequential(Hardswish(), Hardsigmoid()), [2, 9]),
        ["tanh"] = (() => Sequential(Tanh(), SiLU(), Mish(), Softsign()), [2, 9]),
        ["gelu"] = (() => GELU(), [2, 9]),
        ["gelu by tanh"] = (() => GELU(TorchSharp.Modules.GELU.Approximate.tanh), [2, 9]),
        ["elu"] = (() => Sequential(ELU(0.7), CELU(1.3), SELU(), Softplus()), [2, 9]),
        ["softmax"] = (() => Softmax(1), [2, 5, 4]),
        ["log softmax"] = (() => LogSoftmax(-1), [2, 5, 4]),
        ["max pool"] = (() => MaxPool2d(3, stride: 2, padding: 1), [2, 3, 9, 8]),
        ["max pool, ceiling"] = (() => MaxPool2d(2, ceil_mode: true), [2, 3, 9, 7]),
        ["max pool 1d"] = (() => MaxPool1d(3), [2, 3, 11]),
        ["mean pool"] = (() => AvgPool2d(3, stride: 2, padding: 1), [2, 3, 9, 8]),
        ["mean pool without padding"] = (() => AvgPool2d(3, stride: 2, padding: 1, count_include_pad: false), [2, 3, 9, 8]),
        ["mean pool 1d"] = (() => AvgPool1d(2), [2, 3, 11]),
        ["adaptive"] = (() => Sequential(AdaptiveAvgPool2d(1), Flatten()), [2, 3, 5, 4]),
        ["adaptive largest"] = (() => Sequential(AdaptiveMaxPool2d([1L, 1L]), Flatten()), [2, 3, 5, 4]),
        ["flatten the end"] = (() => Flatten(2), [2, 3, 5, 4]),
        ["unflatten"] = (() => Unflatten(1, [3L, 4L]), [2, 12]),
        ["dropouts"] = (() => Sequential(Dropout(), Identity(), Linear(9, 2), Dropout()), [2, 9]),
        ["nearest"] = (() => Upsample(scale_factor: [2, 2]), [2, 3, 4, 5]),
        ["bilinear"] = (() => Upsample(scale_factor: [2, 2], mode: UpsampleMode.Bilinear), [2, 3, 4, 5]),
        ["bilinear by corners"] = (() => Upsample(scale_factor: [2, 2], mode: UpsampleMode.Bilinear, align_corners: true), [2, 3, 4, 5]),
        ["zeros around"] = (() => ZeroPad2d((1, 2, 3, 0)), [2, 3, 4, 5]),
        ["pixel shuffle"] = (() => PixelShuffle(2), [2, 8, 3, 3]),
        ["sequences in a sequence"] = (() => Sequential(("a", Sequential(("b", Linear(5, 4)), ("c", ReLU()))), ("d", Sequential(("b", Linear(4, 3))))), [2, 5]),
    };

    public static TheoryData<string> Layers => [.. s_layers.Keys];

    [Theory]
    [MemberData(nameof(Layers))]
    public void Runtime_computes_what_the_layer_does(string name)
    {
        using var scope = NewDisposeScope();
        var (make, shape) = s_layers[name];
        using var module = make();
        Stir(module);
        module.eval();
        var sample = randn(shape);
        var file = OnnxExport.Of(module, sample);
        using var silent = no_grad();

        // Other numbers and another number of samples than those that the export itself looked at.
        Assert.InRange(OnnxExport.Check(file, [.. new[] { 1, 5 }.Select(count => randn([count, .. shape[1..]])).Select(batch => (batch, module.call(batch)))]), 0, 1e-5);
    }

    [Fact]
    public void Tokens_are_looked_up()
    {
        using var scope = NewDisposeScope();
        using var module = Sequential(Embedding(11, 6), Linear(6, 4));
        module.eval();
        var file = OnnxExport.Of(module, tensor(new long[,] { { 1, 10, 3 }, { 0, 2, 2 } }), new() { FreeAxes = ["batch", "tokens"] });
        Assert.Equal(["input (int64 [?, ?])"], file.Inputs.Select(static port => port.ToString()));
        using var silent = no_grad();
        var longer = tensor(new long[,] { { 5, 6, 7, 8, 9 } });
        Assert.InRange(OnnxExport.Check(file, [(longer, module.call(longer))]), 0, 1e-5);
    }

    [Fact]
    public void Weights_keep_their_names_and_the_batch_is_free()
    {
        using var module = Sequential(("conv", Conv2d(3, 4, 3)), ("norm", BatchNorm2d(4)), ("relu", ReLU()), ("flat", Flatten()), ("head", Linear(16, 2)));
        module.eval();
        using var sample = zeros(1, 3, 4, 4);
        var file = OnnxExport.Of(module, sample, new() { InputName = "image", OutputName = "logits", Metadata = new Dictionary<string, string> { ["of"] = "test" } });
        Assert.Equal(["conv.weight", "conv.bias", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var", "head.weight", "head.bias"], file.Model.Graph.Initializer.Select(static tensor => tensor.Name));
        Assert.Equal(["Conv", "BatchNormalization", "Relu", "Flatten", "Gemm", "Identity"], file.Model.Graph.Node.Select(static node => node.OpType));
        Assert.Equal(["image (float [?, 3, 4, 4])"], file.Inputs.Select(static port => port.ToString()));
        Assert.Equal(["logits (float [?, 2])"], file.Outputs.Select(static port => port.ToString()));
        Assert.Equal("test", Assert.Single(file.Model.MetadataProps).Value);
        Assert.Equal(OnnxExport.Opset, file.Opset);
    }

    [Fact]
    public void What_cannot_be_exported_is_named()
    {
        Refused("\"core.inner\" is a Foreign, of which nobody knows", Sequential(("first", Linear(4, 4)), ("core", Sequential(("inner", new Foreign())))), 2, 4);
        Refused("\"0\" is a Foreign, of which nobody knows what it computes: TorchSharp records no graph. Let it implement IGraphModule", Sequential(new Foreign()), 2, 4);
        Refused("\"a\", a AdaptiveAvgPool2d, pools to 3x3; there is an operator for 1 only.", Sequential(("a", AdaptiveAvgPool2d(3))), 2, 1, 9, 9);
        Refused("\"a\", a Conv2d, pads in the mode Reflect", Sequential(("a", Conv2d(1, 1, 3, padding: 1, padding_mode: PaddingModes.Reflect))), 2, 1, 9, 9);
        Refused("\"a\", a BatchNorm1d, keeps no running statistics", Sequential(("a", BatchNorm1d(4, track_running_stats: false))), 2, 4);
        Refused("\"a\", a Flatten, joins the axes 1 to 2 of 4", Sequential(("a", Flatten(1, 2))), 2, 3, 4, 5);
        Refused("\"a\", a AvgPool2d, divides by 3", Sequential(("a", AvgPool2d(2, divisor_override: 3))), 2, 1, 4, 4);
    }

    [Fact]
    public void What_says_something_else_than_it_computes_is_found_out()
    {
        using var scope = NewDisposeScope();
        using var wrong = new Foreign.Wrong(2.1);
        wrong.eval();
        Assert.Contains("differ by", Assert.Throws<NetworkGraphException>(() => OnnxExport.Of(wrong, randn(2, 4))).Message, StringComparison.Ordinal);
        using var right = new Foreign.Wrong(2);
        right.eval();
        _ = OnnxExport.Of(right, randn(2, 4));

        // A hook changes what the module gives, and is no part of any graph.
        using var hooked = Sequential(("a", Linear(4, 4)));
        hooked.eval();
        _ = OnnxExport.Of(hooked, randn(2, 4));
        ((Module<Tensor, Tensor>)hooked.named_children().Single().module).register_forward_hook((_, _, output) => output * 1.01);
        Assert.Throws<NetworkGraphException>(() => OnnxExport.Of(hooked, randn(2, 4)));

        using var training = Linear(4, 4);
        Assert.Contains("eval()", Assert.Throws<ArgumentException>(() => OnnxExport.Of(training, randn(2, 4))).Message, StringComparison.Ordinal);
    }

    private static void Refused(string beginning, Module<Tensor, Tensor> module, params long[] shape)
    {
        using var scope = NewDisposeScope();
        module.eval();
        Assert.StartsWith(beginning, Assert.Throws<NetworkGraphException>(() => OnnxExport.Of(module, randn(shape))).Message, StringComparison.Ordinal);
        module.Dispose();
    }

    /// <summary>Statistics and scales as they never are in a new network.</summary>
    private static void Stir(Module module)
    {
        using var silent = no_grad();
        foreach (var tensor in module.parameters().Select(static parameter => (Tensor)parameter).Concat(module.named_buffers().Select(static entry => entry.Item2)).Where(static tensor => tensor.is_floating_point() && tensor.dim() == 1))
        {
            tensor.copy_(rand_like(tensor) + 0.5);
        }
    }

    private class Foreign() : Module<Tensor, Tensor>("Foreign")
    {
        public override Tensor forward(Tensor input) => input * 2;

        public sealed class Wrong(double factor) : Foreign, IGraphModule
        {
            public GraphValue Describe(IGraphBuilder graph, GraphValue input) => graph.Mul(input, graph.Number(factor));
        }
    }
}
