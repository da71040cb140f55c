using Winnow.Numerics;

namespace Winnow.Tests.Numerics;

public class BlockWalkTests
{
    private static float[] Round(int samples, int block, int round, ulong seed = 1, int threads = 1)
    {
        var weights = new float[samples];
        Array.Fill(weights, float.NaN);
        BlockWalk.Round(seed, "walk", round, block, weights, threads);
        return weights;
    }

    [Fact]
    public void Uses_every_sample_once_a_pass_and_once_a_round_for_every_small_size_and_block()
    {
        for (var samples = 1; samples <= 40; samples++)
        {
            for (var block = 1; block <= samples; block++)
            {
                AssertWalk(samples, block, rounds: (4 * samples / block) + 2);
            }
        }
    }

    [Theory]
    [InlineData(70_001, 7_003, 60)]
    [InlineData(70_001, 34_999, 30)]
    [InlineData(70_001, 35_002, 30)]
    [InlineData(70_001, 69_999, 20)]
    [InlineData(131_072, 10_007, 30)]
    public void Does_so_for_large_ones(int samples, int block, int rounds) => AssertWalk(samples, block, rounds);

    // A round is 0s and exactly k 1s, so nobody is twice in it. After each round every sample's visits are floor or ceil of the mean:
    // that says that the visits can be laid out as passes in each of which every sample is once.
    private static void AssertWalk(int samples, int block, int rounds)
    {
        var visits = new int[samples];
        for (var round = 0; round < rounds; round++)
        {
            var weights = Round(samples, block, round);
            for (var i = 0; i < samples; i++)
            {
                Assert.True(weights[i] is 0f or 1f);
                visits[i] += (int)weights[i];
            }

            var used = (long)(round + 1) * block;
            if (weights.Count(static w => w == 1f) != block)
            {
                Assert.Fail($"{samples}, {block}: round {round} has {weights.Count(static w => w == 1f)}");
            }

            int low = (int)(used / samples), high = (int)((used + samples - 1) / samples);
            if (visits.Any(v => v < low || v > high))
            {
                Assert.Fail($"{samples}, {block}: after round {round} visits range from {visits.Min()} to {visits.Max()}, not {low} to {high}");
            }
        }
    }

    [Theory]
    [InlineData(5, 2)]
    [InlineData(5, 3)]
    [InlineData(6, 2)]
    [InlineData(7, 3)]
    public void Makes_every_subset_equally_likely_in_every_round(int samples, int block)
    {
        var subsets = 1;
        for (var k = 1; k <= block; k++)
        {
            subsets = subsets * (samples - block + k) / k;
        }

        for (var round = 0; round < 8; round++)
        {
            var counts = new Dictionary<string, int>();
            for (ulong seed = 0; seed < (ulong)subsets * 60; seed++)
            {
                var key = string.Join(',', Round(samples, block, round, seed));
                counts[key] = counts.GetValueOrDefault(key) + 1;
            }

            Statistics.AssertUniform(counts.Values, subsets);
        }
    }

    [Fact]
    public void Makes_every_pair_of_rounds_of_a_pass_equally_likely()
    {
        // 4 samples, 2 rounds of 2 a pass: the first round decides the second; passes are independent, so 6 · 6 outcomes of 4 rounds.
        var counts = new Dictionary<string, int>();
        for (ulong seed = 0; seed < 36 * 60; seed++)
        {
            var key = string.Join(';', Enumerable.Range(0, 4).Select(r => string.Join(',', Round(4, 2, r, seed))));
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }

        Statistics.AssertUniform(counts.Values, 36);
    }

    [Fact]
    public void Does_not_depend_on_threads()
    {
        foreach (var block in new[] { 20_000, 50_000, 77_777, 190_000 })
        {
            for (var round = 0; round < 12; round++)
            {
                var one = Round(200_003, block, round);
                foreach (var threads in new[] { 0, 3 })
                {
                    Assert.Equal(one, Round(200_003, block, round, threads: threads));
                }
            }
        }
    }

    [Fact]
    public void Order_cuts_where_it_says_also_among_marked_samples()
    {
        foreach (var samples in new[] { 1, 2, 10, 1000, 70_001 })
        {
            var order = new RandomOrder(Rng.Derive(3, 0, "order"), samples, 2);
            float[] marks = [.. Enumerable.Range(0, samples).Select(static i => i % 3 == 1 ? 2f : 4f)], weights = new float[samples];
            var marked = marks.Count(static m => m == 2f);
            foreach (var share in new[] { 0, 0.001, 0.2, 0.5, 0.999, 1 })
            {
                int rank = (int)(share * samples), markedRank = (int)(share * marked);
                ulong cut = order.At(rank, samples), markedCut = order.At(markedRank, marked, marks, 2f);
                Assert.Equal(rank, order.Below(cut));
                order.Write(weights, 0, cut, 1f, 0f);
                Assert.Equal(rank, weights.Count(static w => w == 1f));
                order.Write(weights, markedCut, RandomOrder.End, 0f, 1f);
                Assert.Equal(markedRank, weights.Where((w, i) => w == 1f && marks[i] == 2f).Count());
            }
        }
    }
}
