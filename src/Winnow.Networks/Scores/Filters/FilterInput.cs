using Winnow.Networks.Masks;
using static TorchSharp.torch;

namespace Winnow.Networks.Scores.Filters;

/// <summary>The filters of one weight: what lies at each index of one of its axes.</summary>
public sealed class FilterInput
{
    private readonly int _outer, _inner;
    private readonly float[] _weights;
    private readonly float[]? _gradients;

    /// <summary>The filters of a weight.</summary>
    /// <param name="weight">Stays the network's; its numbers are copied.</param>
    /// <param name="axis">0, the default: a layer's outputs. 1: its inputs.</param>
    /// <param name="gradient">The loss's gradient by the weight; null: what the last backward pass left at it, if anything.</param>
    /// <param name="scale">The scale (γ) of the normalisation behind the layer, one a filter; null where there is none.</param>
    /// <exception cref="NetworkPruningException">A weight or a gradient is NaN (the message says where), a shape doesn't fit, or there is no such axis.</exception>
    public FilterInput(NamedWeight weight, int axis = 0, Tensor? gradient = null, Tensor? scale = null)
    {
        (Name, var shape) = (weight.Name, weight.Weight.shape);
        if (axis < 0 || axis >= shape.Length)
        {
            throw new NetworkPruningException($"{Name} of shape {Mask.Describe(shape)} has no axis {axis}; take 0 to {shape.Length - 1}.");
        }

        Count = (int)shape[axis];
        (_outer, _inner) = ((int)Mask.Elements(shape.AsSpan(0, axis)), (int)Mask.Elements(shape.AsSpan(axis + 1)));
        _weights = ScoreInput.Numbers(weight.Weight, Name);
        using var own = gradient is null ? weight.Weight.grad : null;
        gradient ??= own;
        if (gradient is not null && !gradient.shape.AsSpan().SequenceEqual(shape))
        {
            throw new NetworkPruningException($"the gradient of {Name} is of shape {Mask.Describe(gradient.shape)}, and the weight of {Mask.Describe(shape)}; give the weight's own.");
        }

        if (scale is not null && (scale.dim() != 1 || scale.shape[0] != Count))
        {
            throw new NetworkPruningException($"the scale behind {Name} is of shape {Mask.Describe(scale.shape)}, and there are {Count} filters; give the normalisation that follows the layer.");
        }

        _gradients = gradient is null ? null : ScoreInput.Numbers(gradient, $"the gradient of {Name}");
        Scale = scale is null ? default : ScoreInput.Numbers(scale, $"the scale behind {Name}");
    }

    /// <summary>The parameter's name.</summary>
    public string Name { get; }

    /// <summary>How many filters there are.</summary>
    public int Count { get; }

    /// <summary>The normalisation's scale, one a filter; empty where there is none.</summary>
    public ReadOnlyMemory<float> Scale { get; }

    /// <summary>The seed of draws. Default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Tells draws of one seed apart, at least 0. Default 0.</summary>
    public int Round { get; init; }

    /// <summary>A filter's weights, in row-major order of the other axes.</summary>
    /// <param name="filter">In [0, <see cref="Count"/>).</param>
    public float[] Weights(int filter) => Slice(_weights, filter);

    /// <summary>The loss's gradient by a filter's weights, in the same order.</summary>
    /// <param name="filter">In [0, <see cref="Count"/>).</param>
    /// <exception cref="NetworkPruningException">There is none.</exception>
    public float[] Gradients(int filter) => Slice(_gradients ?? throw new NetworkPruningException($"there is no gradient of {Name}; run a backward pass first, or give one."), filter);

    private float[] Slice(float[] of, int filter)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(filter);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(filter, Count);
        var slice = new float[_outer * _inner];
        for (var o = 0; o < _outer; o++)
        {
            of.AsSpan(((o * Count) + filter) * _inner, _inner).CopyTo(slice.AsSpan(o * _inner));
        }

        return slice;
    }
}
