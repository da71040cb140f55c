using Winnow.Torch.Tests.Support;

namespace Winnow.Torch.Tests;

public sealed class ModeTests
{
    [TorchFact]
    public void No_grad_nests_and_restores_even_when_something_throws()
    {
        Assert.True(NoGrad.IsRecording);
        Assert.Throws<TorchException>(() =>
        {
            using var outer = NoGrad.Enter();
            using (NoGrad.Enter())
            {
                Assert.False(NoGrad.IsRecording);
            }

            Assert.False(NoGrad.IsRecording);
            using var scope = new TensorScope();
            Ops.View(Ops.Ones([3]), 2);
        });
        Assert.True(NoGrad.IsRecording);
    }

    [TorchFact]
    public void Nothing_is_recorded_under_no_grad_and_inference_mode()
    {
        using var scope = new TensorScope();
        var x = Ops.Ones([2]);
        x.RequiresGrad = true;
        Assert.True(Ops.Mul(x, x).RequiresGrad);
        using (NoGrad.Enter())
        {
            Assert.False(Ops.Mul(x, x).RequiresGrad);
        }

        using (InferenceMode.Enter())
        {
            using (InferenceMode.Enter())
            {
                Assert.False(Ops.Mul(x, x).RequiresGrad);
            }

            Assert.False(Ops.Mul(x, x).RequiresGrad);
        }

        Assert.True(Ops.Mul(x, x).RequiresGrad);
        Assert.True(NoGrad.IsRecording);
    }

    [TorchFact]
    public void Modes_concern_only_their_own_thread()
    {
        using var noGrad = NoGrad.Enter();
        var recording = false;
        var thread = new Thread(() => recording = NoGrad.IsRecording);
        thread.Start();
        thread.Join();
        Assert.True(recording);
    }

    [TorchFact]
    public void Autocast_gives_bfloat16_convolutions_and_products_and_restores()
    {
        using var scope = new TensorScope();
        var (image, filter, matrix) = (Numbers.Float(1, 2, 3, 8, 8), Numbers.Float(2, 4, 3, 3, 3), Numbers.Float(3, 8, 8));
        Assert.Equal(ScalarType.Float32, Ops.Conv2d(image, filter).ScalarType);
        using (Autocast.Enter(Device.Cpu, ScalarType.BFloat16))
        {
            Assert.Equal(ScalarType.BFloat16, Ops.Conv2d(image, filter).ScalarType);
            Assert.Equal(ScalarType.BFloat16, Ops.MatMul(matrix, matrix).ScalarType);
            Assert.Equal(ScalarType.BFloat16, Ops.Linear(matrix, matrix).ScalarType);
            using (Autocast.Enter(Device.Cpu, ScalarType.Float32))
            {
                Assert.Equal(ScalarType.Float32, Ops.Conv2d(image, filter).ScalarType);
            }

            Assert.Equal(ScalarType.BFloat16, Ops.Conv2d(image, filter).ScalarType);
        }

        Assert.Equal(ScalarType.Float32, Ops.Conv2d(image, filter).ScalarType);
    }

    [TorchFact]
    public void Autocast_restores_when_something_throws()
    {
        using var scope = new TensorScope();
        Assert.Throws<TorchException>(() =>
        {
            using var autocast = Autocast.Enter(Device.Cpu, ScalarType.BFloat16);
            Ops.MatMul(Ops.Ones([2, 3]), Ops.Ones([2, 3]));
        });
        Assert.Equal(ScalarType.Float32, Ops.MatMul(Ops.Ones([2, 2]), Ops.Ones([2, 2])).ScalarType);
    }

    [TorchFact]
    public void Gradients_of_weights_stay_single_under_autocast()
    {
        using var scope = new TensorScope();
        var weight = Numbers.Float(2, 4, 3, 3, 3);
        weight.RequiresGrad = true;
        Tensor output;
        using (Autocast.Enter(Device.Cpu, ScalarType.BFloat16))
        {
            output = Ops.Conv2d(Numbers.Float(1, 2, 3, 8, 8), weight);
        }

        Ops.Sum(output.To(ScalarType.Float32)).Backward();
        Assert.Equal(ScalarType.Float32, weight.Grad!.ScalarType);
    }

    [TorchFact]
    public void A_type_autocast_cannot_use_is_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => Autocast.Enter(Device.Cpu, ScalarType.Float16).Dispose());
        Assert.Contains("Autocast on cpu cannot use Float16", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Autocast.Enter(Device.Cuda, ScalarType.Int64).Dispose());
    }
}
