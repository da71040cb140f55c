using TorchSharp.Modules;
using Winnow.Networks.Graphs;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Winnow.Training.Models;

/// <summary>The two-convolution block of small residual networks, its tensors named as in torchvision. He et al. 2016.</summary>
internal sealed class BasicBlock : Module<Tensor, Tensor>, IGraphModule
{
    private readonly Conv2d _conv1, _conv2;
    private readonly BatchNorm2d _norm1, _norm2;
    private readonly Sequential? _downsample;
    private readonly int _stride;

    /// <summary>Makes the block; the shortcut is a 1 × 1 convolution where shapes change and nothing where they do not.</summary>
    /// <param name="inputs">Channels coming in.</param>
    /// <param name="outputs">Channels going out.</param>
    /// <param name="stride">1 keeps the image's size, 2 halves it.</param>
    public BasicBlock(int inputs, int outputs, int stride)
        : base(nameof(BasicBlock))
    {
        _stride = stride;
        register_module("conv1", _conv1 = Conv2d(inputs, outputs, 3, stride: stride, padding: 1, bias: false));
        register_module("bn1", _norm1 = BatchNorm2d(outputs));
        register_module("conv2", _conv2 = Conv2d(outputs, outputs, 3, padding: 1, bias: false));
        register_module("bn2", _norm2 = BatchNorm2d(outputs));
        if (stride != 1 || inputs != outputs)
        {
            // A filter of one pixel with a stride sees one pixel in so many, which are taken first: the same numbers, but not the kernel that writes past its
            // buffers (ChannelsLast.Suits). By a pooling of one pixel: two slices cost a tenth of resnet-small's step on their way back.
            register_module("downsample", _downsample = Sequential(("0", Conv2d(inputs, outputs, 1, bias: false)), ("1", BatchNorm2d(outputs))));
        }
    }

    /// <summary>Two blocks one after the other; the first changes the shape.</summary>
    public static Sequential Stage(int inputs, int outputs, int stride) =>
        Sequential(("0", new BasicBlock(inputs, outputs, stride)), ("1", new BasicBlock(outputs, outputs, 1)));

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var inner = _norm1.call(_conv1.call(input)).relu_();
        var outer = _norm2.call(_conv2.call(inner));
        return outer.add_(Shortcut(input)).relu_().MoveToOuterDisposeScope();
    }

    public GraphValue Describe(IGraphBuilder graph, GraphValue input)
    {
        var inner = graph.Relu(graph.Call("bn1", graph.Call("conv1", input)));
        var outer = graph.Call("bn2", graph.Call("conv2", inner));
        return graph.Relu(graph.Add(outer, _downsample is null ? input : graph.Call("downsample", _stride == 1 ? input : graph.Pool("AveragePool", input, 1, _stride))));
    }

    private Tensor Shortcut(Tensor input) => _downsample is null ? input
        : _downsample.call(_stride == 1 ? input : functional.avg_pool2d(input, 1, _stride));
}
