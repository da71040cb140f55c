using Winnow.Numerics;

namespace Winnow.Tests.Numerics;

public class MaskedCountTests
{
    [Fact]
    public void Counts_what_is_below_at_every_length_and_with_any_states()
    {
        var random = Rng.Derive(5, 0, "counts").Sequence();
        for (var length = 0; length <= 100; length++)
        {
            float[] values = [.. Enumerable.Range(0, length).Select(_ => random.Next(8) switch { 0 => float.NaN, 1 => float.NegativeInfinity, 2 => float.PositiveInfinity, var v => v })];
            byte[] mixed = [.. values.Select(_ => (byte)random.Next(3))], all = [.. values.Select(static _ => (byte)1)];
            foreach (var states in new[] { mixed, all })
            {
                foreach (var limit in new[] { float.NegativeInfinity, 3f, 4.5f, 7f, float.PositiveInfinity, float.NaN })
                {
                    Assert.Equal(values.Where((v, i) => states[i] == 1 && v < limit).Count(), MaskedCount.Below(values, states, 1, limit, 1));
                }
            }
        }
    }

    [Fact]
    public void Is_the_same_at_any_number_of_threads()
    {
        var values = Policies.Tables.Skewed(300_001);
        byte[] states = [.. Enumerable.Range(0, values.Length).Select(static i => (byte)(i > 200_000 && i % 3 == 0 ? 0 : 1))];
        var expected = values.Where((v, i) => states[i] == 1 && v < 0.7f).Count();
        foreach (var threads in new[] { 0, 1, 2, 7 })
        {
            Assert.Equal(expected, MaskedCount.Below(values, states, 1, 0.7f, threads));
        }
    }
}
