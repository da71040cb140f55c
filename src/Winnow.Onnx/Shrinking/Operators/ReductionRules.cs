using Winnow.Onnx.Graphs;

namespace Winnow.Onnx.Shrinking.Operators;

/// <summary>Sums, means and the like over axes, and what makes shares along one.</summary>
internal static class ReductionRules
{
    private static readonly string[] s_names = ["ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare"];

    public static IEnumerable<KeyValuePair<string, OperatorRule>> All =>
    [
        .. s_names.Select(static name => KeyValuePair.Create(name, new OperatorRule(Reduce))),
        new("Softmax", new(Shares)), new("LogSoftmax", new(Shares)), new("Hardmax", new(Shares)), new("CumSum", new(Along)),
    ];

    private static void Reduce(GraphNode node, AxisGraph graph)
    {
        var (input, output) = (node.Inputs[0], node.Outputs[0]);
        var rank = graph.View.Rank(input);
        var given = node.Numbers("axes") ?? graph.View.Integers(node.Input(1));
        if (given is null && node.Input(1) is not null)
        {
            TraceRules.FixAll(node, graph, "whose axes aren't constant");
            return;
        }

        var axes = (given ?? []).Select(axis => GraphNode.Positive(axis, rank)).ToHashSet();
        if (axes.Count == 0 && node.Number("noop_with_empty_axes", 0) == 0)
        {
            axes = [.. Enumerable.Range(0, rank)];
        }

        var keeps = node.Number("keepdims", 1) != 0;
        for (int axis = 0, at = 0; axis < rank; axis++)
        {
            if (axes.Contains(axis))
            {
                graph.Reduce(node, input, axis);
                at += keeps ? 1 : 0;
            }
            else
            {
                graph.Join(graph[input, axis], graph[output, at++]);
            }
        }
    }

    private static void Shares(GraphNode node, AxisGraph graph)
    {
        NormRules.Same(node, graph, 0);
        var rank = graph.View.Rank(node.Inputs[0]);

        // Before opset 13 the axis and all behind it were one.
        var old = graph.View.Model.OpsetImport.Any(static set => set.Domain.Length == 0 && set.Version < 13);
        var first = node.Axis("axis", old ? 1 : -1, rank);
        for (var axis = first; axis < (old ? rank : first + 1); axis++)
        {
            graph.Fix(graph[node.Inputs[0], axis], $"is made into shares of one by \"{node.Name}\"");
        }
    }

    private static void Along(GraphNode node, AxisGraph graph)
    {
        NormRules.Same(node, graph, 0);
        if (graph.View.Integers(node.Input(1)) is [var axis])
        {
            graph.Fix(graph[node.Inputs[0], GraphNode.Positive(axis, graph.View.Rank(node.Inputs[0]))], $"is summed up along by \"{node.Name}\"");
        }
        else
        {
            TraceRules.FixAll(node, graph, "whose axis isn't constant");
        }
    }
}
