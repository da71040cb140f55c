using Winnow.Onnx.Graphs;

namespace Winnow.Onnx.Shrinking.Operators;

/// <summary>Operators with weights, and products of matrices.</summary>
internal static class LayerRules
{
    public static IEnumerable<KeyValuePair<string, OperatorRule>> All =>
    [
        new("Conv", new(Convolution, CutBlocks)),
        new("ConvTranspose", new(Convolution, CutBlocks)),
        new("Gemm", new(Gemm)),
        new("MatMul", new(MatMul)),
        new("Einsum", new(Einsum)),
        new("Gather", new(Gather)),
    ];

    /// <summary>The layers of a graph, in its order.</summary>
    public static IEnumerable<GraphLayer> Of(GraphView view) => view.Nodes.Where(node => OperatorTable.Of(node, view) is not null).Select(node => Layer(node, view)).OfType<GraphLayer>();

    /// <summary>The layer that an operation is; null where its weight isn't constant, or it is none.</summary>
    public static GraphLayer? Layer(GraphNode node, GraphView view)
    {
        string? Weight(int input, int rank) => node.Input(input) is { } name && view.Constants.TryGetValue(name, out var tensor) && tensor.Dims.Count >= rank ? name : null;
        long Count(string value) => view.Shape(value)!.Aggregate(1L, static (product, extent) => product * extent);
        switch (node.Type)
        {
            case "Conv" when Weight(1, 3) is { } weight:
                return new(node, weight, 0, 1, 1, (int)node.Number("group", 1), Count(node.Outputs[0]) * Count(weight) / view.Shape(weight)![0]);
            case "ConvTranspose" when Weight(1, 3) is { } weight:
                // Counted as the convolution that it turns around.
                return new(node, weight, 1, 0, 1, (int)node.Number("group", 1), Count(node.Outputs[0]) * Count(weight) / view.Shape(weight)![1] / node.Number("group", 1));
            case "Gemm" when node.Number("transA", 0) == 0 && Weight(1, 2) is { } weight:
                var turned = node.Number("transB", 0) != 0;
                return new(node, weight, turned ? 0 : 1, turned ? 1 : 0, -1, 1, Count(node.Outputs[0]) * view.Shape(weight)![turned ? 1 : 0]);
            case "MatMul" when Weight(1, 2) is { } weight && view.Rank(weight) == 2 && !view.Constants.ContainsKey(node.Inputs[0]):
                return new(node, weight, 1, 0, -1, 1, Count(node.Outputs[0]) * view.Shape(weight)![0]);
            case "Gather" when node.Number("axis", 0) == 0 && Weight(0, 2) is { } weight && view.Rank(weight) == 2 && view.FromInputs.Contains(node.Inputs[1]):
                return new(node, weight, 1, -1, -1, 1, 0);
            default:
                return null;
        }
    }

    private static void Convolution(GraphNode node, AxisGraph graph)
    {
        var (input, weight, output) = (node.Inputs[0], node.Inputs[1], node.Outputs[0]);
        var groups = (int)node.Number("group", 1);
        var turned = node.Type == "ConvTranspose";
        var (inputs, outputs) = (graph[input, 1], graph[output, 1]);
        if (groups == 1)
        {
            graph.Join(inputs, graph[weight, turned ? 0 : 1]);
            graph.Join(outputs, graph[weight, turned ? 1 : 0]);
        }
        else
        {
            // Whole blocks go: their outputs with the inputs that these alone read.
            graph.Join(turned ? inputs : outputs, graph[weight, 0]);
            graph.Fix(graph[weight, 1], "is a place within the blocks of a grouped convolution");
            Blocks(graph, inputs, groups, outputs);
            Blocks(graph, outputs, groups, outputs);
        }

        if (node.Input(2) is { } bias)
        {
            graph.Join(outputs, graph[bias, 0]);
        }

        graph.Join(graph[input, 0], graph[output, 0]);
        SpatialRules.FixPlaces(node, graph, [input, weight, output]);
    }

    /// <summary>Makes the positions of each block go with the first output of that block.</summary>
    public static void Blocks(AxisGraph graph, Axis axis, int groups, Axis outputs) => graph.Join(axis, outputs, k => k / (axis.Extent / groups) * (outputs.Extent / groups));

    private static void CutBlocks(NodeCut cut)
    {
        var groups = cut.Node.Number("group", 1);
        if (groups > 1 && cut.Kept(cut.Node.Outputs[0], 1) is { } kept)
        {
            GraphNode.Set(cut.Target, "group", groups * kept.Length / cut.Extent(cut.Node.Outputs[0], 1));
        }
    }

    private static void Gemm(GraphNode node, AxisGraph graph)
    {
        var (first, second, output) = (node.Inputs[0], node.Inputs[1], node.Outputs[0]);
        var (left, right) = (node.Number("transA", 0) != 0 ? 1 : 0, node.Number("transB", 0) != 0 ? 1 : 0);
        graph.Join(graph[first, left], graph[output, 0]);
        graph.Join(graph[second, 1 - right], graph[output, 1]);
        Contract(node, graph, (first, 1 - left), (second, right));
        if (node.Input(2) is { } bias)
        {
            var shift = 2 - graph.View.Rank(bias);
            for (var axis = 0; axis + shift < 2; axis++)
            {
                if (graph[bias, axis].Extent == graph[output, axis + shift].Extent)
                {
                    graph.Join(graph[bias, axis], graph[output, axis + shift]);
                }
            }
        }
    }

    private static void MatMul(GraphNode node, AxisGraph graph)
    {
        var (first, second, output) = (node.Inputs[0], node.Inputs[1], node.Outputs[0]);
        var (left, right, rank) = (graph.View.Rank(first), graph.View.Rank(second), graph.View.Rank(output));
        Contract(node, graph, (first, left - 1), (second, Math.Max(0, right - 2)));

        // A vector has no rows, or no columns, and neither has the product.
        var columns = right > 1 ? 1 : 0;
        if (left > 1)
        {
            graph.Join(graph[first, left - 2], graph[output, rank - 1 - columns]);
        }

        if (right > 1)
        {
            graph.Join(graph[second, right - 1], graph[output, rank - 1]);
        }

        foreach (var (value, own) in new[] { (first, left), (second, right) })
        {
            for (var k = 3; k <= own; k++)
            {
                var (axis, at) = (graph[value, own - k], graph[output, rank - k]);
                if (axis.Extent == at.Extent)
                {
                    graph.Join(axis, at);
                }
            }
        }
    }

    /// <summary>What is summed over: where neither side is a weight, whose zeros say that nothing comes, it is summed over what stays.</summary>
    private static void Contract(GraphNode node, AxisGraph graph, (string Value, int Axis) one, (string Value, int Axis) other)
    {
        graph.Join(graph[one.Value, one.Axis], graph[other.Value, other.Axis]);
        if (!graph.View.Constants.ContainsKey(one.Value) && !graph.View.Constants.ContainsKey(other.Value))
        {
            graph.Reduce(node, one.Value, one.Axis);
            graph.Reduce(node, other.Value, other.Axis);
        }
    }

    private static void Einsum(GraphNode node, AxisGraph graph)
    {
        var equation = node.Text("equation", "").Replace(" ", "", StringComparison.Ordinal);
        var sides = equation.Split("->");
        var terms = sides[0].Split(',');
        if (sides.Length != 2 || equation.Contains('.', StringComparison.Ordinal) || terms.Length != node.Inputs.Count || terms.Concat([sides[1]]).Any(static term => term.Distinct().Count() != term.Length))
        {
            TraceRules.FixAll(node, graph, "whose equation isn't one that is known");
            return;
        }

        var values = terms.Zip(node.Inputs).Append((sides[1], node.Outputs[0])).ToArray();
        var first = new Dictionary<char, Axis>();
        foreach (var (term, value) in values)
        {
            for (var axis = 0; axis < term.Length; axis++)
            {
                var here = graph[value, axis];
                if (first.TryAdd(term[axis], here) is false && first[term[axis]].Extent == here.Extent)
                {
                    graph.Join(here, first[term[axis]]);
                }

                if (!sides[1].Contains(term[axis], StringComparison.Ordinal) && !node.Inputs.Any(graph.View.Constants.ContainsKey))
                {
                    graph.Reduce(node, value, axis);
                }
            }
        }
    }

    private static void Gather(GraphNode node, AxisGraph graph)
    {
        var (data, indices, output) = (node.Inputs[0], node.Inputs[1], node.Outputs[0]);
        var (rank, places) = (graph.View.Rank(data), graph.View.Rank(indices));
        var chosen = node.Axis("axis", 0, rank);
        graph.Fix(graph[data, chosen], $"is chosen from by \"{node.Name}\"");
        for (var axis = 0; axis < rank; axis++)
        {
            if (axis != chosen)
            {
                graph.Join(graph[data, axis], graph[output, axis < chosen ? axis : axis + places - 1]);
            }
        }

        for (var axis = 0; axis < places; axis++)
        {
            graph.Join(graph[indices, axis], graph[output, chosen + axis]);
        }
    }
}
