using System.Runtime.InteropServices;
using Winnow.Numerics;

namespace Winnow.Tests.Numerics;

public class SubsetDrawTests
{
    /// <summary>Draws m of the marked ones as the policies do; returns the ids of the picked.</summary>
    private static int[] Draw(bool[] marked, int wanted, double share, ulong seed)
    {
        float[] weights = [.. marked.Select(static m => m ? -1f : 1f)];
        var random = new uint[(weights.Length + 1) / 2];
        Rng.Derive(seed, 0, "draw").Fill(0, random);
        var tossed = SubsetDraw.Toss(weights, MemoryMarshal.Cast<uint, ushort>(random), -1f, -2f, SubsetDraw.Odds(share));
        Assert.Equal(weights.Count(static w => w == -2f), tossed);
        SubsetDraw.Settle(weights, -1f, -2f, marked.Count(static m => m), tossed, wanted, Rng.Derive(seed, 0, "settle").Sequence());
        SubsetDraw.Finish(weights, -1f, -2f, 8f);
        for (var i = 0; i < weights.Length; i++)
        {
            Assert.True(marked[i] ? weights[i] is 0 or 8 : weights[i] == 1);
        }

        return [.. Enumerable.Range(0, weights.Length).Where(i => weights[i] == 8f)];
    }

    [Fact]
    public void Gives_every_subset_of_the_wanted_size_equally_often()
    {
        // All n up to 6, all m; the toss's probability is also wrong on purpose: it may not matter.
        for (var n = 1; n <= 6; n++)
        {
            for (var m = 0; m <= n; m++)
            {
                foreach (var share in new[] { (double)m / n, 0.5, 0.9 })
                {
                    bool[] marked = [.. Enumerable.Range(0, 2 * n).Select(static i => i % 2 == 1)];
                    var counts = new Dictionary<string, int>();
                    var subsets = 1;
                    for (var k = 1; k <= m; k++)
                    {
                        subsets = subsets * (n - m + k) / k;
                    }

                    for (ulong seed = 0; seed < (ulong)subsets * 60; seed++)
                    {
                        var picked = Draw(marked, m, share, seed);
                        Assert.Equal(m, picked.Length);
                        var key = string.Join(',', picked);
                        counts[key] = counts.GetValueOrDefault(key) + 1;
                    }

                    Statistics.AssertUniform(counts.Values, subsets);
                }
            }
        }
    }

    [Theory]
    [InlineData(0.5, 0.5)]
    [InlineData(0.5, 0.45)]
    [InlineData(0.01, 0.01)]
    [InlineData(0.999, 1.0)]
    [InlineData(0.3, 0.0)]
    public void Gives_every_sample_of_a_large_group_the_same_chance(double keep, double share)
    {
        const int Samples = 3000, Draws = 400;
        bool[] marked = [.. Enumerable.Range(0, Samples).Select(static i => i % 3 != 0)];
        var wanted = (int)(keep * 2000);
        var counts = new int[Samples];
        for (ulong seed = 0; seed < Draws; seed++)
        {
            var picked = Draw(marked, wanted, share, seed);
            Assert.Equal(wanted, picked.Length);
            foreach (var id in picked)
            {
                counts[id]++;
            }
        }
        // Inclusion without replacement: chi-square with variance shrunk by 1 - m/n.
        double expected = Draws * wanted / 2000.0, shrink = 1 - (wanted / 2000.0);
        var chi = Enumerable.Range(0, Samples).Where(i => marked[i]).Sum(i => (counts[i] - expected) * (counts[i] - expected) / expected) / shrink;
        Assert.InRange(chi, 1999 - (5 * Math.Sqrt(2 * 1999)), 1999 + (5 * Math.Sqrt(2 * 1999)));
    }

    [Fact]
    public void Tosses_and_finishes_the_same_at_every_length()
    {
        for (var length = 0; length <= 256; length++)
        {
            ushort[] random = [.. Enumerable.Range(0, length).Select(static i => (ushort)(i * 40503))];
            float[] wide = [.. Enumerable.Range(0, length).Select(static i => i % 3 == 0 ? 1f : -1f)], plain = [.. wide];
            var count = 0;
            for (var i = 0; i < length; i++)
            {
                if (plain[i] != -1f || random[i] >= 30_000)
                {
                    continue;
                }

                plain[i] = -2f;
                count++;
            }

            Assert.Equal(count, SubsetDraw.Toss(wide, random, -1f, -2f, 30_000));
            Assert.Equal(plain, wide);
            SubsetDraw.Finish(wide, -1f, -2f, 5f);
            Assert.Equal(plain.Select(static w => w == -1f ? 0f : w == -2f ? 5f : w), wide);
        }
    }
}
