using Winnow.Networks.Depth;
using Winnow.Networks.Shrinking;
using Winnow.Networks.Tests.Support;
using Winnow.Torch;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Winnow.Networks.Tests.Depth;

public class BlockScoresTests
{
    [Fact]
    public void Cosine_is_one_minus_the_cosine_between_what_goes_in_and_what_comes_out()
    {
        using var net = Sequential(("same", Plain(2, [3, 0, 0, 3])), ("turned", Plain(2, [0, -1, 1, 0])), ("back", Plain(2, [-1, 0, 0, -1])), ("aslant", Plain(2, [1, 0, 0, 0])), ("none", Plain(2, [0, 0, 0, 0])));
        var trace = BlockTrace.Of(net, ones(1, 2));
        var scores = BlockScores.Cosine(trace, () =>
        {
            net.call(TensorData.FromSpan<float>([1, 2], [1, 2]));
            net.call(TensorData.FromSpan<float>([1, 1, 2, 1], [2, 2]));
        });

        // What "aslant" is given are the samples turned by a right angle and back by two: (y, -x), of which the first number stays.
        var aslant = new[] { (2.0, 1.0), (1, 1), (1, 2) }.Average(static sample => 1 - (sample.Item1 / Math.Sqrt((sample.Item1 * sample.Item1) + (sample.Item2 * sample.Item2))));
        Assert.All(scores.Zip([0, 1, 2, aslant, 1]), static pair => Assert.Equal(pair.Second, pair.First, 6));
        Assert.Equal(5, scores.Count);
        Assert.Contains("nothing was sent through same", Assert.Throws<NetworkPruningException>(() => BlockScores.Cosine(trace, static () => { })).Message, StringComparison.Ordinal);
        Assert.Contains("same is given or gives numbers that aren't finite", Assert.Throws<NetworkPruningException>(() => BlockScores.Cosine(trace, () => net.call(full([1, 2], float.NaN)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_block_that_changes_its_input_in_place_is_told_by_what_it_was_given()
    {
        using var net = Sequential(("a", new DepthShrinkerTests.Twice(4)), ("b", Linear(4, 2)));
        var given = Nets.Random(3, 1, 4);
        var (before, after) = (given.Values(), ((nn.Module<Tensor, Tensor>)net.named_children().First().module).call(given.clone()).Values());
        var cosine = before.Zip(after).Sum(static pair => (double)pair.First * pair.Second) / Math.Sqrt(before.Sum(static x => (double)x * x) * after.Sum(static x => (double)x * x));
        var trace = BlockTrace.Of(net, given.clone());
        Assert.Equal(1 - cosine, Assert.Single(BlockScores.Cosine(trace, () => net.call(given.clone()))), 6);
    }

    [Fact]
    public void Magnitude_is_the_root_mean_square_of_weights_and_random_is_of_its_seed()
    {
        using var net = Sequential(("a", Plain(2, [3, 0, 0, 3])), ("b", Linear(2, 2)));
        var trace = BlockTrace.Of(net, ones(1, 2));
        Assert.Equal(Math.Sqrt(18 / 4.0), BlockScores.Magnitude(trace)[0], 6);
        Assert.Equal(BlockScores.Random(trace, 3), BlockScores.Random(trace, 3));
        Assert.NotEqual(BlockScores.Random(trace, 3), BlockScores.Random(trace, 4));
    }

    [Fact]
    public void The_least_worthy_go_until_the_share_is_met_and_what_neednt_have_gone_stays()
    {
        using var line = Sequential(("in", Linear(4, 10)), ("a", Linear(10, 10)), ("b", Linear(10, 10)), ("wide", Linear(10, 30)), ("c", Linear(30, 30)), ("out", Linear(30, 2)));
        var trace = BlockTrace.Of(line, ones(1, 4));
        Assert.Equal(["a", "b", "c"], trace.Blocks.Select(static block => block.Name));
        Assert.Equal([100, 100, 900], trace.Blocks.Select(static block => block.Macs));
        var all = trace.Size.Macs;
        Assert.Equal(40 + 200 + 300 + 900 + 60, all);

        // The least worthy first, of equal ones the later.
        Assert.Equal(["a"], Names([1, 2, 3], 1400.0 / all));
        Assert.Equal(["b"], Names([1, 1, 3], 1400.0 / all));
        Assert.Equal(["a", "b"], Names([1, 2, 3], 1399.0 / all));

        // "a" had to go before "c", and without it the share is met by "c" alone.
        Assert.Equal(["c"], Names([1, 3, 2], 600.0 / all));
        Assert.Equal(["a", "b", "c"], Names([1, 3, 2], 400.0 / all));
        Assert.Empty(Names([1, 2, 3], 1));
        var error = Assert.Throws<NetworkPruningException>(() => Names([1, 2, 3], 0.2));
        Assert.Contains("0.2 of the multiplications can't be met: without all 3 blocks that can go, 0.267 are left", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, Names([1, 2, 3], 0.267).Count());
        Assert.Equal(trace.Blocks[2].Parameters, BlockBudget.Choose(trace, [3, 2, 1], ChannelTarget.Parameters, 0.7).Sum(static block => block.Parameters));
        Assert.Throws<ArgumentException>(() => Names([1, 2], 0.5));
        Assert.Throws<ArgumentException>(() => Names([1, 2, double.NaN], 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => Names([1, 2, 3], 0));

        IEnumerable<string> Names(double[] scores, double keep) => BlockBudget.Choose(trace, scores, ChannelTarget.Macs, keep).Select(static block => block.Name);
    }

    private static TorchSharp.Modules.Linear Plain(int width, float[] weights)
    {
        var layer = Linear(width, width, hasBias: false);
        layer.weight!.CopyFrom<float>(weights);
        return layer;
    }
}
