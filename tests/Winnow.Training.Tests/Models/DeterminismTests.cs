using Winnow.Torch;
using Winnow.Torch.Optimizers;
using Winnow.Training.Models;
using static TorchSharp.torch;

namespace Winnow.Training.Tests.Models;

[Collection(TrainingCollection.Name)]
public sealed class DeterminismTests
{
    [Theory]
    [InlineData("resnet9", ScalarType.Float32, 1)]
    [InlineData("resnet9", ScalarType.BFloat16, 2)]
    [InlineData("resnet-small", ScalarType.BFloat16, 1)]
    [InlineData("vit", ScalarType.Float32, 2)]
    public void The_same_seed_gives_the_same_bits(string name, ScalarType precision, int threads)
    {
        var before = TorchRuntime.Threads;
        TorchRuntime.Threads = threads;
        try
        {
            Assert.Equal(Train(name, precision, 5), Train(name, precision, 5));
            Assert.NotEqual(Train(name, precision, 5), Train(name, precision, 6));
        }
        finally
        {
            TorchRuntime.Threads = before;
        }
    }

    private static float[] Train(string name, ScalarType precision, ulong seed)
    {
        manual_seed((long)seed);
        using var scope = NewDisposeScope();
        using var model = ModelCatalog.Create(name, new ModelShape(1, 28, 28, 10), 4);
        model.ToChannelsLast();
        using var optimizer = new FusedAdamW(model.parameters());
        for (var i = 0; i < 3; i++)
        {
            using var step = NewDisposeScope();
            var images = randn(32, 1, 28, 28);
            Tensor logits;
            using (Autocast.Enter(TorchSharp.DeviceType.CPU, precision))
            {
                logits = model.forward(images.ToChannelsLast());
            }

            nn.functional.cross_entropy(logits.to(ScalarType.Float32), TensorData.FromSpan<long>([.. Enumerable.Range(0, 32).Select(k => (long)(k % 10))]))
                .backward();
            optimizer.Step(0.01);
            optimizer.ZeroGrad();
        }

        return [.. model.parameters().SelectMany(static parameter => parameter.ToArray<float>())];
    }
}
