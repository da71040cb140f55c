using Winnow.Onnx.Graphs;

namespace Winnow.Onnx.Shrinking.Operators;

/// <summary>Operators that change the order or the number of axes and no number.</summary>
internal static class ShapeRules
{
    public static IEnumerable<KeyValuePair<string, OperatorRule>> All =>
    [
        new("Reshape", new(Fold, static cut => cut.Sizes(1))), new("Flatten", new(Fold)), new("Squeeze", new(Fold)), new("Unsqueeze", new(Fold)),
        new("Transpose", new(Transpose)), new("Expand", new(Expand, static cut => cut.Sizes(1))), new("Tile", new(Expand)),
        new("Shape", new(Nothing)), new("Size", new(Nothing)),
    ];

    /// <summary>
    /// Axes that are folded into one or taken apart, seen as products of common factors: a head and a place within it, a channel and its pixels. Of several factors of an axis
    /// that could go, the outermost does, and the others stay.
    /// </summary>
    private static void Fold(GraphNode node, AxisGraph graph)
    {
        var (input, output) = (node.Inputs[0], node.Outputs[0]);
        if (Factors(graph.View.Shape(input)!, graph.View.Shape(output)!) is not { } factors)
        {
            graph.Fix(input, $"is folded by \"{node.Name}\" in a way that has no common factors");
            graph.Fix(output, $"is folded by \"{node.Name}\" in a way that has no common factors");
            return;
        }

        var parts = factors.Select(factor => graph.New(factor.Extent)).ToArray();
        var sides = new[] { input, output }.SelectMany(value => Enumerable.Range(0, graph.View.Rank(value)).Select(axis => (Value: value, Axis: axis)))
            .Select(side => (Axis: graph[side.Value, side.Axis], Factors: Enumerable.Range(0, factors.Length).Where(k => (side.Value == input ? factors[k].Input : factors[k].Output) == side.Axis).ToArray())).ToArray();

        // Those that are one factor alone first, since they say which can go.
        foreach (var (axis, own) in sides.Where(static side => side.Factors.Length == 1))
        {
            graph.Join(axis, parts[own[0]]);
        }

        foreach (var (axis, own) in sides.Where(static side => side.Factors.Length > 1))
        {
            if (!graph.IsLive(axis))
            {
                Array.ForEach(own, k => graph.Fix(parts[k], $"is part of what stays in \"{node.Name}\""));
                continue;
            }

            var chosen = Array.FindIndex(own, k => graph.IsLive(parts[k]));
            for (var k = 0; k < own.Length; k++)
            {
                if (k != chosen)
                {
                    graph.Fix(parts[own[k]], $"is folded with others by \"{node.Name}\"");
                }
            }

            if (chosen < 0)
            {
                graph.Fix(axis, $"is made of what stays by \"{node.Name}\"");
                continue;
            }

            var inner = own[(chosen + 1)..].Aggregate(1, (product, k) => product * parts[k].Extent);
            graph.Join(axis, parts[own[chosen]], k => k / inner % parts[own[chosen]].Extent);
        }
    }

    /// <summary>The factors that two lists of extents have in common, and the axis of either that each belongs to; extents of 1 have none. Null where there are none in common.</summary>
    private static (int Extent, int Input, int Output)[]? Factors(long[] input, long[] output)
    {
        var factors = new List<(int, int, int)>();
        var (i, o) = (-1, -1);
        var (left, right) = (1L, 1L);
        while (true)
        {
            while (left == 1 && ++i < input.Length)
            {
                left = input[i];
            }

            while (right == 1 && ++o < output.Length)
            {
                right = output[o];
            }

            if (i >= input.Length || o >= output.Length)
            {
                return i >= input.Length && o >= output.Length ? [.. factors] : null;
            }

            // From the outermost: what is left of either axis, if it is a multiple of the other's, is cut by it.
            var (outer, whole) = left <= right ? (left, right) : (right, left);
            if (outer == 0 || whole % outer != 0)
            {
                return null;
            }

            factors.Add(((int)outer, i, o));
            (left, right) = (left / outer, right / outer);
        }
    }

    private static void Transpose(GraphNode node, AxisGraph graph)
    {
        var rank = graph.View.Rank(node.Inputs[0]);
        var order = node.Numbers("perm") ?? [.. Enumerable.Range(0, rank).Select(axis => (long)(rank - 1 - axis))];
        for (var axis = 0; axis < rank; axis++)
        {
            graph.Join(graph[node.Inputs[0], (int)order[axis]], graph[node.Outputs[0], axis]);
        }
    }

    /// <summary>Repeats: an axis that keeps its extent stays what it is, one that is made longer is nobody's.</summary>
    private static void Expand(GraphNode node, AxisGraph graph)
    {
        var (input, output) = (node.Inputs[0], node.Outputs[0]);
        var shift = graph.View.Rank(output) - graph.View.Rank(input);
        for (var axis = 0; axis < graph.View.Rank(output); axis++)
        {
            if (axis >= shift && graph[input, axis - shift].Extent == graph[output, axis].Extent)
            {
                graph.Join(graph[input, axis - shift], graph[output, axis]);
                continue;
            }

            graph.Fix(graph[output, axis], $"is repeated by \"{node.Name}\"");
            if (axis >= shift)
            {
                graph.Fix(graph[input, axis - shift], $"is repeated by \"{node.Name}\"");
            }
        }
    }

    /// <summary>Extents are read and not the numbers: smaller ones are read after a cut.</summary>
    private static void Nothing(GraphNode node, AxisGraph graph)
    {
    }
}
