using Winnow.Torch.Models;
using Winnow.Torch.Optimizers;
using Winnow.Torch.Tests.Support;

namespace Winnow.Torch.Tests;

public sealed class TrainingStepTests
{
    [TorchTheory]
    [InlineData("mlp", ScalarType.Float32)]
    [InlineData("resnet9", ScalarType.Float32)]
    [InlineData("resnet9", ScalarType.BFloat16)]
    [InlineData("resnet-small", ScalarType.BFloat16)]
    [InlineData("resnet18", ScalarType.BFloat16)]
    public void A_few_steps_on_one_batch_lower_its_loss_and_leave_no_tensor_behind(string name, ScalarType precision)
    {
        using var oneThread = new SingleThread();
        var before = Tensor.LiveCount;
        var device = Device.Cpu;
        TorchRuntime.ManualSeed(1);
        using (var model = ModelCatalog.Create(name, new ModelShape(1, 28, 28, 10), width: 4))
        {
            model.To(device);
            model.ChannelsLast();
            using var optimizer = new Sgd(model.Parameters, new SgdOptions { WeightDecay = 5e-4 });
            using var data = new TensorScope();
            var images = Ops.Empty([16, 1, 28, 28]);
            Ops.NormalInPlace(images, 0, 1);
            images = images.Contiguous(MemoryFormat.ChannelsLast);
            var labels = Tensor.FromSpan<long>([.. Enumerable.Range(0, 16).Select(i => (long)(i % 10))]);
            double first = 0, last = 0;
            for (var i = 0; i < 12; i++)
            {
                using var step = new TensorScope();
                Tensor logits;
                using (new TensorScope())
                {
                    using (Autocast.Enter(device, precision))
                    {
                        logits = model.Forward(images);
                    }

                    step.Adopt(logits);
                }

                var loss = Ops.CrossEntropy(logits.To(ScalarType.Float32), labels);
                loss.Backward();
                optimizer.Step(0.02);
                optimizer.ZeroGrad();
                last = loss.ToDouble();
                first = i == 0 ? last : first;
            }

            Assert.True(last < 0.7 * first, $"loss {first} -> {last}");
        }

        Assert.Equal(before, Tensor.LiveCount);
    }
}
