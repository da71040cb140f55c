using Winnow.Numerics;

namespace Winnow.Tests.Numerics;

public class MaskedMeanTests
{
    [Fact]
    public void Of_equal_values_is_that_value_exactly()
    {
        foreach (var value in new[] { 0f, 3f, 0.1f, -1.7f, 1e-38f, float.Epsilon, 3.4e38f, 16777217f / 3 })
        {
            var values = new float[100_003];
            Array.Fill(values, value);
            var states = new byte[values.Length];
            for (var n = 1; n <= 300; n++)
            {
                Assert.Equal(value, MaskedMean.Of(values.AsSpan(0, n), states.AsSpan(0, n), 0, 1).Mean);
            }

            Assert.Equal(((double)value, values.Length), MaskedMean.Of(values, states, 0, 0));
        }
    }

    [Fact]
    public void Agrees_with_the_plain_sum_and_leaves_out_other_states()
    {
        var random = Rng.Derive(1, 0, "mean").Sequence();
        foreach (var n in new[] { 1, 15, 16, 17, 33, 1000, 65_536, 65_537, 200_000 })
        {
            float[] values = [.. Enumerable.Range(0, n).Select(_ => (float)(random.NextDouble() * 10))];
            byte[] states = [.. Enumerable.Range(0, n).Select(i => (byte)(n % 2 == 0 && i % 5 == 1 ? 3 : 1))];
            for (var i = 0; i < n; i++)
            {
                if (states[i] == 3)
                {
                    values[i] = float.NaN;
                }
            }

            double[] counted = [.. values.Where(float.IsFinite).Select(static v => (double)v)];
            var (mean, count) = MaskedMean.Of(values, states, 1, 1);
            Assert.Equal(counted.Length, count);
            Assert.Equal(counted.Average(), mean, 12);
            Assert.Equal((mean, count), MaskedMean.Of(values, states, 1, 5));
        }
    }

    [Fact]
    public void Of_nothing_is_NaN() => Assert.Equal((double.NaN, 0), MaskedMean.Of([1f, 2f], [0, 0], 1, 0));
}
