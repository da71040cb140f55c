using Onnx;
using Winnow.Onnx.Graphs;

namespace Winnow.Onnx.Shrinking;

/// <summary>One operation on its way into a smaller graph.</summary>
/// <param name="cut">What goes.</param>
/// <param name="node">The operation as it was.</param>
/// <param name="target">Its copy, which is changed.</param>
/// <param name="into">The smaller graph, up to this operation.</param>
internal sealed class NodeCut(GraphCut cut, GraphNode node, NodeProto target, GraphProto into)
{
    private int _made;

    public GraphNode Node => node;

    public NodeProto Target => target;

    public GraphView View => cut.Graph.View;

    public long Opset { get; } = cut.Graph.View.Model.OpsetImport.FirstOrDefault(static set => set.Domain.Length == 0 || set.Domain == "ai.onnx")?.Version ?? 1;

    /// <summary>The positions of an axis that stay, ascending; null for all.</summary>
    public int[]? Kept(string value, int axis) => cut.Kept(value, axis);

    /// <summary>The extent before the cut.</summary>
    public int Extent(string value, int axis) => (int)View.Shape(value)![axis];

    public int Rank(string value) => View.Rank(value);

    /// <summary>A new constant.</summary>
    /// <returns>Its name.</returns>
    public string Constant(long[] values) => Constant(TensorBytes.Make(NewName(), values));

    public void SetInput(int index, string name)
    {
        while (target.Input.Count <= index)
        {
            target.Input.Add("");
        }

        target.Input[index] = name;
    }

    /// <summary>Changes the extents that an operation is told for its output, where some of them get smaller.</summary>
    /// <param name="index">The input that says them.</param>
    public void Sizes(int index)
    {
        var output = node.Outputs[0];
        var cuts = Enumerable.Range(0, Rank(output)).Select(axis => Kept(output, axis)?.Length).ToArray();
        if (cuts.All(static kept => kept is null) || node.Input(index) is not { } said)
        {
            return;
        }

        if (View.Integers(said) is { } sizes)
        {
            // A 0 copies the extent and a -1 is what is left: they are right still.
            SetInput(index, Constant([.. sizes.Select((size, axis) => size > 0 && cuts[axis] is { } kept ? kept : size)]));
            return;
        }

        // Computed as it runs: the new extents are put in where some get smaller.
        var mask = Constant(TensorBytes.Make(NewName(), TensorProto.Types.DataType.Bool, [cuts.Length], [.. cuts.Select(static kept => (byte)(kept is null ? 0 : 1))]));
        var put = new NodeProto { OpType = "Where", Name = NewName() };
        put.Input.AddRange([mask, Constant([.. cuts.Select(static kept => (long)(kept ?? 0))]), said]);
        put.Output.Add(put.Name);
        into.Node.Add(put);
        SetInput(index, put.Name);
    }

    private string Constant(TensorProto tensor)
    {
        into.Initializer.Add(tensor);
        return tensor.Name;
    }

    private string NewName() => View.NewName($"{node.Name}.cut", ref _made);
}
