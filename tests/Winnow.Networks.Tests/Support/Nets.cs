using Winnow.Numerics;
using Winnow.Torch;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Winnow.Networks.Tests.Support;

/// <summary>Small networks and numbers for tests, the same at each run.</summary>
internal static class Nets
{
    /// <summary>Numbers in [-1, 1).</summary>
    public static float[] Floats(int count, ulong seed)
    {
        var random = Rng.Derive(seed, 0, "test/floats").Sequence();
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = (float)((2 * random.NextDouble()) - 1);
        }

        return values;
    }

    public static Tensor Random(ulong seed, params long[] shape) => TensorData.FromSpan<float>(Floats((int)shape.Aggregate(1L, static (a, b) => a * b), seed), shape);

    /// <summary>Images [n, 3, 6, 6] to 4 numbers: a convolution, a norm, a convolution, two linear layers.</summary>
    public static nn.Module<Tensor, Tensor> Convolutional(ulong seed = 1)
    {
        var net = Sequential(
            ("conv1", Conv2d(3, 6, 3, padding: 1)), ("norm", BatchNorm2d(6)), ("relu1", ReLU()),
            ("conv2", Conv2d(6, 5, 3, padding: 1, bias: false)), ("relu2", ReLU()), ("flat", Flatten()),
            ("fc1", Linear(5 * 36, 10)), ("relu3", ReLU()), ("fc2", Linear(10, 4)));
        Fill(net, seed);
        return net;
    }

    /// <summary>Rows of 8 numbers to 4 by two linear layers.</summary>
    public static nn.Module<Tensor, Tensor> Dense(ulong seed = 1)
    {
        var net = Sequential(("fc1", Linear(8, 16)), ("relu", ReLU()), ("fc2", Linear(16, 4)));
        Fill(net, seed);
        return net;
    }

    /// <summary>The same numbers at each run, whatever libtorch's generator says.</summary>
    public static void Fill(nn.Module net, ulong seed)
    {
        foreach (var (_, parameter) in net.named_parameters())
        {
            parameter.CopyFrom<float>(Array.ConvertAll(Floats((int)parameter.numel(), seed++), static value => 0.5f * value));
        }
    }

    public static float[] Values(this Tensor tensor) => tensor.detach().ToArray<float>();
}
