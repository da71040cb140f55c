using TorchSharp.Modules;
using Winnow.Networks.Graphs;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Winnow.Training.Models;

/// <summary>
/// Numbers for each pixel of an image (Ronneberger et al., U-Net, MICCAI 2015): on the way down images are halved and widths doubled, on the way up each size is joined with what the way down
/// made at it. Otherwise than in the paper images keep their size (convolutions pad), convolutions are followed by batch normalisation, and images grow by repeating pixels.
/// </summary>
internal sealed class UNet : Module<Tensor, Tensor>, IGraphModule
{
    private readonly Sequential[] _down, _up;
    private readonly Conv2d _head;

    /// <param name="channels">Of the images.</param>
    /// <param name="classes">Numbers a pixel of the result.</param>
    /// <param name="width">Channels at full size; twice as many after each halving.</param>
    /// <param name="depth">How often images are halved, at least 1; their sides have to be multiples of 2 to this power.</param>
    public UNet(int channels, int classes, int width, int depth)
        : base(nameof(UNet))
    {
        (_down, _up) = (new Sequential[depth + 1], new Sequential[depth]);
        for (var level = 0; level <= depth; level++)
        {
            var here = width << level;
            register_module(FormattableString.Invariant($"down{level}"), _down[level] = Pair(level == 0 ? channels : here / 2, here));
            if (level < depth)
            {
                register_module(FormattableString.Invariant($"up{level}"), _up[level] = Pair(3 * here, here));
            }
        }

        register_module("head", _head = Conv2d(width, classes, 1));
    }

    /// <summary>[samples, channels, height, width] to [samples, classes, height, width].</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var depth = _up.Length;
        var left = new Tensor[depth];
        var here = _down[0].call(input);
        for (var level = 0; level < depth; level++)
        {
            left[level] = here;
            here = _down[level + 1].call(functional.max_pool2d(here, 2));
        }

        for (var level = depth - 1; level >= 0; level--)
        {
            here = _up[level].call(cat([functional.interpolate(here, scale_factor: [2, 2], mode: InterpolationMode.Nearest), left[level]], 1));
        }

        return _head.call(here).MoveToOuterDisposeScope();
    }

    public GraphValue Describe(IGraphBuilder graph, GraphValue input)
    {
        var depth = _up.Length;
        var left = new GraphValue[depth];
        var here = graph.Call("down0", input);
        for (var level = 0; level < depth; level++)
        {
            left[level] = here;
            here = graph.Call(FormattableString.Invariant($"down{level + 1}"), graph.Pool("MaxPool", here, 2));
        }

        for (var level = depth - 1; level >= 0; level--)
        {
            here = graph.Call(FormattableString.Invariant($"up{level}"), graph.Concat(1, graph.Repeat(here, 2), left[level]));
        }

        return graph.Call("head", here);
    }

    private static Sequential Pair(int inputs, int outputs) => Sequential(("0", new ConvBlock(inputs, outputs)), ("1", new ConvBlock(outputs, outputs)));
}
