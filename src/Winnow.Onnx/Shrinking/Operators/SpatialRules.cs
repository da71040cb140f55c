using Winnow.Onnx.Graphs;

namespace Winnow.Onnx.Shrinking.Operators;

/// <summary>Operators that leave samples and channels where they are and mix places: pooling, scaling, padding.</summary>
internal static class SpatialRules
{
    private static readonly string[] s_pools = ["AveragePool", "GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool", "LpPool", "MaxPool"];

    public static IEnumerable<KeyValuePair<string, OperatorRule>> All =>
    [
        .. s_pools.Select(static name => KeyValuePair.Create(name, new OperatorRule(Pool))),
        new("Resize", new(Scale, static cut => cut.Sizes(3))), new("Upsample", new(Scale)), new("Pad", new(Pad)),
        new("DepthToSpace", new(DepthToSpace)), new("SpaceToDepth", new(SpaceToDepth)),
    ];

    /// <summary>Makes all axes behind the second of some values stay.</summary>
    public static void FixPlaces(GraphNode node, AxisGraph graph, IEnumerable<string> values)
    {
        foreach (var value in values)
        {
            for (var axis = 2; axis < graph.View.Rank(value); axis++)
            {
                graph.Fix(graph[value, axis], $"is a place that \"{node.Name}\" mixes with others");
            }
        }
    }

    private static void Pool(GraphNode node, AxisGraph graph)
    {
        foreach (var output in node.Outputs.Where(static name => name.Length > 0))
        {
            graph.Join(graph[node.Inputs[0], 0], graph[output, 0]);
            graph.Join(graph[node.Inputs[0], 1], graph[output, 1]);
            FixPlaces(node, graph, [node.Inputs[0], output]);
        }

        // Indices of largest numbers count through all channels.
        if (node.Outputs.Count(static name => name.Length > 0) > 1)
        {
            graph.Fix(node.Outputs[1], $"is counted through by \"{node.Name}\"");
        }
    }

    private static void Scale(GraphNode node, AxisGraph graph)
    {
        var (input, output) = (node.Inputs[0], node.Outputs[0]);
        for (var axis = 0; axis < graph.View.Rank(input); axis++)
        {
            if (axis < 2 && graph[input, axis].Extent == graph[output, axis].Extent)
            {
                graph.Join(graph[input, axis], graph[output, axis]);
            }
            else
            {
                graph.Fix(graph[input, axis], $"is scaled by \"{node.Name}\"");
                graph.Fix(graph[output, axis], $"is scaled by \"{node.Name}\"");
            }
        }
    }

    private static void Pad(GraphNode node, AxisGraph graph)
    {
        var (input, output) = (node.Inputs[0], node.Outputs[0]);
        var rank = graph.View.Rank(input);
        var pads = node.Numbers("pads") ?? graph.View.Integers(node.Input(1));
        if (pads?.Length != 2 * rank)
        {
            TraceRules.FixAll(node, graph, "whose margins aren't known for every axis");
            return;
        }

        for (var axis = 0; axis < rank; axis++)
        {
            if (pads[axis] == 0 && pads[axis + rank] == 0)
            {
                graph.Join(graph[input, axis], graph[output, axis]);
            }
            else
            {
                graph.Fix(graph[input, axis], $"gets margins by \"{node.Name}\"");
                graph.Fix(graph[output, axis], $"gets margins by \"{node.Name}\"");
            }
        }
    }

    private static void DepthToSpace(GraphNode node, AxisGraph graph)
    {
        var block = (int)(node.Number("blocksize", 1) * node.Number("blocksize", 1));
        var (deep, flat) = (graph[node.Inputs[0], 1], graph[node.Outputs[0], 1]);
        var byColumn = node.Text("mode", "DCR") == "DCR";
        graph.Join(deep, flat, k => byColumn ? k % flat.Extent : k / block);
        Rest(node, graph);
    }

    private static void SpaceToDepth(GraphNode node, AxisGraph graph)
    {
        var (flat, deep) = (graph[node.Inputs[0], 1], graph[node.Outputs[0], 1]);
        graph.Join(deep, flat, k => k % flat.Extent);
        Rest(node, graph);
    }

    private static void Rest(GraphNode node, AxisGraph graph)
    {
        graph.Join(graph[node.Inputs[0], 0], graph[node.Outputs[0], 0]);
        FixPlaces(node, graph, [node.Inputs[0], node.Outputs[0]]);
    }
}
