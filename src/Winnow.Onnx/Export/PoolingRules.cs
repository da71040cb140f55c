using TorchSharp;
using TorchSharp.Modules;
using Winnow.Networks.Graphs;

namespace Winnow.Onnx.Export;

/// <summary>Which operators TorchSharp's poolings are.</summary>
internal static class PoolingRules
{
    /// <inheritdoc cref="LayerRules.Describe"/>
    public static GraphValue? Describe(IGraphBuilder graph, torch.nn.Module layer, GraphValue input, Func<string, NetworkGraphException> refuse)
    {
        return layer switch
        {
            MaxPool1d pool => Largest([pool.kernel_size], Only(pool.stride), Only(pool.padding), Only(pool.dilation), pool.ceil_mode),
            MaxPool2d pool => Largest(pool.kernel_size, pool.stride, pool.padding, pool.dilation, pool.ceil_mode),
            MaxPool3d pool => Largest(pool.kernel_size, pool.stride, pool.padding, pool.dilation, pool.ceil_mode),
            AvgPool1d pool => Mean([pool.kernel_size], Only(pool.stride), Only(pool.padding), pool.ceil_mode, pool.count_include_pad, null),
            AvgPool2d pool => Mean(pool.kernel_size, pool.stride, pool.padding, pool.ceil_mode, pool.count_include_pad, pool.divisor_override),
            AvgPool3d pool => Mean(pool.kernel_size, pool.stride, pool.padding, pool.ceil_mode, pool.count_include_pad, pool.divisor_override),
            AdaptiveAvgPool1d pool => Whole("GlobalAveragePool", [pool.output_size]),
            AdaptiveAvgPool2d pool => Whole("GlobalAveragePool", pool.output_size),
            AdaptiveAvgPool3d pool => Whole("GlobalAveragePool", pool.output_size),
            AdaptiveMaxPool1d pool => Whole("GlobalMaxPool", [pool.output_size]),
            AdaptiveMaxPool2d pool => Whole("GlobalMaxPool", pool.output_size),
            AdaptiveMaxPool3d pool => Whole("GlobalMaxPool", pool.output_size),
            _ => null,
        };

        GraphValue Largest(long[] kernel, long[]? stride, long[]? padding, long[]? dilation, bool ceil) => graph.Each("MaxPool", input, [.. Window(kernel, stride, padding, ceil), ("dilations", Wide(dilation, kernel, 1))]);

        GraphValue Mean(long[] kernel, long[]? stride, long[]? padding, bool ceil, bool countsPadding, long? divisor) => divisor is not null
            ? throw refuse($"divides by {divisor}; leave divisor_override out")
            : graph.Each("AveragePool", input, [.. Window(kernel, stride, padding, ceil), ("count_include_pad", countsPadding ? 1L : 0L)]);

        GraphValue Whole(string type, long[] size) => size.All(static extent => extent == 1) ? graph.Each(type, input)
            : throw refuse($"pools to {string.Join("x", size)}; there is an operator for 1 only. Use a pooling with a kernel");
    }

    private static IEnumerable<(string, object)> Window(long[] kernel, long[]? stride, long[]? padding, bool ceil)
    {
        var pads = Wide(padding, kernel, 0);
        return [("kernel_shape", kernel), ("strides", stride is { Length: > 0 } ? Wide(stride, kernel, 1) : kernel), ("pads", (long[])[.. pads, .. pads]), ("ceil_mode", ceil ? 1L : 0L)];
    }

    /// <summary>One number an axis, where one may stand for all.</summary>
    private static long[] Wide(long[]? values, long[] kernel, long otherwise) => values switch
    {
        null or [] => [.. kernel.Select(_ => otherwise)],
        [var one] => [.. kernel.Select(_ => one)],
        _ => values,
    };

    private static long[]? Only(long? value) => value is { } one ? [one] : null;
}
