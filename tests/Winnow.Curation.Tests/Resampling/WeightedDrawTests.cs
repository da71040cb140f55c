using Winnow.Curation.Resampling;
using Winnow.Numerics;

namespace Winnow.Curation.Tests.Resampling;

public class WeightedDrawTests
{
    private static readonly double[] s_weights = [.. Enumerable.Range(0, 1000).Select(static i => Math.Sin(i) * 3)];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(1000)]
    [InlineData(2000)]
    public void The_largest_of_weight_and_noise_are_drawn(int count)
    {
        var draw = new WeightedDraw(count, 7);
        foreach (var (weight, document) in s_weights.Select(static (w, d) => (w, d)))
        {
            draw.Offer(document, weight);
        }

        long[] expected = [.. Enumerable.Range(0, 1000).OrderByDescending(d => s_weights[d] + draw.Noise(d)).Take(count).Select(static d => (long)d)];
        Assert.Equal(expected, draw.Ranked());
        Assert.Equal(expected.Order(), draw.Documents());
    }

    [Fact]
    public void Parts_in_any_order_merge_to_the_draw_from_the_whole()
    {
        var whole = new WeightedDraw(50, 3);
        WeightedDraw[] parts = [new(50, 3), new(50, 3), new(50, 3)];
        for (var i = 0; i < 1000; i++)
        {
            whole.Offer(i, s_weights[i]);
            var reversed = 999 - i;
            parts[reversed % 3].Offer(reversed, s_weights[reversed]);
        }

        parts[2].Merge(parts[0]);
        parts[2].Merge(parts[1]);
        Assert.Equal(whole.Ranked(), parts[2].Ranked());
        Assert.Throws<ArgumentException>(() => whole.Merge(new WeightedDraw(50, 4)));
        Assert.Throws<ArgumentException>(() => whole.Merge(new WeightedDraw(49, 3)));
    }

    [Fact]
    public void Without_noise_the_largest_weights_are_taken_of_equal_ones_the_first()
    {
        var draw = new WeightedDraw(3, 1, noisy: false);
        double[] weights = [1, 2, 2, double.NegativeInfinity, 2, 2];
        for (var i = weights.Length - 1; i >= 0; i--)
        {
            draw.Offer(i, weights[i]);
        }

        Assert.Equal([1, 2, 4], draw.Ranked());
    }

    [Fact]
    public void What_is_no_weight_is_refused()
    {
        var draw = new WeightedDraw(3, 1);
        Assert.Throws<CurationException>(() => draw.Offer(0, double.NaN));
        Assert.Throws<CurationException>(() => draw.Offer(0, double.PositiveInfinity));
        draw.Offer(0, double.NegativeInfinity);
        Assert.Empty(draw.Documents());
    }

    [Fact]
    public void Inclusion_is_as_probable_as_in_draws_one_after_another()
    {
        // Weights 1 to 4, two drawn: P(i) = w_i / 10 + sum over j of (w_j / 10) (w_i / (10 - w_j)).
        const int Rounds = 40_000;
        var seen = new int[4];
        for (var round = 0; round < Rounds; round++)
        {
            var draw = new WeightedDraw(2, 11, round);
            for (var i = 0; i < 4; i++)
            {
                draw.Offer(i, Math.Log(i + 1));
            }

            foreach (var i in draw.Documents())
            {
                seen[i]++;
            }
        }

        for (var i = 0; i < 4; i++)
        {
            var expected = ((i + 1) / 10.0) + Enumerable.Range(1, 4).Where(w => w != i + 1).Sum(w => w / 10.0 * (i + 1) / (10 - w));
            Assert.InRange(seen[i], (expected * Rounds) - (4 * Math.Sqrt(Rounds * expected * (1 - expected))), (expected * Rounds) + (4 * Math.Sqrt(Rounds * expected * (1 - expected))));
        }
    }

    [Fact]
    public void Noise_depends_on_seed_round_and_text_alone()
    {
        Assert.Equal(new WeightedDraw(1, 5).Noise(1L << 40), new WeightedDraw(9, 5).Noise(1L << 40));
        Assert.NotEqual(new WeightedDraw(1, 5).Noise(3), new WeightedDraw(1, 6).Noise(3));
        Assert.NotEqual(new WeightedDraw(1, 5).Noise(3), new WeightedDraw(1, 5, 1).Noise(3));
        var rng = Rng.Derive(5, 0, "resampling");
        var u = ((((ulong)(rng.UInt32At(6) >> 5) << 26) | (rng.UInt32At(7) >> 6)) + 0.5) / Math.Pow(2, 53);
        Assert.Equal(-Math.Log(-Math.Log(u)), new WeightedDraw(1, 5).Noise(3), 13);
    }
}
