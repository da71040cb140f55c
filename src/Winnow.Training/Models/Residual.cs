using Winnow.Networks.Graphs;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Winnow.Training.Models;

/// <summary>input + inner(input); shapes are equal.</summary>
internal sealed class Residual : Module<Tensor, Tensor>, IGraphModule
{
    private readonly Module<Tensor, Tensor> _inner;

    public Residual(Module<Tensor, Tensor> inner)
        : base(nameof(Residual)) => register_module("inner", _inner = inner);

    public override Tensor forward(Tensor input)
    {
        using var change = _inner.call(input);
        return input + change;
    }

    public GraphValue Describe(IGraphBuilder graph, GraphValue input) => graph.Add(input, graph.Call("inner", input));
}
