using Winnow.Torch;
using Winnow.Torch.Optimizers;
using Winnow.Training.Models;
using static TorchSharp.torch;

namespace Winnow.Training.Tests.Models;

[Collection(TrainingCollection.Name)]
public sealed class TrainingStepTests
{
    [Theory]
    [InlineData("mlp", ScalarType.Float32)]
    [InlineData("resnet9", ScalarType.Float32)]
    [InlineData("resnet9", ScalarType.BFloat16)]
    [InlineData("resnet-small", ScalarType.BFloat16)]
    [InlineData("resnet18", ScalarType.BFloat16)]
    [InlineData("vit", ScalarType.Float32)]
    [InlineData("vit", ScalarType.BFloat16)]
    public void A_few_steps_on_one_batch_lower_its_loss_and_leave_no_tensor_behind(string name, ScalarType precision)
    {
        var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        manual_seed((long)1);
        using (var model = ModelCatalog.Create(name, new ModelShape(1, 28, 28, 10), width: 4))
        {
            model.ToChannelsLast();
            using IOptimizer optimizer = name == "vit" ? new FusedAdamW(model.parameters()) : new FusedSgd(model.parameters(), new SgdOptions { WeightDecay = 5e-4 });
            using var data = NewDisposeScope();
            var images = randn(16, 1, 28, 28).ToChannelsLast();
            var labels = TensorData.FromSpan<long>([.. Enumerable.Range(0, 16).Select(i => (long)(i % 10))]);
            double first = 0, last = 0;
            for (var i = 0; i < 12; i++)
            {
                using var step = NewDisposeScope();
                Tensor logits;
                using (NewDisposeScope())
                {
                    using (Autocast.Enter(TorchSharp.DeviceType.CPU, precision))
                    {
                        logits = model.forward(images);
                    }

                    logits = logits.MoveToOuterDisposeScope();
                }

                var loss = nn.functional.cross_entropy(logits.to(ScalarType.Float32), labels);
                loss.backward();
                optimizer.Step(name == "vit" ? 0.003 : 0.02);
                optimizer.ZeroGrad();
                last = loss.ToDouble();
                first = i == 0 ? last : first;
            }

            Assert.True(last < 0.7 * first, $"loss {first} -> {last}");
        }

        Assert.Equal(before, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
