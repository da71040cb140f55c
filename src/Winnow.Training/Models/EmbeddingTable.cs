using TorchSharp.Modules;
using Winnow.Networks.Graphs;
using static TorchSharp.torch;

namespace Winnow.Training.Models;

/// <summary>
/// Numbers for each of some things, such as tokens or classes. TorchSharp 0.107's Embedding leaves its weight to the dispose scope in which it is made, after which it still computes but is neither
/// trained nor saved; taken out of the scope it outlives the module.
/// </summary>
internal sealed class EmbeddingTable : nn.Module<Tensor, Tensor>, IGraphModule
{
    /// <param name="things">How many there are.</param>
    /// <param name="width">Numbers of each, drawn from a normal distribution.</param>
    /// <param name="spread">Its standard deviation.</param>
    public EmbeddingTable(int things, int width, double spread)
        : base(nameof(EmbeddingTable))
    {
        register_parameter("weight", Weight = new Parameter((randn(things, width) * spread).DetachFromDisposeScope()));
    }

    /// <summary>[things, width].</summary>
    public Parameter Weight { get; }

    /// <summary>int64 [...] to [..., width].</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return Weight.index_select(0, input.flatten()).view([.. input.shape, Weight.size(1)]).MoveToOuterDisposeScope();
    }

    public GraphValue Describe(IGraphBuilder graph, GraphValue input) => graph.Operator("Gather", input.Rank + 1, [graph.State("weight"), input]);
}
