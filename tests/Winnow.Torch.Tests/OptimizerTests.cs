using Winnow.Torch.Optimizers;
using Winnow.Torch.Tests.Support;

namespace Winnow.Torch.Tests;

/// <summary>Optimisers against the textbook's formulas in double, on the native loops and on the operators they fall back to.</summary>
public sealed class OptimizerTests
{
    const int Steps = 20;

    [TorchTheory]
    [InlineData(ScalarType.Float32, 0.9, true, 5e-4)]
    [InlineData(ScalarType.Float32, 0.9, false, 0.1)]
    [InlineData(ScalarType.Float32, 0, false, 0)]
    [InlineData(ScalarType.Float64, 0.9, true, 5e-4)]
    [InlineData(ScalarType.Float64, 0.5, false, 0.1)]
    public void Sgd_follows_its_definition(ScalarType type, double momentum, bool nesterov, double decay)
    {
        var velocity = new double[70_000];
        Compare(
            type,
            parameters => new Sgd(parameters, new SgdOptions { Momentum = momentum, Nesterov = nesterov, WeightDecay = decay }),
            (p, g, i, _, rate) =>
            {
                var d = g + (decay * p);
                velocity[i] = (momentum * velocity[i]) + d;
                return p - (rate * (nesterov ? d + (momentum * velocity[i]) : velocity[i]));
            });
    }

    [TorchTheory]
    [InlineData(ScalarType.Float32, 0.01)]
    [InlineData(ScalarType.Float32, 0)]
    [InlineData(ScalarType.Float64, 0.1)]
    public void AdamW_follows_its_definition(ScalarType type, double decay)
    {
        const double beta1 = 0.9, beta2 = 0.99, epsilon = 1e-8;
        var mean = new double[70_000];
        var square = new double[70_000];
        Compare(
            type,
            parameters => new AdamW(parameters, new AdamWOptions { Beta2 = beta2, WeightDecay = decay }),
            (p, g, i, step, rate) =>
            {
                mean[i] = (beta1 * mean[i]) + ((1 - beta1) * g);
                square[i] = (beta2 * square[i]) + ((1 - beta2) * g * g);
                var first = mean[i] / (1 - Math.Pow(beta1, step));
                var second = square[i] / (1 - Math.Pow(beta2, step));
                return (p * (1 - (rate * decay))) - (rate * first / (Math.Sqrt(second) + epsilon));
            });
    }

    [TorchFact]
    public void A_parameter_in_another_layout_than_its_state_is_stepped_all_the_same()
    {
        using var scope = new TensorScope();
        var values = Numbers.Floats(2 * 3 * 4 * 5, 1);
        var plain = Tensor.FromSpan<float>(values, [2, 3, 4, 5]);
        var image = plain.Clone().Contiguous(MemoryFormat.ChannelsLast);
        var late = plain.Clone();
        using var first = new Sgd([plain]);
        using var second = new Sgd([image]);
        using var third = new Sgd([late]);
        late.SetData(late.Contiguous(MemoryFormat.ChannelsLast));
        Tensor[] all = [plain, image, late];
        foreach (var parameter in all)
        {
            parameter.RequiresGrad = true;
        }

        for (var step = 0; step < 3; step++)
        {
            foreach (var parameter in all)
            {
                Ops.Sum(Ops.Mul(Ops.Mul(parameter, parameter), parameter)).Backward();
            }

            foreach (var optimizer in new IOptimizer[] { first, second, third })
            {
                optimizer.Step(0.01);
                optimizer.ZeroGrad();
            }
        }

        Assert.NotEqual(values, plain.ToArray<float>());
        Numbers.Close(Wide(plain), Wide(image), 1e-6);
        Numbers.Close(Wide(plain), Wide(late), 1e-6);
    }

    [TorchFact]
    public void Parameters_without_a_gradient_are_left_alone()
    {
        using var scope = new TensorScope();
        var (used, unused) = (Ops.Ones([3]), Ops.Ones([3]));
        used.RequiresGrad = unused.RequiresGrad = true;
        using var sgd = new Sgd([used, unused], new SgdOptions { WeightDecay = 0.5 });
        using var adam = new AdamW([used, unused], new AdamWOptions { WeightDecay = 0.5 });
        Ops.Sum(used).Backward();
        sgd.Step(0.1);
        adam.Step(0.1);
        Assert.Equal([1, 1, 1], unused.ToArray<float>());
        Assert.NotEqual([1, 1, 1], used.ToArray<float>());
        sgd.ZeroGrad();
        Assert.Null(used.Grad);
        Assert.Equal(1, sgd.Steps);
    }

    [TorchFact]
    public void State_has_names_and_an_order_and_goes_with_the_optimiser()
    {
        var before = Tensor.LiveCount;
        using (var scope = new TensorScope())
        {
            var (a, b) = (Ops.Ones([3]), Ops.Ones([2, 2]));
            using (var sgd = new Sgd([a, b]))
            using (var adam = new AdamW([a, b]))
            {
                Assert.Equal(["momentum.0", "momentum.1"], sgd.NamedState().Select(entry => entry.Name));
                Assert.Equal(["mean.0", "mean.1", "square.0", "square.1"], adam.NamedState().Select(entry => entry.Name));
                Assert.Equal([2, 2], adam.NamedState().Last().Tensor.Shape);
            }
        }

        Assert.Equal(before, Tensor.LiveCount);
    }

    [TorchFact]
    public void Settings_out_of_range_are_refused()
    {
        using var scope = new TensorScope();
        Tensor[] parameters = [Ops.Ones([1])];
        Assert.Throws<ArgumentException>(() => new Sgd([]));
        Assert.Throws<ArgumentException>(() => new Sgd(parameters, new SgdOptions { Momentum = 1 }));
        Assert.Throws<ArgumentException>(() => new Sgd(parameters, new SgdOptions { Momentum = double.NaN }));
        Assert.Throws<ArgumentException>(() => new Sgd(parameters, new SgdOptions { WeightDecay = -1 }));
        Assert.Throws<ArgumentException>(() => new AdamW(parameters, new AdamWOptions { Beta1 = 1 }));
        Assert.Throws<ArgumentException>(() => new AdamW(parameters, new AdamWOptions { Epsilon = 0 }));
        Assert.Throws<ArgumentException>(() => new AdamW(parameters, new AdamWOptions { WeightDecay = double.PositiveInfinity }));
        using var sgd = new Sgd(parameters);
        Assert.Throws<ArgumentOutOfRangeException>(() => sgd.Step(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => sgd.Step(double.NaN));
    }

    static double[] Wide(Tensor tensor) => tensor.To(ScalarType.Float64).ToArray<double>();

    // Large enough that the native loops are split over threads, odd enough that vectors leave a rest.
    static void Compare(ScalarType type, Func<Tensor[], IOptimizer> make, Func<double, double, int, int, double, double> rule)
    {
        using var scope = new TensorScope();
        const int count = 65_537;
        var expected = Numbers.Doubles(count, 1);
        if (type == ScalarType.Float32)
        {
            expected = [.. expected.Select(value => (double)(float)value)];
        }

        var slope = Numbers.Double(2, count);
        var slopes = slope.ToArray<double>();
        var parameter = Tensor.FromSpan<double>(expected).To(type).Clone();
        parameter.RequiresGrad = true;
        using var optimizer = make([parameter]);
        for (var step = 1; step <= Steps; step++)
        {
            using var inner = new TensorScope();
            var rate = 0.1 / step;

            // Loss Σ slope·p + p²/2: gradients slope + p, known without autograd.
            Ops.Sum(Ops.Add(Ops.Mul(parameter, slope.To(type)), Ops.Mul(Ops.Mul(parameter, parameter), 0.5))).Backward();
            optimizer.Step(rate);
            optimizer.ZeroGrad();
            for (var i = 0; i < count; i++)
            {
                expected[i] = rule(expected[i], slopes[i] + expected[i], i, step, rate);
            }
        }

        Numbers.Close(expected, parameter.Detach().To(ScalarType.Float64).ToArray<double>(), type == ScalarType.Float32 ? 2e-5 : 1e-12);
        Assert.Equal(Steps, optimizer.Steps);
    }
}
