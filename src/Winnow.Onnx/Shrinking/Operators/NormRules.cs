using Winnow.Onnx.Graphs;

namespace Winnow.Onnx.Shrinking.Operators;

/// <summary>Normalisations.</summary>
internal static class NormRules
{
    public static IEnumerable<KeyValuePair<string, OperatorRule>> All =>
    [
        new("BatchNormalization", new(Batch)),
        new("InstanceNormalization", new(Instance)),
        new("GroupNormalization", new(Group, CutGroups)),
        new("LayerNormalization", new(OverLast)),
        new("SimplifiedLayerNormalization", new(OverLast)),
        new("RMSNormalization", new(OverLast)),
        new("LRN", new(Local)),
    ];

    /// <summary>Whether an operator takes statistics over its last axis and scales by it.</summary>
    public static bool IsOverLast(string type) => type is "LayerNormalization" or "SimplifiedLayerNormalization" or "RMSNormalization";

    private static void Batch(GraphNode node, AxisGraph graph)
    {
        if (node.Outputs.Count(static name => name.Length > 0) > 1 || node.Number("training_mode", 0) != 0)
        {
            TraceRules.FixAll(node, graph, "which was exported as it trains");
            return;
        }

        Same(node, graph, 0);
        Vectors(node, graph, 1);
    }

    private static void Instance(GraphNode node, AxisGraph graph)
    {
        Same(node, graph, 0);
        Vectors(node, graph, 1);
        SpatialRules.FixPlaces(node, graph, [node.Inputs[0]]);
    }

    private static void Group(GraphNode node, AxisGraph graph)
    {
        Same(node, graph, 0);
        var channels = graph[node.Inputs[0], 1];
        var groups = (int)node.Number("num_groups", 1);
        LayerRules.Blocks(graph, channels, groups, channels);

        // Scales are one a group before opset 21.
        foreach (var vector in node.Inputs.Skip(1))
        {
            var scales = graph[vector, 0];
            graph.Join(channels, scales, k => k / (channels.Extent / scales.Extent));
        }

        SpatialRules.FixPlaces(node, graph, [node.Inputs[0]]);
    }

    private static void CutGroups(NodeCut cut)
    {
        if (cut.Kept(cut.Node.Inputs[0], 1) is { } kept)
        {
            GraphNode.Set(cut.Target, "num_groups", cut.Node.Number("num_groups", 1) * kept.Length / cut.Extent(cut.Node.Inputs[0], 1));
        }
    }

    private static void OverLast(GraphNode node, AxisGraph graph)
    {
        var rank = graph.View.Rank(node.Inputs[0]);
        var first = node.Axis("axis", -1, rank);
        Same(node, graph, 0);
        if (first == rank - 1 && node.Outputs.Count(static name => name.Length > 0) == 1)
        {
            Vectors(node, graph, first);
            graph.Reduce(node, node.Inputs[0], first);
            return;
        }

        for (var axis = first; axis < rank; axis++)
        {
            graph.Fix(graph[node.Inputs[0], axis], $"is normalised over several axes by \"{node.Name}\"");
        }
    }

    private static void Local(GraphNode node, AxisGraph graph)
    {
        Same(node, graph, 0);
        graph.Fix(graph[node.Inputs[0], 1], $"is normalised over its neighbours by \"{node.Name}\"");
    }

    /// <summary>Makes all axes of the first input and output go together.</summary>
    public static void Same(GraphNode node, AxisGraph graph, int output)
    {
        for (var axis = 0; axis < graph.View.Rank(node.Inputs[0]); axis++)
        {
            graph.Join(graph[node.Inputs[0], axis], graph[node.Outputs[output], axis]);
        }
    }

    private static void Vectors(GraphNode node, AxisGraph graph, int axis)
    {
        foreach (var vector in node.Inputs.Skip(1).Where(static name => name.Length > 0))
        {
            graph.Join(graph[node.Inputs[0], axis], graph[vector, 0]);
        }
    }
}
