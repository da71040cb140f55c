using static TorchSharp.torch;

namespace Winnow.Networks.Graphs;

/// <summary>The operators that networks are mostly made of, by the names that TorchSharp has for them. Axes are counted from 0, with the batch; negative ones from the end where that is said.</summary>
public static class GraphOperators
{
    /// <summary>a + b, broadcast.</summary>
    public static GraphValue Add(this IGraphBuilder graph, GraphValue a, GraphValue b) => Pair(graph, "Add", a, b);

    /// <summary>a - b, broadcast.</summary>
    public static GraphValue Sub(this IGraphBuilder graph, GraphValue a, GraphValue b) => Pair(graph, "Sub", a, b);

    /// <summary>a · b number by number, broadcast.</summary>
    public static GraphValue Mul(this IGraphBuilder graph, GraphValue a, GraphValue b) => Pair(graph, "Mul", a, b);

    /// <summary>a / b, broadcast.</summary>
    public static GraphValue Div(this IGraphBuilder graph, GraphValue a, GraphValue b) => Pair(graph, "Div", a, b);

    /// <summary>Products of the matrices in the last two axes, broadcast over the others.</summary>
    public static GraphValue MatMul(this IGraphBuilder graph, GraphValue a, GraphValue b) => Pair(graph, "MatMul", a, b);

    /// <summary>An operator of one input and one output of the same shape, such as <c>Relu</c>, <c>Sigmoid</c>, <c>Tanh</c>, <c>Neg</c>, <c>Sqrt</c>.</summary>
    public static GraphValue Each(this IGraphBuilder graph, string type, GraphValue input, params (string Name, object Value)[] attributes)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(input);
        return graph.Operator(type, input.Rank, [input], attributes);
    }

    /// <summary>max(0, x).</summary>
    public static GraphValue Relu(this IGraphBuilder graph, GraphValue input) => graph.Each("Relu", input);

    /// <summary>x · sigmoid(x).</summary>
    public static GraphValue Silu(this IGraphBuilder graph, GraphValue input) => graph.Mul(input, graph.Each("Sigmoid", input));

    /// <summary>x · Φ(x), exactly, by the error function (Hendrycks and Gimpel, 2016).</summary>
    public static GraphValue Gelu(this IGraphBuilder graph, GraphValue input)
    {
        var grown = graph.Add(graph.Each("Erf", graph.Div(input, graph.Number(Math.Sqrt(2)))), graph.Number(1));
        return graph.Mul(graph.Mul(input, grown), graph.Number(0.5));
    }

    /// <summary>exp(x) over its sum along an axis, which may be negative.</summary>
    public static GraphValue Softmax(this IGraphBuilder graph, GraphValue input, long axis) => graph.Each("Softmax", input, ("axis", axis));

    /// <summary>The mean over some axes.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="input">The tensor.</param>
    /// <param name="axes">Which.</param>
    /// <param name="keep">Whether they stay, with one place each.</param>
    public static GraphValue Mean(this IGraphBuilder graph, GraphValue input, long[] axes, bool keep = false)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(axes);
        return graph.Operator("ReduceMean", keep ? input.Rank : input.Rank - axes.Length, [input], ("axes", axes), ("keepdims", keep ? 1L : 0L));
    }

    /// <summary>The same numbers in another shape: 0 takes the extent that the axis had, -1, at most once, what is left.</summary>
    public static GraphValue Reshape(this IGraphBuilder graph, GraphValue input, params long[] extents)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(extents);
        return graph.Operator("Reshape", extents.Length, [input, graph.Whole(extents)]);
    }

    /// <summary>Axes in another order.</summary>
    public static GraphValue Permute(this IGraphBuilder graph, GraphValue input, params long[] order)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(order);
        return graph.Operator("Transpose", order.Length, [input], ("perm", order));
    }

    /// <summary>The places from one to before another along an axis.</summary>
    public static GraphValue Slice(this IGraphBuilder graph, GraphValue input, long axis, long from, long to)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(input);
        return graph.Operator("Slice", input.Rank, [input, graph.Whole([from]), graph.Whole([to]), graph.Whole([axis])]);
    }

    /// <summary>One place along an axis, which goes.</summary>
    public static GraphValue Select(this IGraphBuilder graph, GraphValue input, long axis, long place)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(input);
        using var index = tensor(place, ScalarType.Int64);
        return graph.Operator("Gather", input.Rank - 1, [input, graph.Constant(index, "place")], ("axis", axis));
    }

    /// <summary>Tensors one after another along an axis.</summary>
    public static GraphValue Concat(this IGraphBuilder graph, long axis, params GraphValue[] parts)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(parts);
        return graph.Operator("Concat", parts[0].Rank, parts, ("axis", axis));
    }

    /// <summary>Images, pooled by squares: [samples, channels, rows / stride, columns / stride].</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="type"><c>MaxPool</c> or <c>AveragePool</c>.</param>
    /// <param name="input">Images.</param>
    /// <param name="size">A square's side.</param>
    /// <param name="stride">From one square to the next; its side when null.</param>
    public static GraphValue Pool(this IGraphBuilder graph, string type, GraphValue input, long size, long? stride = null) =>
        graph.Each(type, input, ("kernel_shape", new[] { size, size }), ("strides", new[] { stride ?? size, stride ?? size }));

    /// <summary>Images, each pixel as a square of its own: [samples, channels, rows · times, columns · times].</summary>
    public static GraphValue Repeat(this IGraphBuilder graph, GraphValue input, int times)
    {
        ArgumentNullException.ThrowIfNull(graph);
        using var scales = tensor(new float[] { 1, 1, times, times });
        return graph.Operator("Resize", 4, [input, null, graph.Constant(scales, "scales")], ("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor"));
    }

    /// <summary>softmax(q·kᵀ / √size)·v over the last two axes, [..., tokens, size] (Vaswani et al., 2017, section 3.2.1).</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="query">Queries.</param>
    /// <param name="key">Keys.</param>
    /// <param name="value">Values.</param>
    /// <param name="size">Numbers a query has.</param>
    /// <param name="mask">Is added before the softmax; null for nothing.</param>
    public static GraphValue Attention(this IGraphBuilder graph, GraphValue query, GraphValue key, GraphValue value, long size, GraphValue? mask = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(key);
        long[] order = [.. Enumerable.Range(0, key.Rank).Select(static axis => (long)axis)];
        (order[^2], order[^1]) = (order[^1], order[^2]);
        var near = graph.Div(graph.MatMul(query, graph.Permute(key, order)), graph.Number(Math.Sqrt(size)));
        return graph.MatMul(graph.Softmax(mask is null ? near : graph.Add(near, mask), -1), value);
    }

    /// <summary>A constant number, float32.</summary>
    public static GraphValue Number(this IGraphBuilder graph, double value)
    {
        ArgumentNullException.ThrowIfNull(graph);
        using var number = tensor((float)value);
        return graph.Constant(number, "number");
    }

    /// <summary>Constant whole numbers, int64.</summary>
    public static GraphValue Whole(this IGraphBuilder graph, long[] values)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(values);
        using var numbers = tensor(values);
        return graph.Constant(numbers, "extents");
    }

    private static GraphValue Pair(IGraphBuilder graph, string type, GraphValue a, GraphValue b)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        return graph.Operator(type, Math.Max(a.Rank, b.Rank), [a, b]);
    }
}
