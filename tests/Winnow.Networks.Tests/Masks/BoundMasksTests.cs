using Winnow.Networks.Masks;
using Winnow.Networks.Tests.Support;
using Winnow.Torch;
using Winnow.Torch.Optimizers;
using static TorchSharp.torch;

namespace Winnow.Networks.Tests.Masks;

public class BoundMasksTests
{
    [Fact]
    public void What_is_dropped_is_zero_and_what_is_kept_stays_to_the_bit()
    {
        using var net = Nets.Convolutional();
        var weight = net.get_parameter("fc1.weight")!;
        var before = weight.Values();
        (before[0], before[1], before[2], before[3]) = (float.NaN, float.PositiveInfinity, -0f, 1e-42f);
        before[4] = BitConverter.UInt32BitsToSingle(0x7FC12345);
        weight.CopyFrom<float>(before);
        var keep = Half(net);
        keep = new MaskSet(keep.Select(static mask => mask.Name == "fc1.weight" ? mask.Xor(Mask.Of(mask.Name, [.. Enumerable.Range(0, (int)mask.Count).Select(i => i < 2 && mask[i])], [.. mask.Shape])) : mask));
        using var bound = new BoundMasks(net, keep);
        Assert.Equal(before, weight.Values());
        bound.Apply();
        var after = weight.Values();
        for (var i = 0; i < before.Length; i++)
        {
            Assert.Equal(keep["fc1.weight"][i] ? BitConverter.SingleToUInt32Bits(before[i]) : 0u, BitConverter.SingleToUInt32Bits(after[i]));
        }
    }

    [Theory]
    [InlineData("sgd")]
    [InlineData("momentum")]
    [InlineData("adam")]
    [InlineData("adamw")]
    [InlineData("rmsprop")]
    [InlineData("fused-sgd")]
    [InlineData("fused-adamw")]
    public void Zeros_stay_zero_through_a_hundred_steps(string kind)
    {
        using var net = Nets.Convolutional();
        Action step;
        Action<BoundMasks> after;
        if (kind.StartsWith("fused", StringComparison.Ordinal))
        {
            IOptimizer optimizer = kind == "fused-sgd"
                ? new FusedSgd(net.parameters(), new SgdOptions { WeightDecay = 0.05 })
                : new FusedAdamW(net.parameters(), new AdamWOptions { WeightDecay = 0.05 });
            (step, after) = (() => { optimizer.Step(0.01); optimizer.ZeroGrad(); }, masks => masks.AfterStep(optimizer));
        }
        else
        {
            optim.Optimizer optimizer = kind switch
            {
                "sgd" => optim.SGD(net.parameters(), 0.01, weight_decay: 0.05),
                "momentum" => optim.SGD(net.parameters(), 0.01, momentum: 0.9, weight_decay: 0.05),
                "adam" => optim.Adam(net.parameters(), 0.01, weight_decay: 0.05, amsgrad: true),
                "adamw" => optim.AdamW(net.parameters(), 0.01, weight_decay: 0.05),
                _ => optim.RMSProp(net.parameters(), 0.01, momentum: 0.9),
            };
            (step, after) = (() => { optimizer.step(); optimizer.zero_grad(); }, masks => masks.AfterStep(optimizer));
        }

        // With something to remember before the first weight is dropped.
        var input = Nets.Random(9, 8, 3, 6, 6);
        var target = Nets.Random(10, 8, 4);
        for (var i = 0; i < 5; i++)
        {
            Backward(net, input, target);
            step();
        }

        var masks = Half(net);
        using var bound = new BoundMasks(net, masks);
        bound.Apply();
        var start = net.get_parameter("fc1.weight")!.Values();
        for (var i = 0; i < 100; i++)
        {
            Backward(net, input, target);
            step();
            after(bound);
            foreach (var mask in masks)
            {
                var values = net.get_parameter(mask.Name)!.Values();
                Assert.All(Enumerable.Range(0, values.Length).Where(k => !mask[k]), k => Assert.Equal(0f, values[k]));
            }
        }

        var end = net.get_parameter("fc1.weight")!.Values();
        Assert.True(Enumerable.Range(0, end.Length).Count(k => end[k] != start[k]) > end.Length / 4, "survivors go on learning");
    }

    [Fact]
    public void After_a_step_survivors_have_its_bits_in_whatever_memory_order()
    {
        using var net = Nets.Convolutional();
        net.ToChannelsLast();
        using var optimizer = new FusedSgd(net.parameters(), new SgdOptions { Momentum = 0.9f, WeightDecay = 1e-3f });
        var masks = Half(net);
        using var bound = new BoundMasks(net, masks);
        for (var i = 0; i < 3; i++)
        {
            Backward(net, Nets.Random(9, 8, 3, 6, 6), Nets.Random(10, 8, 4));
            optimizer.Step(0.1f);
            var stepped = masks.Select(mask => (net.get_parameter(mask.Name)!.Values(), net.get_parameter(mask.Name)!.grad!.Values())).ToArray();
            bound.AfterStep(optimizer);
            foreach (var (mask, (weights, gradients)) in masks.Zip(stepped))
            {
                var parameter = net.get_parameter(mask.Name)!;
                Assert.Equal(weights.Select((value, k) => mask[k] ? value : 0), parameter.Values());
                Assert.Equal(gradients.Select((value, k) => mask[k] ? value : 0), parameter.grad!.Values());
            }
        }
    }

    // Once weight, gradient and memory are 0, a step by itself leaves dropped weights alone: what a mask at the weights only doesn't reach.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Memory_and_gradients_are_zero_where_weights_are(bool fused)
    {
        using var net = Nets.Dense();
        using var own = new FusedAdamW(net.parameters());
        using var theirs = optim.Adam(net.parameters());
        Tensor input = Nets.Random(3, 5, 8), target = Nets.Random(4, 5, 4);
        for (var i = 0; i < 3; i++)
        {
            Backward(net, input, target);
            if (fused)
            {
                own.Step(0.01);
            }
            else
            {
                theirs.step();
            }
        }

        var masks = Half(net);
        using var bound = new BoundMasks(net, masks);
        if (fused)
        {
            bound.AfterStep(own);
        }
        else
        {
            bound.AfterStep(theirs);
        }

        var memory = fused ? OptimizerMemory.Of(own) : OptimizerMemory.Of(theirs);
        var looked = 0;
        foreach (var (parameter, tensor) in memory.Concat(net.parameters().Select(static p => (p, p.grad!))))
        {
            var name = net.named_parameters().First(p => p.parameter.Handle == parameter.Handle).name;
            var values = tensor.Values();
            if (masks.Find(name) is { } mask)
            {
                looked++;
                Assert.All(Enumerable.Range(0, values.Length), k => Assert.True(mask[k] || values[k] == 0));
            }

            Assert.Contains(values, static value => value != 0);
        }

        Assert.Equal(6, looked);
    }

    [Fact]
    public void Masks_of_another_network_are_refused_by_name()
    {
        using var net = Nets.Dense();
        Assert.Contains("fc3.weight", Assert.Throws<NetworkPruningException>(() => new BoundMasks(net, new([Mask.Full("fc3.weight", 2)]))).Message, StringComparison.Ordinal);
        var error = Assert.Throws<NetworkPruningException>(() => new BoundMasks(net, new([Mask.Full("fc1.weight", 8, 16)]))).Message;
        Assert.Contains("fc1.weight", error, StringComparison.Ordinal);
        Assert.Contains("[8, 16]", error, StringComparison.Ordinal);
        Assert.Contains("[16, 8]", error, StringComparison.Ordinal);
        using var bound = new BoundMasks(net, Half(net));
        using var unknown = optim.LBFGS(net.parameters());
        Assert.Contains("LBFGS", Assert.Throws<NetworkPruningException>(() => bound.ApplyTo(unknown)).Message, StringComparison.Ordinal);
    }

    private static MaskSet Half(nn.Module net)
    {
        var seed = 20UL;
        return new(MaskSet.Full(PrunableWeights.Of(net)).Select(mask => Mask.Of(mask.Name, [.. Nets.Floats((int)mask.Count, seed++).Select(static x => x > 0)], [.. mask.Shape])));
    }

    private static void Backward(nn.Module<Tensor, Tensor> net, Tensor input, Tensor target)
    {
        using var scope = NewDisposeScope();
        nn.functional.mse_loss(net.call(input), target).backward();
    }
}
