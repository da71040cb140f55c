namespace Winnow.Torch.Modules;

/// <summary>A module without state: one function of its input.</summary>
public sealed class Function : Module
{
    readonly Func<Tensor, Tensor> _function;

    Function(Func<Tensor, Tensor> function) => _function = function;

    /// <summary>max(0, x).</summary>
    public static Function Relu() => new(Ops.Relu);

    /// <summary>(N, …) → (N, product of the rest).</summary>
    public static Function Flatten() => new(input => Ops.Flatten(input, 1));

    /// <summary>The largest element of each window; windows do not overlap.</summary>
    /// <param name="size">Side of the windows, in pixels.</param>
    public static Function MaxPool(int size) => new(input => Ops.MaxPool2d(input, size));

    /// <summary>(N, C, H, W) → (N, C): the largest element of each channel.</summary>
    public static Function GlobalMaxPool() => new(input =>
    {
        using var pooled = Ops.AdaptiveMaxPool2d(input, 1);
        return Ops.Flatten(pooled, 1);
    });

    /// <summary>(N, C, H, W) → (N, C): the mean of each channel.</summary>
    public static Function GlobalAveragePool() => new(input =>
    {
        using var pooled = Ops.AdaptiveAveragePool2d(input, 1);
        return Ops.Flatten(pooled, 1);
    });

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => _function(input);
}
