namespace Winnow.Torch.Tests.Support;

/// <summary>Test data that depends on nothing but a seed, and never on libtorch's generators.</summary>
internal static class Numbers
{
    public static double[] Doubles(int count, ulong seed, double scale = 1)
    {
        var values = new double[count];
        var state = seed * 0x9E3779B97F4A7C15ul + 1;
        for (var i = 0; i < count; i++)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            values[i] = scale * (((state >> 11) * (1.0 / (1ul << 53)) * 2) - 1);
        }

        return values;
    }

    public static float[] Floats(int count, ulong seed, double scale = 1) => [.. Doubles(count, seed, scale).Select(value => (float)value)];

    public static TorchSharp.torch.Tensor Double(ulong seed, params long[] shape) =>
        TensorData.FromSpan<double>(Doubles((int)shape.Aggregate(1L, (a, b) => a * b), seed), shape);

    public static TorchSharp.torch.Tensor Float(ulong seed, params long[] shape) =>
        TensorData.FromSpan<float>(Floats((int)shape.Aggregate(1L, (a, b) => a * b), seed), shape);

    public static void Close(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            var allowed = tolerance * Math.Max(1, Math.Abs(expected[i]));
            Assert.True(Math.Abs(expected[i] - actual[i]) <= allowed, $"element {i}: {actual[i]} instead of {expected[i]}");
        }
    }
}
