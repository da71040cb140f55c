using TorchSharp.Modules;
using Winnow.Torch.Optimizers;
using Winnow.Torch.Tests.Support;
using static TorchSharp.torch;

namespace Winnow.Torch.Tests;

/// <summary>Optimisers against the textbook's formulas in double, on the fused kernels.</summary>
public sealed class OptimizerTests
{
    private const int Steps = 20;

    [Theory]
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
            parameters => new FusedSgd(parameters, new SgdOptions { Momentum = momentum, Nesterov = nesterov, WeightDecay = decay }),
            (p, g, i, _, rate) =>
            {
                var d = g + (decay * p);
                velocity[i] = (momentum * velocity[i]) + d;
                return p - (rate * (nesterov ? d + (momentum * velocity[i]) : velocity[i]));
            });
    }

    [Theory]
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
            parameters => new FusedAdamW(parameters, new AdamWOptions { Beta2 = beta2, WeightDecay = decay }),
            (p, g, i, step, rate) =>
            {
                mean[i] = (beta1 * mean[i]) + ((1 - beta1) * g);
                square[i] = (beta2 * square[i]) + ((1 - beta2) * g * g);
                var first = mean[i] / (1 - Math.Pow(beta1, step));
                var second = square[i] / (1 - Math.Pow(beta2, step));
                return (p * (1 - (rate * decay))) - (rate * first / (Math.Sqrt(second) + epsilon));
            });
    }

    [Fact]
    public void A_parameter_in_another_layout_than_its_state_is_stepped_all_the_same()
    {
        using var scope = NewDisposeScope();
        var values = Numbers.Floats(2 * 3 * 4 * 5, 1);
        var plain = new Parameter(TensorData.FromSpan<float>(values, 2, 3, 4, 5));
        var image = new Parameter(plain.detach().clone().ToChannelsLast());
        var late = new Parameter(plain.detach().clone());
        using var first = new FusedSgd([plain]);
        using var second = new FusedSgd([image]);
        using var third = new FusedSgd([late]);
        using (no_grad())
        {
            late.set_(late.detach().clone().ToChannelsLast());
        }

        Parameter[] all = [plain, image, late];
        for (var step = 0; step < 3; step++)
        {
            foreach (var parameter in all)
            {
                (parameter * parameter * parameter).sum().backward();
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

    // libtorch 2.10's kernels go through memory: of these they would step the wrong elements, and say nothing.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Gradients_and_parameters_may_lie_in_memory_as_they_like(bool sgd)
    {
        using var scope = NewDisposeScope();
        var values = TensorData.FromSpan<float>(Numbers.Floats(4 * 3 * 5 * 2, 1), 4, 3, 5, 2);
        var wide = TensorData.FromSpan<float>(Numbers.Floats(4 * 3 * 5 * 4, 2), 4, 3, 5, 4);
        var gaps = wide.narrow(3, 0, 2);
        gaps.copy_(values);
        Parameter[] parameters =
        [
            new(values.clone()), new(values.clone()), new(values.clone().ToChannelsLast()), new(values.clone().ToChannelsLast()),
            new(values.clone().permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0)), new(gaps), new(values.clone()),
        ];
        using IOptimizer optimizer = sgd ? new FusedSgd(parameters, new SgdOptions { WeightDecay = 0.1 }) : new FusedAdamW(parameters, new AdamWOptions { WeightDecay = 0.1 });
        for (var step = 0; step < 4; step++)
        {
            var gradient = TensorData.FromSpan<float>(Numbers.Floats(4 * 3 * 5 * 2, (ulong)step + 3), 4, 3, 5, 2);
            for (var k = 0; k < parameters.Length; k++)
            {
                parameters[k].grad = k % 2 == 0 ? gradient.clone() : gradient.clone().ToChannelsLast();
            }

            optimizer.Step(0.01);
            if (step == 1)
            {
                // In the midst of it, with something to remember.
                using var silent = no_grad();
                parameters[^1].set_(parameters[^1].detach().clone().ToChannelsLast());
                parameters[2].set_(parameters[2].detach().clone().contiguous());
            }
        }

        Assert.NotEqual(Wide(values), Wide(parameters[0]));
        Assert.All(parameters, parameter => Numbers.Close(Wide(parameters[0]), Wide(parameter), 1e-6));
        Assert.Equal(wide.narrow(3, 2, 2).contiguous().ToArray<float>(), TensorData.FromSpan<float>(Numbers.Floats(4 * 3 * 5 * 4, 2), 4, 3, 5, 4).narrow(3, 2, 2).contiguous().ToArray<float>());
    }

    // The fall-back of systems where the fused kernels can't be called.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Single_operators_give_what_the_fused_kernels_give(bool sgd)
    {
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        var (fused, plain) = (Example(), Example());
        for (var step = 1; step <= 5; step++)
        {
            if (sgd)
            {
                var options = new SgdOptions { WeightDecay = 0.1 };
                FusedKernels.Sgd(fused, options, 0.05);
                PlainSteps.Sgd(plain, options, 0.05);
            }
            else
            {
                var options = new AdamWOptions { WeightDecay = 0.1 };
                FusedKernels.AdamW(fused, options, 0.05, step);
                PlainSteps.AdamW(plain, options, 0.05, step);
            }
        }

        foreach (var (one, other) in fused.Zip(plain))
        {
            Numbers.Close(Wide(one.Parameter), Wide(other.Parameter), 1e-5);
        }

        static List<(Tensor Parameter, Tensor Gradient, Tensor[] State)> Example() =>
            [.. Enumerable.Range(1, 3).Select(static k => (Numbers.Float((ulong)k, 40 * k), Numbers.Float((ulong)k + 10, 40 * k), new[] { zeros(40 * k), zeros(40 * k) }))];
    }

    [Fact]
    public void Parameters_without_a_gradient_are_left_alone()
    {
        using var scope = NewDisposeScope();
        var (used, unused) = (new Parameter(ones(3)), new Parameter(ones(3)));
        using var sgd = new FusedSgd([used, unused], new SgdOptions { WeightDecay = 0.5 });
        using var adam = new FusedAdamW([used, unused], new AdamWOptions { WeightDecay = 0.5 });
        used.sum().backward();
        sgd.Step(0.1);
        adam.Step(0.1);
        Assert.Equal([1, 1, 1], unused.ToArray<float>());
        Assert.NotEqual([1, 1, 1], used.ToArray<float>());
        sgd.ZeroGrad();
        Assert.Null(used.grad);
        Assert.Equal(1, sgd.Steps);
    }

    [Fact]
    public void State_has_names_and_an_order_and_goes_with_the_optimiser()
    {
        var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (NewDisposeScope())
        {
            var (a, b) = (new Parameter(ones(3)), new Parameter(ones(2, 2)));
            using (var sgd = new FusedSgd([a, b]))
            using (var adam = new FusedAdamW([a, b]))
            {
                Assert.Equal(["momentum.0", "momentum.1"], sgd.NamedState().Select(entry => entry.Name));
                Assert.Equal(["mean.0", "mean.1", "square.0", "square.1"], adam.NamedState().Select(entry => entry.Name));
                Assert.Equal([2, 2], adam.NamedState().Last().Tensor.shape);
            }
        }

        Assert.Equal(before, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Settings_out_of_range_are_refused()
    {
        using var scope = NewDisposeScope();
        Parameter[] parameters = [new Parameter(ones(1))];
        Assert.Throws<ArgumentException>(() => new FusedSgd([]));
        Assert.Throws<ArgumentException>(() => new FusedSgd(parameters, new SgdOptions { Momentum = 1 }));
        Assert.Throws<ArgumentException>(() => new FusedSgd(parameters, new SgdOptions { Momentum = double.NaN }));
        Assert.Throws<ArgumentException>(() => new FusedSgd(parameters, new SgdOptions { WeightDecay = -1 }));
        Assert.Throws<ArgumentException>(() => new FusedAdamW(parameters, new AdamWOptions { Beta1 = 1 }));
        Assert.Throws<ArgumentException>(() => new FusedAdamW(parameters, new AdamWOptions { Epsilon = 0 }));
        Assert.Throws<ArgumentException>(() => new FusedAdamW(parameters, new AdamWOptions { WeightDecay = double.PositiveInfinity }));
        using var sgd = new FusedSgd(parameters);
        Assert.Throws<ArgumentOutOfRangeException>(() => sgd.Step(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => sgd.Step(double.NaN));
    }

    private static double[] Wide(Tensor tensor) => tensor.detach().to(ScalarType.Float64).ToArray<double>();

    // Large enough that the kernels are split over threads, odd enough that vectors leave a rest.
    private static void Compare(ScalarType type, Func<Parameter[], IOptimizer> make, Func<double, double, int, int, double, double> rule)
    {
        using var scope = NewDisposeScope();
        const int count = 65_537;
        var expected = Numbers.Doubles(count, 1);
        if (type == ScalarType.Float32)
        {
            expected = [.. expected.Select(value => (double)(float)value)];
        }

        var slope = Numbers.Double(2, count);
        var slopes = slope.ToArray<double>();
        var parameter = new Parameter(TensorData.FromSpan<double>(expected).to(type).clone());
        using var optimizer = make([parameter]);
        for (var step = 1; step <= Steps; step++)
        {
            using var inner = NewDisposeScope();
            var rate = 0.1 / step;

            // Loss Σ slope·p + p²/2: gradients slope + p, known without autograd.
            ((parameter * slope.to(type)) + (parameter * parameter * 0.5)).sum().backward();
            optimizer.Step(rate);
            optimizer.ZeroGrad();
            for (var i = 0; i < count; i++)
            {
                expected[i] = rule(expected[i], slopes[i] + expected[i], i, step, rate);
            }
        }

        Numbers.Close(expected, parameter.detach().to(ScalarType.Float64).ToArray<double>(), type == ScalarType.Float32 ? 2e-5 : 1e-12);
        Assert.Equal(Steps, optimizer.Steps);
    }
}
