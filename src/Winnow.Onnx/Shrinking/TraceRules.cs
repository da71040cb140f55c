using Winnow.Onnx.Graphs;
using Winnow.Onnx.Shrinking.Operators;

namespace Winnow.Onnx.Shrinking;

/// <summary>Goes through a graph and makes go together what its operators say.</summary>
internal static class TraceRules
{
    /// <summary>All axes of a graph.</summary>
    public static AxisGraph Of(GraphView view)
    {
        var graph = new AxisGraph(view);
        foreach (var input in view.Model.Graph.Input)
        {
            graph.Fix(input.Name, "is what the network is given");
        }

        foreach (var output in view.Model.Graph.Output)
        {
            graph.Fix(output.Name, "is an output of the network");
        }

        // Foldings are last: which factor can go, the rest of the graph says.
        foreach (var folding in new[] { false, true })
        {
            foreach (var node in view.Nodes.Where(node => IsFolding(node) == folding))
            {
                if (OperatorTable.Of(node, view) is { } rule)
                {
                    rule.Couple(node, graph);
                }
                else
                {
                    FixAll(node, graph, "which isn't known");
                }
            }
        }

        return graph;
    }

    /// <summary>Makes all that an operation touches stay.</summary>
    /// <param name="node">The operation.</param>
    /// <param name="graph">The axes.</param>
    /// <param name="why">What is the matter with the operator.</param>
    public static void FixAll(GraphNode node, AxisGraph graph, string why)
    {
        foreach (var value in node.Reads.Concat(node.Outputs).Where(static name => name.Length > 0).Distinct(StringComparer.Ordinal))
        {
            graph.Fix(value, $"is touched by \"{node.Name}\" of the operator {node.Type}, {why}");
        }
    }

    private static bool IsFolding(GraphNode node) => node.Type is "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze";
}
