using Winnow.Torch.Models;
using Winnow.Torch.Optimizers;
using Winnow.Torch.Tests.Support;

namespace Winnow.Torch.Tests;

public sealed class DeterminismTests
{
    [TorchTheory]
    [InlineData("resnet9", ScalarType.Float32, 1)]
    [InlineData("resnet9", ScalarType.BFloat16, 2)]
    [InlineData("resnet-small", ScalarType.BFloat16, 1)]
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

    static float[] Train(string name, ScalarType precision, ulong seed)
    {
        TorchRuntime.ManualSeed(seed);
        using var scope = new TensorScope();
        using var model = ModelCatalog.Create(name, new ModelShape(1, 28, 28, 10), 4);
        model.ChannelsLast();
        using var optimizer = new AdamW(model.Parameters);
        for (var i = 0; i < 3; i++)
        {
            using var step = new TensorScope();
            var images = Numbers.Float((ulong)i + 1, 32, 1, 28, 28);
            Tensor logits;
            using (Autocast.Enter(Device.Cpu, precision))
            {
                logits = model.Forward(images.Contiguous(MemoryFormat.ChannelsLast));
            }

            Ops.CrossEntropy(logits.To(ScalarType.Float32), Tensor.FromSpan<long>([.. Enumerable.Range(0, 32).Select(k => (long)(k % 10))]))
                .Backward();
            optimizer.Step(0.01);
            optimizer.ZeroGrad();
        }

        return [.. model.NamedState().SelectMany(entry => entry.Tensor.ToArray<float>())];
    }
}
