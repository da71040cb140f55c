using Winnow.Onnx.Graphs;

namespace Winnow.Onnx.Shrinking;

/// <summary>An operation with a weight that makes channels of channels.</summary>
/// <param name="Node">The operation.</param>
/// <param name="Weight">The weight's name.</param>
/// <param name="OutputAxis">The weight's axis of output channels.</param>
/// <param name="InputAxis">Its axis of input channels; negative where it has none, as a table that rows are chosen from.</param>
/// <param name="ValueAxis">The axis of channels in what it reads and gives; negative from the end.</param>
/// <param name="Blocks">Blocks that channels come in; 1 for none.</param>
/// <param name="Macs">Multiplications with additions in the run that the graph is known by, all samples together.</param>
internal sealed record GraphLayer(GraphNode Node, string Weight, int OutputAxis, int InputAxis, int ValueAxis, int Blocks, long Macs)
{
    public string Name => Node.Name;

    public string Output => Node.Outputs[0];

    /// <summary>The value whose channels it reads.</summary>
    public string Input => Node.Inputs[0];

    /// <summary>The axis of channels in its output.</summary>
    public Axis Outputs(AxisGraph graph) => graph[Output, GraphNode.Positive(ValueAxis, graph.View.Rank(Output))];

    /// <summary>The axis of channels in its input; of no positions where it reads none.</summary>
    public Axis Inputs(AxisGraph graph) => InputAxis < 0 ? default : graph[Input, GraphNode.Positive(ValueAxis, graph.View.Rank(Input))];
}
