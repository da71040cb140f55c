using TorchSharp.Modules;
using Winnow.Networks.Graphs;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Winnow.Training.Models;

/// <summary>
/// A small vision transformer (Dosovitskiy et al., ICLR 2021) with fixed sine positions and the mean over patches in place of a class token, as Beyer et al. (Better plain ViT
/// baselines for ImageNet-1k, 2022) have it.
/// </summary>
internal sealed class VisionTransformer : Module<Tensor, Tensor>, IGraphModule
{
    private const int Depth = 6, Heads = 4, NumbersAWidth = 16;

    private readonly int _patch, _columns;
    private readonly (int Bottom, int Right) _padding;
    private readonly Linear _embed, _head;
    private readonly Sequential _blocks;
    private readonly LayerNorm _norm;

    private VisionTransformer(ModelShape shape, int width)
        : base(nameof(VisionTransformer))
    {
        // About 50 to 100 patches: attention costs their square.
        _patch = Math.Max(shape.Height, shape.Width) switch { <= 8 => 2, <= 40 => 4, <= 80 => 8, <= 160 => 16, _ => 32 };
        _padding = (Missing(shape.Height), Missing(shape.Width));
        (var rows, _columns) = ((shape.Height + _padding.Bottom) / _patch, (shape.Width + _padding.Right) / _patch);
        register_module("embed", _embed = Linear(shape.Channels * _patch * _patch, width));
        register_module("blocks", _blocks = TransformerBlock.Stack(width, Heads, Depth));
        register_module("norm", _norm = LayerNorm(width, eps: 1e-6));
        register_module("head", _head = Linear(width, shape.Classes));
        register_buffer("positions", Patches.Positions(rows, _columns, width).DetachFromDisposeScope());
    }

    /// <summary>The entry of the catalogue.</summary>
    public static ModelInfo Info { get; } = new(
        "vit", "vision transformer of six blocks and four heads, 16 x width numbers a patch; wants adamw and many epochs", 4, 2, static (shape, width) => new VisionTransformer(shape, NumbersAWidth * width));

    /// <summary>[samples, channels, height, width] to [samples, classes].</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        // Images whose sides are no multiples of the patch are continued by zeros, the mean of normalised pixels.
        var whole = _padding is (0, 0) ? input : functional.pad(input, [0, _padding.Right, 0, _padding.Bottom]);
        var tokens = _embed.call(Patches.Split(whole, _patch)) + get_buffer("positions")!;
        return _head.call(_norm.call(_blocks.call(tokens)).mean([1L])).MoveToOuterDisposeScope();
    }

    public GraphValue Describe(IGraphBuilder graph, GraphValue input)
    {
        var whole = _padding is (0, 0) ? input : graph.Operator("Pad", input.Rank, [input, graph.Whole([0, 0, 0, 0, 0, 0, _padding.Bottom, _padding.Right])]);
        var tokens = graph.Add(graph.Call("embed", Patches.Split(graph, whole, _patch, _columns, _embed.weight!.shape[1])), graph.State("positions"));
        return graph.Call("head", graph.Mean(graph.Call("norm", graph.Call("blocks", tokens)), [1]));
    }

    private int Missing(int side) => (_patch - (side % _patch)) % _patch;
}
