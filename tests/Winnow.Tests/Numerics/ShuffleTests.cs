using FsCheck;
using FsCheck.Fluent;
using Winnow.Numerics;

namespace Winnow.Tests.Numerics;

public class ShuffleTests
{
    private static float[] Weights(int count, int every = 1) => [.. Enumerable.Range(0, count).Select(i => i % every == 0 ? 1f : 0f)];

    [Fact]
    public void Holds_exactly_the_samples_whose_weight_is_not_0() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<ulong>(), (bytes, seed) =>
        {
            float[] weights = [.. bytes.Select(static b => b % 3 == 0 ? 0f : b)];
            var order = Shuffle.NonZero(weights, Rng.Derive(seed, 0, "order"), 1, out var sum);
            return order.Order().SequenceEqual(Enumerable.Range(0, weights.Length).Where(i => weights[i] != 0)) && sum == weights.Sum(static w => (double)w);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(64)]
    public void Holds_exactly_the_kept_when_there_are_many_blocks_and_buckets(int every)
    {
        var weights = Weights(300_007, every);
        var order = Shuffle.NonZero(weights, Rng.Derive(1, 0, "order"), 0, out var sum);
        Assert.Equal(Enumerable.Range(0, weights.Length).Where(i => weights[i] != 0), order.Order());
        Assert.Equal(order.Length, sum);
    }

    [Fact]
    public void Does_not_depend_on_the_number_of_threads()
    {
        var weights = Weights(500_001, 2);
        var one = Shuffle.NonZero(weights, Rng.Derive(5, 3, "order"), 1, out var sum);
        foreach (var threads in new[] { 0, 2, 7 })
        {
            Assert.Equal(one, Shuffle.NonZero(weights, Rng.Derive(5, 3, "order"), threads, out var again));
            Assert.Equal(sum, again);
        }
    }

    [Fact]
    public void Gives_every_order_of_few_samples_equally_often()
    {
        for (var count = 2; count <= 5; count++)
        {
            var counts = new Dictionary<string, int>();
            var orders = Enumerable.Range(1, count).Aggregate(static (a, b) => a * b);
            for (ulong seed = 0; seed < (ulong)orders * 100; seed++)
            {
                var order = string.Join(',', Shuffle.NonZero(Weights(count), Rng.Derive(seed, 0, "order"), 1, out _));
                counts[order] = counts.GetValueOrDefault(order) + 1;
            }

            Statistics.AssertUniform(counts.Values, orders);
        }
    }

    [Fact]
    public void Spreads_every_region_of_a_large_set_over_every_region_of_the_order()
    {
        // 20 × 20 cells: samples by tenth of the ids against tenth of the order; with several blocks and buckets.
        var order = Shuffle.NonZero(Weights(400_000), Rng.Derive(9, 1, "order"), 0, out _);
        var cells = new int[400];
        for (var place = 0; place < order.Length; place++)
        {
            cells[(place / 20_000 * 20) + (order[place] / 20_000)]++;
        }

        Statistics.AssertUniform(cells, 400);
        // Neighbours in the order aren't neighbours by id: successive differences up to 100 are as rare as chance has it (1 in 2000).
        var near = Enumerable.Range(1, order.Length - 1).Count(i => Math.Abs(order[i] - order[i - 1]) <= 100);
        Assert.InRange(near, 120, 280);
    }

    [Fact]
    public void Shuffles_in_place_the_same_by_wide_and_narrow_paths()
    {
        // The obvious loop, drawing from the same sequence one number at a time.
        for (var count = 0; count < 600; count += 7)
        {
            int[] fast = [.. Enumerable.Range(0, count)], slow = [.. fast];
            var rng = Rng.Derive(3, (int)count, "fisher-yates");
            Shuffle.FisherYates(fast, rng, 4);
            var sequence = rng.Sequence(4);
            for (var i = count - 1; i > 0; i--)
            {
                var j = (int)sequence.Next((uint)i + 1);
                (slow[i], slow[j]) = (slow[j], slow[i]);
            }

            Assert.Equal(slow, fast);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(-1f)]
    public void Refuses_a_weight_that_is_not_finite_and_at_least_0_and_names_the_sample(float bad)
    {
        foreach (var place in new[] { 0, 7, 70_000, 99_999 })
        {
            var weights = Weights(100_000);
            weights[place] = bad;
            var error = Assert.Throws<ArgumentException>(() => Shuffle.NonZero(weights, Rng.Derive(1, 0, "order"), 0, out _));
            Assert.Contains($"sample {place} is", error.Message, StringComparison.Ordinal);
        }
    }
}
