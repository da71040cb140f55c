using TorchSharp.Modules;
using Winnow.Networks.Graphs;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Winnow.Training.Models;

/// <summary>A block of a vision transformer: attention and two dense layers, each behind a layer normalisation and beside a shortcut. Dosovitskiy et al., ICLR 2021.</summary>
internal sealed class TransformerBlock : Module<Tensor, Tensor>, IGraphModule
{
    private readonly LayerNorm _norm1, _norm2;
    private readonly Linear _qkv, _projection, _rise, _fall;
    private readonly int _size;

    /// <param name="width">Numbers a token; a multiple of the heads.</param>
    /// <param name="heads">Attention heads.</param>
    public TransformerBlock(int width, int heads)
        : base(nameof(TransformerBlock))
    {
        _size = width / heads;
        register_module("norm1", _norm1 = LayerNorm(width, eps: 1e-6));
        register_module("qkv", _qkv = Linear(width, 3 * width));
        register_module("proj", _projection = Linear(width, width));
        register_module("norm2", _norm2 = LayerNorm(width, eps: 1e-6));
        register_module("fc1", _rise = Linear(width, 4 * width));
        register_module("fc2", _fall = Linear(4 * width, width));
    }

    /// <summary>Blocks one after another, named by their numbers.</summary>
    public static Sequential Stack(int width, int heads, int depth) => Sequential([.. Enumerable.Range(0, depth).Select(k => ($"{k}", (Module<Tensor, Tensor>)new TransformerBlock(width, heads)))]);

    /// <summary>[samples, tokens, width] to the same.</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var (samples, tokens) = (input.size(0), input.size(1));

        // [3, samples, heads, tokens, width of a head]: as many heads as there are weights for, so that fewer of them can be kept.
        var parts = _qkv.call(_norm1.call(input)).reshape(samples, tokens, 3, -1, _size).permute(2, 0, 3, 1, 4);
        var mixed = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2]).transpose(1, 2).reshape(samples, tokens, -1);
        var x = input + _projection.call(mixed);
        return (x + _fall.call(functional.gelu(_rise.call(_norm2.call(x))))).MoveToOuterDisposeScope();
    }

    public GraphValue Describe(IGraphBuilder graph, GraphValue input)
    {
        var parts = graph.Permute(graph.Reshape(graph.Call("qkv", graph.Call("norm1", input)), 0, 0, 3, -1, _size), 2, 0, 3, 1, 4);
        var mixed = graph.Attention(graph.Select(parts, 0, 0), graph.Select(parts, 0, 1), graph.Select(parts, 0, 2), _size);
        var x = graph.Add(input, graph.Call("proj", graph.Reshape(graph.Permute(mixed, 0, 2, 1, 3), 0, 0, -1)));
        return graph.Add(x, graph.Call("fc2", graph.Gelu(graph.Call("fc1", graph.Call("norm2", x)))));
    }
}
