namespace Winnow.Torch.Modules;

/// <summary>PyTorch's default initial weights, drawn from libtorch's seeded generator.</summary>
internal static class Initialization
{
    /// <summary>
    /// Uniform in ±1/√fanIn: what PyTorch's Linear and Conv2d draw weights (Kaiming uniform with a = √5 comes to the same bound) and biases
    /// from. He et al. 2015.
    /// </summary>
    public static Tensor Uniform(ReadOnlySpan<long> shape, long fanIn)
    {
        var tensor = Ops.Empty(shape);
        var bound = 1 / Math.Sqrt(fanIn);
        Ops.UniformInPlace(tensor, -bound, bound);
        return tensor;
    }
}
