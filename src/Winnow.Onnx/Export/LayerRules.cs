using TorchSharp;
using TorchSharp.Modules;
using Winnow.Networks.Graphs;
using static TorchSharp.torch;

namespace Winnow.Onnx.Export;

/// <summary>Which operators TorchSharp's own layers are in evaluation mode.</summary>
internal static class LayerRules
{
    /// <summary>What a layer gives; null where it is none that is known.</summary>
    /// <param name="graph">For whom names are those within the layer.</param>
    /// <param name="layer">The layer; of exactly that type, since one derived from it may compute something else.</param>
    /// <param name="input">What it is given.</param>
    /// <param name="refuse">Makes the exception for a setting that can't be described.</param>
    public static GraphValue? Describe(IGraphBuilder graph, nn.Module layer, GraphValue input, Func<string, NetworkGraphException> refuse) => layer switch
    {
        Sequential all => all.named_children().Aggregate(input, (value, child) => graph.Call(child.name, value)),
        Linear linear => Dense(graph, linear, input),
        Convolution conv => Convolve(graph, conv, input, refuse),
        BatchNorm norm => Normalise(graph, norm, input, refuse),
        LayerNorm norm => graph.Operator("LayerNormalization", input.Rank, [input, Or(graph, norm.weight, "weight", 1, norm.normalized_shape), Or(graph, norm.bias, "bias", 0, norm.normalized_shape)], ("axis", -(long)norm.normalized_shape.Length), ("epsilon", norm.eps)),
        GroupNorm norm => ByGroups(graph, norm, input),
        Embedding => graph.Operator("Gather", input.Rank + 1, [graph.State("weight"), input]),
        Flatten flat => Flatten(graph, flat, input, refuse),
        Unflatten apart when Axis(apart.dim, input.Rank) == input.Rank - 1 => graph.Reshape(input, [.. Enumerable.Repeat(0L, input.Rank - 1), .. apart.unflattened_size]),
        PixelShuffle pixels => graph.Each("DepthToSpace", input, ("blocksize", pixels.upscale_factor), ("mode", "CRD")),
        Upsample grow => Grow(graph, grow, input, refuse),
        PadBase pad and (ZeroPad2d or ConstantPad1d or ConstantPad2d or ConstantPad3d) => Pad(graph, pad, input),
        Identity or Dropout or Dropout1d or Dropout2d or Dropout3d or AlphaDropout or FeatureAlphaDropout => input,
        _ => ActivationRules.Describe(graph, layer, input) ?? PoolingRules.Describe(graph, layer, input, refuse),
    };

    private static GraphValue Dense(IGraphBuilder graph, Linear linear, GraphValue input)
    {
        if (input.Rank == 2)
        {
            return graph.Operator("Gemm", 2, linear.bias is null ? [input, graph.State("weight")] : [input, graph.State("weight"), graph.State("bias")], ("transB", 1L));
        }

        using var turned = linear.weight!.t();
        var product = graph.MatMul(input, graph.Constant(turned, "weight.transposed"));
        return linear.bias is null ? product : graph.Add(product, graph.State("bias"));
    }

    private static GraphValue Convolve(IGraphBuilder graph, Convolution conv, GraphValue input, Func<string, NetworkGraphException> refuse)
    {
        if (conv.padding_mode != PaddingModes.Zeros)
        {
            throw refuse($"pads in the mode {conv.padding_mode}; pad with zeros, or before the layer");
        }

        // "Same" pads the end by one more where both can't be equal.
        var kernel = conv.kernel_size;
        var around = conv.padding_type switch
        {
            Padding.Same => Array.ConvertAll(Enumerable.Range(0, kernel.Length).ToArray(), axis => conv.dilation[axis] * (kernel[axis] - 1)),
            Padding.Valid => new long[kernel.Length],
            _ => Array.ConvertAll(conv.padding!, static pad => 2 * pad),
        };
        List<(string, object)> attributes =
        [
            ("kernel_shape", kernel), ("strides", conv.stride), ("dilations", conv.dilation), ("group", conv.groups),
            ("pads", (long[])[.. around.Select(static pad => pad / 2), .. around.Select(static pad => pad - (pad / 2))]),
        ];
        if (conv.transposed)
        {
            attributes.Add(("output_padding", conv.output_padding));
        }

        return graph.Operator(conv.transposed ? "ConvTranspose" : "Conv", input.Rank, conv.bias is null ? [input, graph.State("weight")] : [input, graph.State("weight"), graph.State("bias")], [.. attributes]);
    }

    private static GraphValue Normalise(IGraphBuilder graph, BatchNorm norm, GraphValue input, Func<string, NetworkGraphException> refuse)
    {
        if (norm.running_mean is null || norm.running_var is null)
        {
            throw refuse("keeps no running statistics, so that what it gives for a sample depends on the others of its batch; make it with track_running_stats");
        }

        long[] channels = [norm.running_mean.shape[0]];
        return graph.Operator("BatchNormalization", input.Rank, [input, Or(graph, norm.weight, "weight", 1, channels), Or(graph, norm.bias, "bias", 0, channels), graph.State("running_mean"), graph.State("running_var")], ("epsilon", norm.eps));
    }

    /// <summary>Groups as channels of an instance normalisation, as there is an operator of its own only since version 21.</summary>
    private static GraphValue ByGroups(IGraphBuilder graph, GroupNorm norm, GraphValue input)
    {
        long[] groups = [norm.num_groups];
        var apart = graph.Reshape(input, 0, norm.num_groups, -1);
        var level = graph.Operator("InstanceNormalization", 3, [apart, Or(graph, null, "ones", 1, groups), Or(graph, null, "zeros", 0, groups)], ("epsilon", norm.eps));
        var whole = graph.Operator("Reshape", input.Rank, [level, graph.Operator("Shape", 1, [input])]);
        if (norm.weight is null)
        {
            return whole;
        }

        long[] across = [norm.weight.shape[0], .. Enumerable.Repeat(1L, input.Rank - 2)];
        return graph.Add(graph.Mul(whole, graph.Reshape(graph.State("weight"), across)), graph.Reshape(graph.State("bias"), across));
    }

    private static GraphValue Flatten(IGraphBuilder graph, Flatten flat, GraphValue input, Func<string, NetworkGraphException> refuse)
    {
        var (from, to) = (Axis(flat.start_dim, input.Rank), Axis(flat.end_dim, input.Rank));
        return from == to ? input
            : to != input.Rank - 1 ? throw refuse($"joins the axes {from} to {to} of {input.Rank}; only axes up to the last can be joined")
            : from == 1 ? graph.Operator("Flatten", 2, [input], ("axis", 1L))
            : graph.Reshape(input, [.. Enumerable.Repeat(0L, from), -1]);
    }

    private static GraphValue Grow(IGraphBuilder graph, Upsample grow, GraphValue input, Func<string, NetworkGraphException> refuse)
    {
        if (grow.scale_factor.IsEmpty)
        {
            throw refuse("grows to a size; give it a scale_factor");
        }

        float[] scales = [1, 1, .. grow.scale_factor.ToArray().Select(static scale => (float)scale)];
        using var factors = tensor(scales);
        var (mode, places) = grow.mode switch
        {
            UpsampleMode.Nearest => ("nearest", "asymmetric"),
            UpsampleMode.Linear or UpsampleMode.Bilinear or UpsampleMode.Trilinear => ("linear", grow.align_corners == true ? "align_corners" : "half_pixel"),
            _ => throw refuse($"grows in the mode {grow.mode}; use nearest or linear"),
        };
        return graph.Operator("Resize", input.Rank, [input, null, graph.Constant(factors, "scales")], ("mode", mode), ("coordinate_transformation_mode", places), ("nearest_mode", "floor"));
    }

    /// <summary>Begins and ends of all axes, of which TorchSharp counts pairs from the last.</summary>
    private static GraphValue Pad(IGraphBuilder graph, PadBase pad, GraphValue input)
    {
        var (begins, ends) = (new long[input.Rank], new long[input.Rank]);
        for (var k = 0; k < pad.padding.Length; k++)
        {
            (k % 2 == 0 ? begins : ends)[^(1 + (k / 2))] = pad.padding[k];
        }

        return graph.Operator("Pad", input.Rank, [input, graph.Whole([.. begins, .. ends]), graph.Number(pad.value)]);
    }

    private static GraphValue Or(IGraphBuilder graph, Tensor? state, string name, float otherwise, long[] shape)
    {
        if (state is not null)
        {
            return graph.State(name);
        }

        using var same = full(shape, otherwise, ScalarType.Float32);
        return graph.Constant(same, name);
    }

    private static int Axis(long axis, int rank) => (int)(axis < 0 ? axis + rank : axis);
}
