using Winnow.Torch.Modules;
using Winnow.Torch.Tests.Support;

namespace Winnow.Torch.Tests;

public sealed class ModuleTests
{
    [TorchFact]
    public void Tensors_are_named_by_their_place_parameters_before_buffers()
    {
        using var network = new Sequential(("stem", new ConvBlock(1, 2)), ("flatten", Function.Flatten()), ("head", new Linear(8, 3)));
        Assert.Equal(
            [
                "stem.conv.weight", "stem.norm.weight", "stem.norm.bias", "head.weight", "head.bias", "stem.norm.running_mean",
                "stem.norm.running_var",
            ],
            network.NamedState().Select(entry => entry.Name));
        Assert.Equal(5, network.Parameters.Count);
        Assert.Equal((2 * 9) + 2 + 2 + (8 * 3) + 3, network.ParameterCount);
        Assert.All(network.Parameters, parameter => Assert.True(parameter.RequiresGrad));
        Assert.All(network.NamedBuffers(), buffer => Assert.False(buffer.Tensor.RequiresGrad));
    }

    [TorchFact]
    public void Initial_weights_are_uniform_in_pytorchs_bounds_and_come_from_the_seed()
    {
        using var scope = new TensorScope();
        Check(() => new Linear(25, 400), 1 / Math.Sqrt(25));
        Check(() => new Conv2d(4, 400, 3), 1 / Math.Sqrt(36));

        static void Check(Func<Module> make, double bound)
        {
            TorchRuntime.ManualSeed(1);
            using var first = make();
            TorchRuntime.ManualSeed(1);
            using var second = make();
            using var third = make();
            foreach (var i in new[] { 0, 1 })
            {
                var values = first.Parameters[i].ToArray<float>();
                Assert.Equal(values, second.Parameters[i].ToArray<float>());
                Assert.NotEqual(values, third.Parameters[i].ToArray<float>());
                Assert.InRange(values.Max(), 0.95 * bound, bound);
                Assert.InRange(values.Min(), -bound, -0.95 * bound);
                Assert.InRange(values.Average(), -0.1 * bound, 0.1 * bound);
            }
        }
    }

    [TorchFact]
    public void Training_and_evaluation_reach_every_part()
    {
        using var scope = new TensorScope();
        using var network = new Sequential(("0", new Sequential(("norm", new BatchNorm2d(2)))));
        var input = Numbers.Float(1, 4, 2, 3, 3);
        Assert.True(network.IsTraining);
        var before = network.NamedBuffers().First().Tensor.ToArray<float>();
        network.Forward(input);
        Assert.NotEqual(before, network.NamedBuffers().First().Tensor.ToArray<float>());
        network.Eval();
        Assert.False(network.IsTraining);
        before = network.NamedBuffers().First().Tensor.ToArray<float>();
        network.Forward(input);
        Assert.Equal(before, network.NamedBuffers().First().Tensor.ToArray<float>());
        network.Train();
        Assert.True(network.IsTraining);
    }

    // Both kernels: channels in multiples of 16 have one of their own, without and with ReLU behind.
    [TorchTheory]
    [InlineData(3, ScalarType.Float32, false)]
    [InlineData(3, ScalarType.Float32, true)]
    [InlineData(16, ScalarType.Float32, true)]
    [InlineData(16, ScalarType.BFloat16, true)]
    [InlineData(32, ScalarType.Float32, false)]
    public void Training_without_recording_sees_what_training_sees_and_changes_no_state(int channels, ScalarType type, bool relu)
    {
        using var scope = new TensorScope();
        using var norm = new BatchNorm2d(channels);
        using var noGrad = NoGrad.Enter();
        var input = Ops.Add(Ops.Mul(Numbers.Float(1, 4, channels, 3, 3), 2), 1).Contiguous(MemoryFormat.ChannelsLast).To(type);
        var state = norm.NamedState().SelectMany(entry => entry.Tensor.ToArray<float>()).ToArray();
        norm.Train(recordStatistics: false);
        Assert.True(norm.IsTraining);
        Assert.False(norm.RecordsStatistics);
        var looked = Forward();
        Assert.Equal(state, norm.NamedState().SelectMany(entry => entry.Tensor.ToArray<float>()));
        norm.Train();
        Assert.Equal(looked, Forward());
        Assert.NotEqual(state, norm.NamedState().SelectMany(entry => entry.Tensor.ToArray<float>()));
        norm.Train(recordStatistics: false);
        norm.Eval();
        Assert.NotEqual(looked, Forward());

        float[] Forward() => (relu ? norm.ForwardRelu(input) : norm.Forward(input)).To(ScalarType.Float32).ToArray<float>();
    }

    [TorchFact]
    public void Channels_last_changes_the_layout_and_nothing_else()
    {
        using var scope = new TensorScope();
        using var network = new ConvBlock(3, 4);
        var input = Numbers.Float(1, 2, 3, 6, 6);
        var weight = network.Parameters[0];
        var values = weight.ToArray<float>();
        var before = network.Forward(input).To(ScalarType.Float64).ToArray<double>();
        network.ChannelsLast();
        Assert.Same(weight, network.Parameters[0]);
        Assert.True(weight.RequiresGrad);
        Assert.True(weight.IsContiguous(MemoryFormat.ChannelsLast));
        Assert.Equal(values, weight.ToArray<float>());
        var after = network.Forward(input.Contiguous(MemoryFormat.ChannelsLast));
        Assert.True(after.IsContiguous(MemoryFormat.ChannelsLast));
        Numbers.Close(before, after.To(ScalarType.Float64).ToArray<double>(), 1e-5);
    }

    [TorchFact]
    public void Moving_to_the_device_it_is_on_keeps_parameters_and_drops_gradients()
    {
        using var network = new Linear(3, 2);
        using var scope = new TensorScope();
        Ops.Sum(network.Forward(Ops.Ones([1, 3]))).Backward();
        var weight = network.Parameters[0];
        var values = weight.ToArray<float>();
        network.To(Device.Cpu);
        Assert.Null(weight.Grad);
        Assert.Equal(values, weight.ToArray<float>());
        Assert.Throws<InvalidOperationException>(() => network.To(new Device(DeviceType.Cuda, TorchRuntime.CudaDeviceCount)));
    }

    [TorchFact]
    public void State_saved_is_state_loaded_bit_for_bit_in_any_order()
    {
        using var scope = new TensorScope();
        using var source = new ConvBlock(2, 3);
        using var target = new ConvBlock(2, 3);
        target.ChannelsLast();
        source.Forward(Numbers.Float(1, 4, 2, 5, 5));
        var saved = source.NamedState().Select(entry => (entry.Name, Tensor: entry.Tensor.Clone())).Reverse().ToArray();
        target.LoadState(saved);
        foreach (var ((name, expected), (_, actual)) in source.NamedState().Zip(target.NamedState()))
        {
            Assert.True(expected.ToArray<float>().AsSpan().SequenceEqual(actual.ToArray<float>()), name);
        }

        Assert.True(target.Parameters[0].RequiresGrad);
    }

    [TorchFact]
    public void State_that_does_not_fit_is_refused_by_name_and_changes_nothing()
    {
        using var scope = new TensorScope();
        using var network = new Linear(3, 2);
        var before = network.Parameters[0].ToArray<float>();
        var error = Assert.Throws<ArgumentException>(() => network.LoadState(
            [("weight", Ops.Ones([2, 3])), ("weight", Ops.Ones([2, 3])), ("scale", Ops.Ones([1]))]));
        Assert.Contains("'weight' is given twice; 'scale' is not part of this model; 'bias' is missing", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<ArgumentException>(() => network.LoadState([("bias", Ops.Ones([2])), ("weight", Ops.Ones([3, 2]))]));
        Assert.Contains("'weight' has shape [3, 2], the model's is [2, 3]", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, network.Parameters[0].ToArray<float>());
    }

    [TorchFact]
    public void Layers_refuse_sizes_that_make_no_sense()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Linear(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Conv2d(1, 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Conv2d(1, 1, 3, padding: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchNorm2d(-1));
    }

    [TorchFact]
    public void Modules_made_inside_a_scope_outlive_it_and_release_all_they_own()
    {
        var before = Tensor.LiveCount;
        Module network;
        using (new TensorScope())
        {
            network = new BasicBlock(2, 4, 2);
        }

        using (new TensorScope())
        {
            Assert.Equal([1, 4, 2, 2], network.Forward(Ops.Ones([1, 2, 4, 4])).Shape);
        }

        network.Dispose();
        Assert.Equal(before, Tensor.LiveCount);
    }

    // oneDNN's own kernel for this case corrupts memory at channels that are no multiple of 16; the module goes round it.
    [TorchFact]
    public void A_strided_1x1_convolution_is_that_of_the_operator()
    {
        using var scope = new TensorScope();
        TorchRuntime.ManualSeed(5);
        using var layer = new Conv2d(3, 4, kernel: 1, stride: 2, padding: 0, bias: true);
        var input = Ops.Empty([2, 3, 5, 7]);
        Ops.UniformInPlace(input, -1, 1);
        var state = layer.NamedParameters().ToDictionary(parameter => parameter.Name, parameter => parameter.Tensor);
        var expected = Ops.Conv2d(input, state["weight"], state["bias"], [2, 2]);
        var actual = layer.Forward(input);
        Assert.Equal(expected.Shape, actual.Shape);
        Assert.All(expected.ToArray<float>().Zip(actual.ToArray<float>()), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
    }
}
