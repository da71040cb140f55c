using TorchSharp.Modules;
using Winnow.Networks.Graphs;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Winnow.Training.Models;

/// <summary>Convolution without bias ("same" padding, so that stride 1 keeps the image's size), batch normalisation, ReLU.</summary>
internal sealed class ConvBlock : Module<Tensor, Tensor>, IGraphModule
{
    private readonly Conv2d _convolution;
    private readonly BatchNorm2d _norm;

    public ConvBlock(int inputs, int outputs, int stride = 1)
        : base(nameof(ConvBlock))
    {
        register_module("conv", _convolution = Conv2d(inputs, outputs, 3, stride: stride, padding: 1, bias: false));
        register_module("norm", _norm = BatchNorm2d(outputs));
    }

    public override Tensor forward(Tensor input)
    {
        using var convolved = _convolution.call(input);
        return _norm.call(convolved).relu_();
    }

    public GraphValue Describe(IGraphBuilder graph, GraphValue input) => graph.Relu(graph.Call("norm", graph.Call("conv", input)));
}
