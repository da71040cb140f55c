using Winnow.Numerics;

namespace Winnow.Tests.Numerics;

public class LowestTests
{
    static readonly Rng s_rng = Rng.Derive(1, 2, "lowest");

    static float[] LeaveOut(float[] values, byte[] states, int count, Rng rng, int threads = 1)
    {
        float[] weights = new float[values.Length];
        Array.Fill(weights, float.NaN);
        Lowest.LeaveOut(values, states, 1, count, rng, weights, threads);
        return weights;
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(50, 1000)]
    [InlineData(50, 4)]
    [InlineData(1000, 7)]
    [InlineData(70_001, 1_000_000)]
    [InlineData(70_001, 5)]
    public void Leaves_out_exactly_so_many_of_the_smallest_that_count(int samples, int different)
    {
        RngSequence random = Rng.Derive(3, samples, "values").Sequence();
        float[] values = [.. Enumerable.Range(0, samples).Select(_ => random.Next((uint)different) - (different / 2f))];
        byte[] states = [.. Enumerable.Range(0, samples).Select(_ => (byte)(random.Next(5) == 0 ? 3 : 1))];
        states[0] = 1;
        for (int i = 0; i < samples; i++) if (states[i] == 3 && i % 2 == 0) values[i] = float.NaN;
        float[] sorted = [.. values.Where((_, i) => states[i] == 1).Order()];
        foreach (int count in new[] { 0, 1, sorted.Length / 3, sorted.Length - 1, sorted.Length }.Where(c => c >= 0))
        {
            float[] weights = LeaveOut(values, states, count, s_rng);
            Assert.Equal(count, weights.Count(static w => w == 0));
            Assert.Equal(samples - count, weights.Count(static w => w == 1));
            if (count == 0) continue;
            for (int i = 0; i < samples; i++)
            {
                bool below = states[i] == 1 && values[i] < sorted[count - 1], tied = states[i] == 1 && values[i] == sorted[count - 1];
                Assert.True(below ? weights[i] == 0 : tied || weights[i] == 1, $"sample {i}");
            }
        }
    }

    [Theory]
    [InlineData(20, 7)]
    [InlineData(10_000, 3_333)]
    public void Draws_uniformly_among_equal_values(int samples, int count)
    {
        // Few are settled one by one, many are tossed first. One lower value always goes, one higher always stays.
        float[] values = new float[samples];
        (values[3], values[5]) = (-1, 1);
        byte[] states = [.. Enumerable.Repeat((byte)1, samples)];
        int[] hits = new int[20];
        for (int round = 0; round < 2000; round++)
        {
            float[] weights = LeaveOut(values, states, count, Rng.Derive(9, round, "ties"));
            Assert.Equal((0f, 1f, count), (weights[3], weights[5], weights.Count(static w => w == 0)));
            for (int i = 0; i < samples; i++) hits[i * 20L / samples] += weights[i] == 0 && i is not (3 or 5) ? 1 : 0;
        }
        if (samples == 20) hits = [.. hits.Where(static (_, i) => i is not (3 or 5))];
        Statistics.AssertUniform(hits, hits.Length);
    }

    [Fact]
    public void Is_the_same_at_any_number_of_threads_and_in_place()
    {
        float[] values = [.. Policies.Tables.Skewed(200_003).Select(static v => MathF.Round(v, 1))];
        byte[] states = [.. Enumerable.Range(0, values.Length).Select(static i => (byte)(i % 11 == 0 ? 0 : 1))];
        float[] one = LeaveOut(values, states, 77_777, s_rng);
        foreach (int threads in new[] { 0, 2, 5 }) Assert.Equal(one, LeaveOut(values, states, 77_777, s_rng, threads));
        Lowest.LeaveOut(values, states, 1, 77_777, s_rng, values, 0);
        Assert.Equal(one, values);
    }

    [Fact]
    public void Takes_both_zeros_for_equal_and_infinities_for_values()
    {
        float[] values = [0f, -0f, float.PositiveInfinity, float.NegativeInfinity, -0f, 0f];
        byte[] states = [1, 1, 1, 1, 1, 1];
        var kept = new HashSet<string>();
        for (int round = 0; round < 200; round++)
        {
            float[] weights = LeaveOut(values, states, 2, Rng.Derive(4, round, "ties"));
            Assert.Equal((1f, 0f), (weights[2], weights[3]));
            kept.Add(string.Join(',', weights));
        }
        Assert.Equal(4, kept.Count);
    }
}
