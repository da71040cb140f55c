using TorchSharp;
using Winnow.Torch.Tests.Support;
using static TorchSharp.torch;

namespace Winnow.Torch.Tests;

public sealed class AutocastTests
{
    [AutocastFact]
    public void Products_are_shortened_while_it_lasts_and_parameters_stay_as_they_are()
    {
        using var scope = NewDisposeScope();
        var layer = nn.Linear(8, 4);
        var x = Numbers.Float(1, 3, 8);
        Assert.Equal(ScalarType.Float32, layer.forward(x).dtype);
        using (Autocast.Enter(DeviceType.CPU, ScalarType.BFloat16))
        {
            Assert.Equal(ScalarType.BFloat16, layer.forward(x).dtype);
            Assert.Equal(ScalarType.Float32, layer.weight.dtype);
            using (Autocast.Enter(DeviceType.CPU, ScalarType.Float32))
            {
                Assert.Equal(ScalarType.Float32, layer.forward(x).dtype);
            }

            Assert.Equal(ScalarType.BFloat16, layer.forward(x).dtype);
        }

        Assert.Equal(ScalarType.Float32, layer.forward(x).dtype);
    }

    [AutocastFact]
    public void Gradients_of_float_parameters_are_floats_and_new_weights_are_seen_by_the_next_step()
    {
        using var scope = NewDisposeScope();
        using var layer = nn.Linear(8, 4);
        var x = Numbers.Float(1, 3, 8);
        double Sum()
        {
            using (Autocast.Enter(DeviceType.CPU, ScalarType.BFloat16))
            {
                var loss = layer.forward(x).to(ScalarType.Float32).sum();
                loss.backward();
                return loss.item<float>();
            }
        }

        var before = Sum();
        Assert.Equal(ScalarType.Float32, layer.weight.grad!.dtype);
        using (no_grad())
        {
            layer.weight.mul_(2);
            layer.bias!.mul_(2);
        }

        // A copy kept from the first step would give the same number again.
        Assert.Equal(2 * before, Sum(), Math.Abs(before) * 0.05);
    }

    [Fact]
    public void Types_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Autocast.Enter(DeviceType.CPU, ScalarType.Float16).Dispose());
        Assert.Throws<ArgumentException>(() => Autocast.Enter(DeviceType.CPU, ScalarType.Int64).Dispose());
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class AutocastFactAttribute : FactAttribute
    {
        public AutocastFactAttribute() => Skip = Autocast.IsAvailable ? null! : TorchRuntime.Detail(TorchRuntime.AutocastName);
    }
}
