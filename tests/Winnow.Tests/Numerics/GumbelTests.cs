using System.Runtime.Intrinsics;
using Winnow.Numerics;

namespace Winnow.Tests.Numerics;

public class GumbelTests
{
    [Fact]
    public void Takes_logarithms_to_a_few_units_in_the_last_place()
    {
        var random = Rng.Derive(1, 0, "logs").Sequence();
        for (var i = 0; i < 100_000; i++)
        {
            var x = (float)Math.Pow(2, (random.NextDouble() * 60) - 40);
            var expected = Math.Log(x);
            Assert.Equal(expected, Gumbel.Ln(Vector256.Create(x))[i % 8], 2e-7 * (1 + Math.Abs(expected)));
        }
    }

    private static double Exact(uint random) => -Math.Log(-Math.Log(1 - (((random >> 1) + 0.5) / (1u << 31))));

    [Fact]
    public void Is_minus_the_logarithm_of_an_exponential_number_at_every_length()
    {
        for (var length = 0; length <= 40; length++)
        {
            uint[] random = [.. Enumerable.Range(0, length).Select(i => (uint)(i + length) * 2654435761u)];
            float[] scores = [.. Enumerable.Range(0, length).Select(static i => i * 0.5f)];
            Gumbel.Add(random, scores);
            for (var i = 0; i < length; i++)
            {
                Assert.Equal((i * 0.5) + Exact(random[i]), scores[i], 1e-4);
            }
        }
    }

    [Fact]
    public void Falls_with_the_random_number_within_its_bounds_also_at_both_ends()
    {
        uint[] random = [0, 1, 2, 3, 1000, 1 << 20, 1 << 21, (1 << 22) + 12345, 1u << 31, uint.MaxValue - 300, uint.MaxValue];
        var noise = new float[random.Length];
        Gumbel.Add(random, noise);
        Assert.All(noise[..^1], (n, i) => Assert.Equal(Exact(random[i]), n, 1e-3 + (i == 9 ? 0.2 : 0)));
        Assert.Equal(noise.OrderDescending(), noise);
        Assert.All(noise, static n => Assert.InRange(n, Gumbel.Least, Gumbel.Most));
        Assert.True(noise[0] > 22 && noise[^1] < -2.7);
    }
}
