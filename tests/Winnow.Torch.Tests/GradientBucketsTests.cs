using TorchSharp;
using TorchSharp.Modules;
using Winnow.Torch.Distributed;
using Winnow.Torch.Tests.Support;
using static TorchSharp.torch;

namespace Winnow.Torch.Tests;

public sealed class GradientBucketsTests
{
    private const int Samples = 12;

    [RanksTheory]
    [InlineData(2, 1L << 20)]
    [InlineData(2, 64L)]
    [InlineData(3, 200L)]
    [InlineData(4, 1L)]
    public void Gradients_of_shares_add_up_to_those_of_the_whole_batch(int ranks, long bucket)
    {
        var (expected, _) = Gradients(null, 0, Samples, bucket);
        var perRank = Ranks.Run(ranks, group =>
        {
            var start = group.Rank * Samples / group.Size;
            return Gradients(group, start, ((group.Rank + 1) * Samples / group.Size) - start, bucket);
        });
        foreach (var (gradients, numbers) in perRank)
        {
            // The same bits on all ranks, and the whole batch's to rounding.
            Assert.Equal(perRank[0].Item1, gradients);
            Numbers.Close(expected, gradients, 1e-12);
            Assert.Equal([ranks, Samples], numbers);
        }
    }

    [RanksFact]
    public void A_parameter_without_a_gradient_on_one_rank_gets_the_others()
    {
        var gradients = Ranks.Run(2, group =>
        {
            using var scope = NewDisposeScope();
            var (a, b) = (Leaf(2), Leaf(3));
            using var buckets = new GradientBuckets(group, [a, b]);
            buckets.Arm();
            (group.Rank == 0 ? a * b : a * 5).sum().backward();
            buckets.Finish();
            return new[] { a.grad!.ToDouble(), b.grad!.ToDouble() };
        });
        Assert.All(gradients, gradient => Assert.Equal([3 + 5, 2], gradient));
    }

    [RanksFact]
    public void Step_after_step_the_sums_are_those_of_the_step()
    {
        var gradients = Ranks.Run(2, group =>
        {
            using var scope = NewDisposeScope();
            var leaf = Leaf(1);
            using var buckets = new GradientBuckets(group, [leaf], numbers: 1);
            var seen = new List<double>();
            for (var step = 1; step <= 3; step++)
            {
                double[] number = [step];
                buckets.Arm(number);
                (leaf * (step + group.Rank)).sum().backward();
                buckets.Finish(number);
                seen.Add(leaf.grad!.ToDouble());
                seen.Add(number[0]);
                leaf.grad = null;
            }

            return seen;
        });
        Assert.All(gradients, static seen => Assert.Equal([3, 2, 5, 4, 7, 6], seen));
    }

    [RanksFact]
    public void Gradients_lie_in_memory_as_their_parameters_do()
    {
        var strides = Ranks.Run(2, static group =>
        {
            using var scope = NewDisposeScope();
            var weights = new Parameter(arange(2 * 3 * 2 * 2, float32).view(2, 2, 2, 3).permute(0, 3, 1, 2));
            var everySecond = new Parameter(arange(8, float32).view(4, 2)[.., 0]);
            using var buckets = new GradientBuckets(group, [weights, everySecond]);
            buckets.Arm();
            ((weights * weights).sum() + (everySecond * everySecond).sum()).backward();
            buckets.Finish();
            Assert.Equal((weights * 4).ToArray<float>(), weights.grad!.ToArray<float>());
            Assert.Equal((everySecond * 4).ToArray<float>(), everySecond.grad!.ToArray<float>());
            return (weights.grad!.stride(), everySecond.grad!.stride());
        });
        Assert.All(strides, static stride => Assert.Equal([12L, 1, 6, 3], stride.Item1));
        Assert.All(strides, static stride => Assert.Equal([1L], stride.Item2));
    }

    [RanksFact]
    public void Buckets_leave_no_tensor_behind()
    {
        Parameter[] parameters = [Leaf(1), Leaf(2)];
        var before = Tensor.TotalCount;
        Ranks.Run(2, group =>
        {
            using var scope = NewDisposeScope();
            var mine = parameters[group.Rank];
            using var buckets = new GradientBuckets(group, [mine], numbers: 1);
            for (var step = 0; step < 3; step++)
            {
                buckets.Arm([1]);
                (mine * mine).sum().backward();
                buckets.Finish(new double[1]);
                mine.grad = null;
            }

            return 0;
        });
        Assert.Equal(before, Tensor.TotalCount);
        Array.ForEach(parameters, static parameter => parameter.Dispose());
    }

    [RanksFact]
    public void Buckets_that_werent_armed_and_numbers_that_werent_announced_are_refused()
    {
        var messages = Ranks.Run(2, static group =>
        {
            using var scope = NewDisposeScope();
            using var buckets = new GradientBuckets(group, [Leaf(1)], numbers: 2);
            return (Assert.Throws<InvalidOperationException>(() => buckets.Finish(new double[2])).Message, Assert.Throws<ArgumentException>(() => buckets.Arm([1])).Message);
        });
        Assert.All(messages, static message => Assert.Contains("weren't armed", message.Item1, StringComparison.Ordinal));
        Assert.All(messages, static message => Assert.StartsWith("1 numbers, and the buckets were made for 2", message.Item2, StringComparison.Ordinal));
    }

    [RanksFact]
    public void Parameters_of_several_types_are_refused()
    {
        var messages = Ranks.Run(2, static group =>
        {
            using var scope = NewDisposeScope();
            return Assert.Throws<ArgumentException>(() => new GradientBuckets(group, [Leaf(1), new Parameter(zeros(2, float32))])).Message;
        });
        Assert.All(messages, static message => Assert.Contains("some of Float64 on cpu and some of Float32 on cpu", message, StringComparison.Ordinal));
    }

    private static Parameter Leaf(double value) => new(TensorData.FromSpan<double>([value]));

    /// <summary>The gradients of a network of two layers in double for part of twelve samples, their weighted losses divided by the weights of all.</summary>
    private static (double[] Gradients, double[] Numbers) Gradients(ProcessGroup? group, int start, int count, long bucket)
    {
        using var scope = NewDisposeScope();
        Parameter[] parameters = [.. ((Tensor[])[Numbers.Double(1, 8, 5), Numbers.Double(2, 8), Numbers.Double(3, 3, 8), Numbers.Double(4, 3)]).Select(static values => new Parameter(values))];
        var inputs = Numbers.Double(5, Samples, 5);
        var labels = TensorData.FromSpan<long>([.. Enumerable.Range(0, Samples).Select(static i => (long)(i % 3))]);
        var weights = TensorData.FromSpan<double>([.. Enumerable.Range(0, Samples).Select(static i => 1 + (i % 4 * 0.3))]);
        double[] numbers = [1, count];
        using var buckets = group is null ? null : new GradientBuckets(group, parameters, numbers.Length, bucket);
        buckets?.Arm(numbers);
        var hidden = nn.functional.relu(nn.functional.linear(inputs.narrow(0, start, count), parameters[0], parameters[1]));
        var losses = nn.functional.cross_entropy(nn.functional.linear(hidden, parameters[2], parameters[3]), labels.narrow(0, start, count), reduction: nn.Reduction.None);
        ((losses * weights.narrow(0, start, count)).sum() / weights.sum()).backward();
        buckets?.Finish(numbers);
        return ([.. parameters.SelectMany(static parameter => parameter.grad!.ToArray<double>())], numbers);
    }
}
