using Winnow.Onnx.Graphs;

namespace Winnow.Onnx.Shrinking.Operators;

/// <summary>Operators that put parts of an axis together or take them out.</summary>
internal static class PartRules
{
    public static IEnumerable<KeyValuePair<string, OperatorRule>> All => [new("Concat", new(Concat)), new("Split", new(Split, CutSplit)), new("Slice", new(Slice, CutSlice))];

    private static void Concat(GraphNode node, AxisGraph graph)
    {
        var output = node.Outputs[0];
        var along = node.Axis("axis", 0, graph.View.Rank(output));
        var start = 0;
        foreach (var input in node.Inputs)
        {
            start += Part(graph, input, output, along, start);
        }
    }

    private static void Split(GraphNode node, AxisGraph graph)
    {
        var input = node.Inputs[0];
        var along = node.Axis("axis", 0, graph.View.Rank(input));
        var start = 0;
        foreach (var output in node.Outputs)
        {
            start += Part(graph, output, input, along, start);
        }
    }

    /// <summary>Makes a part of an axis go with the whole.</summary>
    /// <returns>How long it is.</returns>
    private static int Part(AxisGraph graph, string part, string whole, int along, int start, int step = 1)
    {
        for (var axis = 0; axis < graph.View.Rank(part); axis++)
        {
            if (axis == along)
            {
                graph.Join(graph[part, axis], graph[whole, axis], k => start + (k * step));
            }
            else
            {
                graph.Join(graph[part, axis], graph[whole, axis]);
            }
        }

        return graph[part, along].Extent;
    }

    /// <summary>Parts that were equal needn't be any more, so that all are said.</summary>
    private static void CutSplit(NodeCut cut)
    {
        var node = cut.Node;
        var along = node.Axis("axis", 0, cut.Rank(node.Inputs[0]));
        if (cut.Kept(node.Inputs[0], along) is null)
        {
            return;
        }

        var sizes = node.Outputs.Select(output => (long)(cut.Kept(output, along)?.Length ?? cut.Extent(output, along))).ToArray();
        var stale = cut.Target.Attribute.Where(static attribute => attribute.Name is "num_outputs" or "split").ToArray();
        foreach (var attribute in stale)
        {
            cut.Target.Attribute.Remove(attribute);
        }

        if (cut.Opset < 13)
        {
            GraphNode.Set(cut.Target, "split", sizes);
        }
        else
        {
            cut.SetInput(1, cut.Constant(sizes));
        }
    }

    private static void Slice(GraphNode node, AxisGraph graph)
    {
        var (input, output) = (node.Inputs[0], node.Outputs[0]);
        var ranges = Ranges(node, graph.View);
        for (var axis = 0; axis < graph.View.Rank(input); axis++)
        {
            if (ranges?.Find(range => range.Axis == axis) is not { } range)
            {
                if (ranges is not null || graph[input, axis].Extent == graph[output, axis].Extent)
                {
                    graph.Join(graph[input, axis], graph[output, axis]);
                    continue;
                }
            }
            else if (range.Step == 1)
            {
                graph.Join(graph[output, axis], graph[input, axis], k => range.Start + k);
                continue;
            }

            graph.Fix(graph[input, axis], $"is a part taken out by \"{node.Name}\"");
            graph.Fix(graph[output, axis], $"is a part taken out by \"{node.Name}\"");
        }
    }

    private static void CutSlice(NodeCut cut)
    {
        var node = cut.Node;
        var ranges = Ranges(node, cut.View);
        if (ranges is null || !ranges.Exists(range => cut.Kept(node.Inputs[0], range.Axis) is not null))
        {
            return;
        }

        var (starts, ends) = (new long[ranges.Count], new long[ranges.Count]);
        for (var k = 0; k < ranges.Count; k++)
        {
            var range = ranges[k];
            var end = range.Start + cut.Extent(node.Outputs[0], range.Axis);
            var kept = cut.Kept(node.Inputs[0], range.Axis);
            (starts[k], ends[k]) = kept is null ? (range.RawStart, range.RawEnd) : (kept.Count(index => index < range.Start), kept.Count(index => index < end));
        }

        if (cut.Opset < 10)
        {
            GraphNode.Set(cut.Target, "starts", starts);
            GraphNode.Set(cut.Target, "ends", ends);
        }
        else
        {
            cut.SetInput(1, cut.Constant(starts));
            cut.SetInput(2, cut.Constant(ends));
            if (node.Input(3) is null)
            {
                cut.SetInput(3, cut.Constant([.. ranges.Select(static range => (long)range.Axis)]));
            }
        }
    }

    /// <summary>The axes that are sliced and where; null where that isn't constant.</summary>
    private static List<Range>? Ranges(GraphNode node, GraphView view)
    {
        var starts = node.Numbers("starts") ?? view.Integers(node.Input(1));
        var ends = node.Numbers("ends") ?? view.Integers(node.Input(2));
        var axes = node.Numbers("axes") ?? view.Integers(node.Input(3));
        var steps = view.Integers(node.Input(4));
        if (starts is null || ends is null || (axes is null && node.Input(3) is not null) || (steps is null && node.Input(4) is not null))
        {
            return null;
        }

        var shape = view.Shape(node.Inputs[0])!;
        return [.. starts.Select((start, k) =>
        {
            var axis = axes is null ? k : GraphNode.Positive(axes[k], shape.Length);
            return new Range(axis, (int)Math.Clamp(start < 0 ? start + shape[axis] : start, 0, shape[axis]), steps?[k] ?? 1, start, ends[k]);
        })];
    }

    private sealed record Range(int Axis, int Start, long Step, long RawStart, long RawEnd);
}
