using FsCheck;
using FsCheck.Fluent;
using Winnow.Numerics;

namespace Winnow.Tests.Numerics;

public class PercentilesTests
{
    // numpy.percentile(x, [0, 20, 50, 85, 100]) in float64, NumPy 1.24.2; x given by its bits.
    [Theory]
    [InlineData(new uint[] { 3217902433 }, new[] { -1.6038628816604614, -1.6038628816604614, -1.6038628816604614, -1.6038628816604614, -1.6038628816604614 })]
    [InlineData(new uint[] { 3223946392, 3204338306 }, new[] { -2.6487178802490234, -2.2183189511299135, -1.5727205574512482, -0.8195224314928056, -0.4967232346534729 })]
    [InlineData(new uint[] { 1062683801, 1074883065, 1046523328 }, new[] { 0.21941280364990234, 0.46800386905670166, 0.8408904671669006, 1.8427322804927826, 2.2720930576324463 })]
    [InlineData(new uint[] { 3213720139, 3217614686, 1069526478, 1079066770, 1057728601, 3223182775, 3220525278, 1078775149, 1053802602, 3227367064 },
        new[] { -3.4642696380615234, -2.0265557765960693, -0.3497648537158966, 2.604146885871886, 3.269566059112549 })]
    public void Are_NumPys(uint[] bits, double[] expected)
    {
        float[] values = [.. bits.Select(BitConverter.UInt32BitsToSingle)];
        double[] percents = [0, 20, 50, 85, 100];
        Assert.Equal(values.Length, Percentiles.Of(values, new byte[values.Length], 0, percents, 1));
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(expected[i], percents[i], 14);
        }
    }

    [Fact]
    public void Agree_with_sorting() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyArray<NormalFloat>>(), ArbMap.Default.ArbFor<byte>(), (items, p) =>
        {
            float[] values = [.. items.Get.Select(static f => (float)f.Get).Select(static f => float.IsFinite(f) ? f : 0f)];
            var percent = p / 255.0 * 100;
            double[] percents = [percent];
            Percentiles.Of(values, new byte[values.Length], 0, percents, 2);
            return Math.Abs(Sorted(values, percent) - percents[0]) <= 1e-9 * (1 + Math.Abs(percents[0]));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Count_only_the_given_state_and_do_not_depend_on_threads()
    {
        var random = Rng.Derive(1, 0, "percentiles").Sequence();
        float[] values = [.. Enumerable.Range(0, 200_001).Select(_ => (float)(random.NextDouble() - 0.5))];
        byte[] states = [.. Enumerable.Range(0, values.Length).Select(static i => (byte)(i % 7 == 0 ? 3 : 1))];
        float[] counted = [.. values.Where((_, i) => states[i] == 1)];
        for (var i = 0; i < values.Length; i++)
        {
            if (states[i] != 1)
            {
                values[i] = float.NaN;
            }
        }

        foreach (var threads in new[] { 1, 2, 5 })
        {
            double[] percents = [0, 20, 85, 100];
            Assert.Equal(counted.Length, Percentiles.Of(values, states, 1, percents, threads));
            Assert.Equal(new[] { Sorted(counted, 0), Sorted(counted, 20), Sorted(counted, 85), Sorted(counted, 100) }, percents);
        }
    }

    [Fact]
    public void Handle_zeros_of_both_signs_subnormals_and_the_largest()
    {
        float[] values = [float.MinValue, -0f, 0f, float.Epsilon, float.MaxValue];
        double[] percents = [0, 25, 50, 75, 100];
        Percentiles.Of(values, new byte[5], 0, percents, 1);
        Assert.Equal([float.MinValue, 0, 0, float.Epsilon, float.MaxValue], percents);
    }

    [Fact]
    public void Leave_the_percentages_alone_when_nothing_counts()
    {
        double[] percents = [20];
        Assert.Equal(0, Percentiles.Of([1f], [0], 1, percents, 1));
        Assert.Equal([20.0], percents);
    }

    private static double Sorted(float[] values, double percent)
    {
        float[] sorted = [.. values.Order()];
        var rank = percent / 100 * (sorted.Length - 1);
        int low = (int)rank, high = Math.Min(low + 1, sorted.Length - 1);
        return sorted[low] + ((rank - low) * ((double)sorted[high] - sorted[low]));
    }

    [Fact]
    public void Gives_the_value_of_every_rank()
    {
        float[] values = [.. Policies.Tables.Skewed(500).Select(static (v, i) => i % 3 == 0 ? -v : i % 7 == 0 ? 0.5f : v)];
        byte[] states = [.. values.Select(static (_, i) => (byte)(i % 5))];
        float[] sorted = [.. values.Where((_, i) => states[i] == 1).Order()];
        for (var rank = 0; rank < sorted.Length; rank++)
        {
            Assert.Equal(sorted[rank], Percentiles.AtRank(values, states, 1, rank, 1));
        }

        foreach (var rank in new[] { -1, sorted.Length })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => Percentiles.AtRank(values, states, 1, rank, 1));
        }
    }
}
