using Winnow.Torch.Tests.Support;

namespace Winnow.Torch.Tests;

/// <summary>The fused operator against libtorch's own, forward and backward.</summary>
public sealed class NormReluTests
{
    [TorchTheory]
    [InlineData(ScalarType.Float32, 16, 28, 1e-5)]
    [InlineData(ScalarType.Float32, 48, 7, 1e-5)]
    [InlineData(ScalarType.Float32, 112, 3, 1e-5)]
    [InlineData(ScalarType.BFloat16, 16, 28, 4e-3)]
    [InlineData(ScalarType.BFloat16, 64, 14, 4e-3)]
    [InlineData(ScalarType.Float32, 5, 9, 1e-5)]
    public void Values_gradients_and_running_statistics_are_those_of_the_separate_operators(
        ScalarType type, int channels, int size, double tolerance)
    {
        foreach (var withResidual in new[] { false, true })
        {
            using var scope = new TensorScope();
            var fused = Run(type, channels, size, withResidual, fuse: true);
            var apart = Run(type, channels, size, withResidual, fuse: false, wide: true);
            foreach (var ((name, expected), (_, actual)) in apart.Zip(fused))
            {
                // Rounding may put a value on the other side of zero, where ReLU's gradient jumps: compare in the mean, not the maximum.
                var scale = Math.Sqrt(expected.Average(value => value * value)) + 1e-30;
                var error = Math.Sqrt(expected.Zip(actual).Average(pair => Math.Pow(pair.First - pair.Second, 2))) / scale;
                Assert.True(error <= tolerance, $"{name} with{(withResidual ? "" : "out")} residual: relative error {error}");
            }
        }
    }

    [TorchFact]
    public void A_channel_far_from_zero_loses_no_digits()
    {
        using var scope = new TensorScope();
        const double offset = 1000;
        var x = Ops.Add(Numbers.Float(1, 64, 16, 8, 8), offset).Contiguous(MemoryFormat.ChannelsLast);
        var (mean, variance) = (Ops.Zeros([16]), Ops.Ones([16]));
        Ops.NormRelu(x, Ops.Ones([16]), Ops.Zeros([16]), mean, variance, training: true, momentum: 1);
        var wide = x.To(ScalarType.Float64).ToArray<double>();
        for (var c = 0; c < 16; c++)
        {
            var channel = Enumerable.Range(0, 64).SelectMany(n => wide.Skip(((n * 16) + c) * 64).Take(64)).ToArray();
            var average = channel.Average();
            var expected = channel.Sum(value => (value - average) * (value - average)) / (channel.Length - 1);
            Assert.Equal(average, mean.ToArray<float>()[c], 1e-3);
            Assert.Equal(expected, variance.ToArray<float>()[c], 1e-5 * expected);
        }
    }

    [TorchFact]
    public void Evaluation_uses_the_running_statistics_and_leaves_them()
    {
        using var scope = new TensorScope();
        var x = Numbers.Float(1, 4, 16, 5, 5).Contiguous(MemoryFormat.ChannelsLast);
        var (w, b, mean, variance) = (Numbers.Float(2, 16), Numbers.Float(3, 16), Numbers.Float(4, 16), Ops.Add(Numbers.Float(5, 16), 2));
        var before = (mean.ToArray<float>(), variance.ToArray<float>());
        var expected = Ops.Relu(Ops.BatchNorm(x, w, b, mean, variance, training: false)).To(ScalarType.Float64).ToArray<double>();
        using (InferenceMode.Enter())
        {
            Numbers.Close(expected, Ops.NormRelu(x, w, b, mean, variance, false).To(ScalarType.Float64).ToArray<double>(), 1e-5);
        }

        Numbers.Close(expected, Ops.NormRelu(x, w, b, mean, variance, false).To(ScalarType.Float64).ToArray<double>(), 1e-5);
        Assert.Equal(before.Item1, mean.ToArray<float>());
        Assert.Equal(before.Item2, variance.ToArray<float>());
    }

    [TorchFact]
    public void What_is_not_finite_stays_so()
    {
        using var scope = new TensorScope();
        foreach (var type in new[] { ScalarType.Float32, ScalarType.BFloat16 })
        {
            var x = Numbers.Float(1, 2, 16, 2, 2);
            x.Narrow(0, 0, 1).Narrow(1, 3, 1).Fill(double.NaN);
            var y = Ops.NormRelu(
                x.To(type).Contiguous(MemoryFormat.ChannelsLast), Ops.Ones([16]), Ops.Zeros([16]), Ops.Zeros([16]), Ops.Ones([16]), true);
            var finite = Ops.IsFinite(y).To(ScalarType.Int64);
            Assert.Equal(15 * 8, Ops.Sum(finite).ToDouble());
            Assert.Equal(0, Ops.Sum(finite.Narrow(1, 3, 1)).ToDouble());
        }
    }

    [TorchFact]
    public void A_failure_names_the_operator()
    {
        using var scope = new TensorScope();
        var error = Assert.Throws<TorchException>(() =>
            Ops.NormRelu(Ops.Ones([2, 16, 4, 4]), Ops.Ones([3]), Ops.Ones([16]), Ops.Zeros([16]), Ops.Ones([16]), true));
        Assert.Equal("norm_relu", error.OperatorName);
    }

    static List<(string Name, double[] Values)> Run(ScalarType type, int channels, int size, bool withResidual, bool fuse, bool wide = false)
    {
        // The reference computes in double on the numbers as rounded to the type tested.
        Tensor Widen(Tensor tensor) => wide ? tensor.To(ScalarType.Float64) : tensor;


        Tensor Image(ulong seed)
        {
            var image = Widen(Ops.Add(Numbers.Float(seed, 9, channels, size, size), 0.3).To(type)).Contiguous(MemoryFormat.ChannelsLast);
            image.RequiresGrad = true;
            return image;
        }

        var (x, residual) = (Image(1), Image(2));
        var (w, b) = (Widen(Ops.Add(Numbers.Float(3, channels), 1.5)), Widen(Numbers.Float(4, channels)));
        w.RequiresGrad = b.RequiresGrad = true;
        var (mean, variance) = (Widen(Ops.Zeros([channels])), Widen(Ops.Ones([channels])));
        var added = withResidual ? residual : null;
        Tensor y;
        if (fuse)
        {
            y = Ops.NormRelu(x, w, b, mean, variance, true, residual: added);
        }
        else
        {
            y = Ops.BatchNorm(x, w, b, mean, variance, true);
            y = Ops.Relu(added is null ? y : Ops.Add(y, added));
        }

        Assert.Equal(wide ? ScalarType.Float64 : type, y.ScalarType);
        Ops.Sum(Ops.Mul(y, Widen(Numbers.Float(5, 9, channels, size, size).To(type)))).Backward();
        var results = new List<(string, Tensor)>
        {
            ("output", y.Detach()), ("input's gradient", x.Grad!), ("weight's gradient", w.Grad!), ("bias's gradient", b.Grad!),
            ("running mean", mean), ("running variance", variance),
        };
        if (withResidual)
        {
            results.Add(("residual's gradient", residual.Grad!));
        }

        return [.. results.Select(result => (result.Item1, result.Item2.To(ScalarType.Float64).ToArray<double>()))];
    }
}
