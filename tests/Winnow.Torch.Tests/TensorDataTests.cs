using static TorchSharp.torch;

namespace Winnow.Torch.Tests;

public sealed class TensorDataTests
{
    [Fact]
    public void Numbers_go_in_and_out_as_they_are()
    {
        using var scope = NewDisposeScope();
        Same<float>([1f, -0f, float.NaN, float.PositiveInfinity]);
        Same<double>([1.5, double.Epsilon]);
        Same<Half>([(Half)1.5f]);
        Same<byte>([0, 255]);
        Same<sbyte>([-128, 127]);
        Same<short>([short.MinValue]);
        Same<int>([int.MaxValue]);
        Same<long>([long.MinValue, long.MaxValue]);
        Same<bool>([true, false]);
        Same<float>([]);

        static void Same<T>(T[] values)
            where T : unmanaged
        {
            using var tensor = TensorData.FromSpan<T>(values);
            Assert.Equal([values.Length], tensor.shape);
            Assert.Equal(values, tensor.ToArray<T>());
        }
    }

    [Fact]
    public void Views_come_out_row_by_row_whatever_their_order_in_memory()
    {
        using var scope = NewDisposeScope();
        var matrix = TensorData.FromSpan<long>([1, 2, 3, 4, 5, 6], 2, 3);
        Assert.Equal([1, 4, 2, 5, 3, 6], matrix.t().ToArray<long>());
        matrix.t().CopyFrom<long>([10, 40, 20, 50, 30, 60]);
        Assert.Equal([10, 20, 30, 40, 50, 60], matrix.ToArray<long>());
    }

    [Fact]
    public void A_parameter_is_overwritten_without_history()
    {
        using var scope = NewDisposeScope();
        using var layer = nn.Linear(2, 1);
        layer.weight.CopyFrom<float>([3, 4]);
        Assert.Equal([3, 4], layer.weight.ToArray<float>());
        Assert.True(layer.weight.is_leaf);
    }

    [Fact]
    public void What_doesnt_fit_is_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Contains("[2, 2] has 4 elements and the data 3", Assert.Throws<ArgumentException>(() => TensorData.FromSpan<float>([1, 2, 3], 2, 2)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ones(2).ToArray<double>());
        Assert.Throws<ArgumentException>(() => ones(2).CopyFrom<float>([1]));
        Assert.Throws<NotSupportedException>(() => TensorData.FromSpan<char>(['a']));
        Assert.Throws<ArgumentOutOfRangeException>(() => TensorData.FromSpan<float>([], -1));
    }
}
