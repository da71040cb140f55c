using Winnow.Torch.Tests.Support;

namespace Winnow.Torch.Tests;

public sealed class TensorTests
{
    [TorchFact]
    public void Every_element_type_goes_in_and_comes_out_unchanged()
    {
        using var scope = new TensorScope();
        RoundTrip<byte>([0, 1, 255], ScalarType.UInt8);
        RoundTrip<sbyte>([-128, 0, 127], ScalarType.Int8);
        RoundTrip<short>([-32768, 0, 32767], ScalarType.Int16);
        RoundTrip([int.MinValue, 0, int.MaxValue], ScalarType.Int32);
        RoundTrip([long.MinValue, 0, long.MaxValue], ScalarType.Int64);
        RoundTrip([(Half)0.5f, (Half)(-2f)], ScalarType.Float16);
        RoundTrip([float.NaN, float.NegativeInfinity, -0f, float.Epsilon], ScalarType.Float32);
        RoundTrip([double.NaN, double.PositiveInfinity, double.Epsilon], ScalarType.Float64);
        RoundTrip([true, false, true], ScalarType.Bool);
    }

    [TorchFact]
    public void Shape_type_strides_and_device_are_told()
    {
        using var tensor = Ops.Zeros([2, 3, 4], ScalarType.Int32);
        Assert.Equal([2, 3, 4], tensor.Shape);
        Assert.Equal([12, 4, 1], tensor.Strides);
        Assert.Equal(3, tensor.Dimensions);
        Assert.Equal(24, tensor.Count);
        Assert.Equal(ScalarType.Int32, tensor.ScalarType);
        Assert.Equal(Device.Cpu, tensor.Device);
        Assert.Equal("Int32[2, 3, 4] on cpu", tensor.ToString());
    }

    [TorchFact]
    public void Reading_is_row_major_whatever_the_memory_layout()
    {
        using var scope = new TensorScope();
        var numbers = Numbers.Floats(2 * 3 * 4 * 5, 1);
        var tensor = Tensor.FromSpan<float>(numbers, [2, 3, 4, 5]);
        var image = tensor.Contiguous(MemoryFormat.ChannelsLast);
        Assert.True(image.IsContiguous(MemoryFormat.ChannelsLast));
        Assert.False(image.IsContiguous());
        Assert.Equal(numbers, image.ToArray<float>());
        var back = Ops.Permute(Ops.Permute(tensor, 3, 1, 0, 2), 2, 1, 3, 0);
        Assert.Equal(numbers, back.ToArray<float>());
    }

    [TorchFact]
    public void Writing_is_row_major_into_views_too()
    {
        using var scope = new TensorScope();
        var tensor = Ops.Zeros([3, 2]);
        tensor.Narrow(0, 1, 2).CopyFrom<float>([1, 2, 3, 4]);
        Ops.Select(tensor, 1, 0).CopyFrom<float>([7, 8, 9]);
        Assert.Equal([7, 0, 8, 2, 9, 4], tensor.ToArray<float>());
    }

    [TorchFact]
    public void Numbers_that_do_not_fill_the_shape_are_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => Tensor.FromSpan<float>([1, 2, 3], [2, 2]));
        Assert.StartsWith("The shape [2, 2] has 4 elements and the data 3; pass as many.", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => Tensor.FromSpan<float>([], [-1]));
        Assert.Throws<OverflowException>(() => Tensor.FromSpan<float>([], [long.MaxValue, 3]));
        Assert.Throws<NotSupportedException>(() => Tensor.FromSpan<uint>([1]));
    }

    [TorchFact]
    public void Reading_with_another_type_or_length_is_refused()
    {
        using var tensor = Tensor.FromSpan<float>([1, 2, 3]);
        var error = Assert.Throws<InvalidOperationException>(() => tensor.ToArray<double>());
        Assert.Equal("The tensor's elements are Float32 and Double is Float64; convert with To(ScalarType.Float64) first.", error.Message);
        Assert.Throws<ArgumentException>(() => tensor.CopyTo<float>(new float[2]));
        Assert.Throws<ArgumentException>(() => tensor.CopyFrom<float>([1, 2, 3, 4]));
    }

    [TorchFact]
    public void Empty_tensors_and_single_numbers_work()
    {
        using var scope = new TensorScope();
        var empty = Tensor.FromSpan<float>([]);
        Assert.Equal([0], empty.Shape);
        Assert.Empty(empty.ToArray<float>());
        var single = Tensor.FromSpan<double>([2.5], []);
        Assert.Empty(single.Shape);
        Assert.Equal(2.5, single.ToDouble());
    }

    [TorchFact]
    public void A_released_tensor_is_refused_everywhere()
    {
        var tensor = Ops.Ones([2]);
        tensor.Dispose();
        tensor.Dispose();
        Assert.True(tensor.IsDisposed);
        Assert.Equal("released tensor", tensor.ToString());
        Assert.Throws<ObjectDisposedException>(() => tensor.Shape);
        Assert.Throws<ObjectDisposedException>(() => Ops.Add(tensor, 1));
        Assert.Throws<ObjectDisposedException>(tensor.Keep);
        Assert.Throws<ObjectDisposedException>(() => tensor.Backward());
    }

    [TorchFact]
    public void A_view_outlives_the_tensor_it_looks_at()
    {
        var tensor = Tensor.FromSpan<long>([1, 2, 3, 4]);
        using var view = tensor.Narrow(0, 2, 2);
        tensor.Dispose();
        Assert.Equal([3, 4], view.ToArray<long>());
    }

    [TorchFact]
    public void Gradients_add_up_until_they_are_dropped()
    {
        using var scope = new TensorScope();
        var x = Tensor.FromSpan<float>([1, 2, 3]);
        Assert.Null(x.Grad);
        x.RequiresGrad = true;
        Assert.True(x.RequiresGrad);
        for (var pass = 1; pass <= 2; pass++)
        {
            Ops.Sum(Ops.Mul(x, x)).Backward();
            Assert.Equal([2f * pass, 4f * pass, 6f * pass], x.Grad!.ToArray<float>());
        }

        x.ClearGrad();
        Assert.Null(x.Grad);
    }

    [TorchFact]
    public void A_second_backward_pass_needs_the_graph_retained()
    {
        using var scope = new TensorScope();
        var x = Tensor.FromSpan<float>([3], []);
        x.RequiresGrad = true;
        var y = Ops.Mul(x, x);
        y.Backward(retainGraph: true);
        y.Backward();
        Assert.Equal(12, x.Grad!.ToDouble());
        var error = Assert.Throws<TorchException>(() => y.Backward());
        Assert.Equal("backward", error.OperatorName);
        Assert.Contains("second time", error.TorchMessage, StringComparison.Ordinal);
    }

    static void RoundTrip<T>(T[] values, ScalarType type)
        where T : unmanaged
    {
        var tensor = Tensor.FromSpan<T>(values);
        Assert.Equal(type, tensor.ScalarType);
        Assert.Equal(values, tensor.ToArray<T>());
    }
}
