using Winnow.Catalog;
using Winnow.Networks.Masks;
using Winnow.Networks.Sparsity;
using Winnow.Networks.Tests.Support;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Networks.Tests.Sparsity;

public class WeightPrunerTests
{
    private const int Steps = 40;

    [Theory]
    [InlineData("gmp+cubic:every=4")]
    [InlineData("magnitude+global+cubic:every=3,from=0.1,until=0.6")]
    [InlineData("journey+window:every=5")]
    [InlineData("random-erk")]
    [InlineData("lamp+erk+geometric:rounds=4")]
    public void In_a_loop_as_many_weights_are_left_at_each_step_as_the_schedule_says_to_the_last_one(string spec)
    {
        using var net = Nets.Convolutional();
        var method = SparsityMethod.Parse(spec);
        using var pruner = new WeightPruner(net, method, 0.1, Steps, seed: 3);
        var elements = pruner.Weights.Sum(static weight => weight.Weight.numel());
        double density = 1;
        Loop(net, pruner, step =>
        {
            density = method.Schedule.At(step, Steps, 0.1) is { IsUpdate: true } update ? update.Density : density;
            var kept = (long)Math.Round(density * elements, MidpointRounding.AwayFromZero);
            Assert.Equal(kept, elements - pruner.Dropped);
            Assert.True(NonZero(pruner) <= kept);
        });
        Assert.Equal((long)Math.Round(0.1 * elements, MidpointRounding.AwayFromZero), NonZero(pruner));
    }

    [Fact]
    public void What_survives_an_update_keeps_its_bits_and_dropped_weights_stay_dropped()
    {
        using var net = Nets.Convolutional();
        using var pruner = new WeightPruner(net, SparsityMethod.Parse("gmp+cubic:every=1"), 0.2, Steps);
        MaskSet? before = null;
        for (var step = 0; step < Steps; step++)
        {
            var values = pruner.Weights.Select(static weight => weight.Weight.Values()).ToArray();
            pruner.Advance(step);
            Assert.True(before is null || pruner.Masks!.IsWithin(before));
            before = pruner.Masks;
            for (var w = 0; w < values.Length && before is not null; w++)
            {
                Assert.Equal(values[w].Select((value, i) => before[w][i] ? value : 0), pruner.Weights[w].Weight.Values());
            }
        }
    }

    [Fact]
    public void Sparse_training_exchanges_weights_at_a_constant_number_and_those_with_the_largest_gradients_come()
    {
        using var net = Nets.Dense();
        using var pruner = new WeightPruner(net, SparsityMethod.Parse("magnitude+erk+cycle:every=1,regrow=0.3,regrow-end=0.3"), 0.25, Steps);
        var kept = Array.Empty<long>();
        using var x = Nets.Random(7, 16, 8);
        Assert.True(pruner.NeedsLoss(0));
        for (var step = 0; step < 5; step++)
        {
            var before = pruner.Masks;
            var weights = pruner.Weights.Select(static weight => weight.Weight.Values()).ToArray();
            Assert.True(pruner.Advance(step, input => input with { Loss = () => net.call(x).square().mean() }));
            kept = kept.Length == 0 ? [.. pruner.Masks!.Select(static mask => mask.Kept)] : kept;
            Assert.Equal(kept, pruner.Masks!.Select(static mask => mask.Kept));
            if (before is null)
            {
                continue;
            }

            using var scope = NewDisposeScope();
            var gradients = Gradients(net, x, pruner, weights);
            for (var w = 0; w < weights.Length; w++)
            {
                // By sorting, which the code doesn't: the smallest survivors go, and of all that are absent then the largest gradients come.
                var count = (int)Math.Round(0.3 * kept[w], MidpointRounding.AwayFromZero);
                var stays = Enumerable.Range(0, weights[w].Length).Where(i => before[w][i]).OrderByDescending(i => Math.Abs(weights[w][i])).ThenBy(static i => i).Take((int)kept[w] - count).ToHashSet();
                var grown = Enumerable.Range(0, weights[w].Length).Where(i => !stays.Contains(i)).OrderByDescending(i => Math.Abs(gradients[w][i])).ThenBy(static i => i).Take(count);
                Assert.Equal(stays.Union(grown).Order(), Enumerable.Range(0, weights[w].Length).Where(i => pruner.Masks![w][i]));
            }
        }
    }

    [Fact]
    public void A_score_by_gradients_needs_a_loss_and_says_so()
    {
        using var net = Nets.Dense();
        using var pruner = new WeightPruner(net, SparsityMethod.Parse("snip"), 0.5, Steps);
        Assert.True(pruner.IsDue(0) && pruner.NeedsLoss(0));
        Assert.Contains("goes by gradients", Assert.Throws<NetworkPruningException>(() => pruner.Advance(0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SynFlow_chooses_in_rounds_without_data()
    {
        using var net = Nets.Dense();
        using var pruner = new WeightPruner(net, SparsityMethod.Parse("synflow"), 0.1, Steps);
        using var x = ones(1, 8);
        Assert.True(pruner.Advance(0, input => input with { Sample = x }));
        Assert.Equal(19, pruner.Masks!.Kept);
        using var once = new WeightPruner(Nets.Dense(), SparsityMethod.Parse("synflow+one-shot"), 0.1, Steps);
        once.Advance(0, input => input with { Sample = x });
        Assert.NotEqual(once.Masks, pruner.Masks);
    }

    [Fact]
    public void One_that_goes_on_makes_the_same_masks()
    {
        using var net = Nets.Dense();
        using var whole = new WeightPruner(net, SparsityMethod.Parse("random+global+cubic:every=2"), 0.1, Steps, seed: 5);
        using var copy = Nets.Dense();
        var part = new WeightPruner(copy, whole.Method, 0.1, Steps, seed: 5);
        for (var step = 0; step <= Steps; step++)
        {
            whole.Advance(step);
            part.Advance(step);
            Assert.Equal(whole.Masks, part.Masks);
            var (masks, next, updates) = (part.Masks, part.Next, part.Updates);
            part.Dispose();
            part = new WeightPruner(copy, whole.Method, 0.1, Steps, seed: 5);
            part.Restore(masks, next, updates);
        }

        Assert.True(whole.Updates > 5);
        part.Dispose();
    }

    [Fact]
    public void Steps_that_were_skipped_are_one_update_to_where_the_last_one_leads()
    {
        using var net = Nets.Dense();
        using var every = new WeightPruner(net, SparsityMethod.Parse("gmp+cubic:every=1"), 0.1, Steps);
        using var other = Nets.Dense();
        using var some = new WeightPruner(other, every.Method, 0.1, Steps);
        for (var step = 0; step <= 27; step++)
        {
            every.Advance(step);
        }

        some.Advance(27);
        Assert.Equal((every.Masks!.Kept, 1), (some.Masks!.Kept, some.Updates));
    }

    [Fact]
    public void Masks_from_the_start_count_as_part_of_what_is_to_go()
    {
        using var net = Nets.Dense();
        var weights = PrunableWeights.Of(net);
        var start = new MaskSet([Mask.Of("fc1.weight", [.. Enumerable.Range(0, 128).Select(static i => i % 2 == 0)], 16, 8)]);
        using var pruner = new WeightPruner(net, SparsityMethod.Parse("magnitude+global+one-shot:at=0.5"), 0.5, Steps, masks: start);
        Assert.Equal((64, 128), (pruner.Dropped, pruner.Masks!.Kept));
        Assert.Equal(0, weights[0].Weight.Values()[1]);
        pruner.Advance(Steps);
        Assert.Equal(96, pruner.Masks.Kept);
        Assert.True(pruner.Masks["fc1.weight"].IsWithin(start[0]));
        Assert.Contains("which isn't among the weights that can be dropped", Assert.Throws<NetworkPruningException>(() => new WeightPruner(net, null, null, 1, masks: new([Mask.Full("fc1.bias", 16)]))).Message, StringComparison.Ordinal);
        Assert.Throws<MethodSpecException>(() => new WeightPruner(net, SparsityMethod.Parse("gmp"), null, Steps));
    }

    private static void Loop(nn.Module<Tensor, Tensor> net, WeightPruner pruner, Action<int> each)
    {
        using var x = Nets.Random(5, 8, 3, 6, 6);
        using var target = Nets.Random(6, 8, 4);
        var optimizer = optim.SGD(net.parameters(), 0.05, momentum: 0.9, weight_decay: 1e-3);
        for (var step = 0; step < Steps; step++)
        {
            pruner.Advance(step);
            optimizer.zero_grad();
            using (var loss = nn.functional.mse_loss(net.call(x), target))
            {
                loss.backward();
            }

            optimizer.step();
            pruner.AfterStep(optimizer);
            each(step);
        }

        pruner.Advance(Steps);
    }

    private static long NonZero(WeightPruner pruner) => pruner.Weights.Sum(static weight => weight.Weight.Values().LongCount(static value => value != 0));

    private static float[][] Gradients(nn.Module<Tensor, Tensor> net, Tensor x, WeightPruner pruner, float[][] weights)
    {
        var now = pruner.Weights.Select(static weight => weight.Weight.Values()).ToArray();
        Set(weights);
        net.zero_grad();
        net.call(x).square().mean().backward();
        var gradients = pruner.Weights.Select(static weight => weight.Weight.grad!.Values()).ToArray();
        Set(now);
        return gradients;

        void Set(float[][] values)
        {
            foreach (var ((_, weight), value) in pruner.Weights.Zip(values))
            {
                weight.CopyFrom<float>(value);
            }
        }
    }
}
