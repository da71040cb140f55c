using Winnow.Policies;

namespace Winnow.Tests.Policies;

/// <summary>The promise of InfoBatch: over the random draws, each sample's expected weight is 1.</summary>
public class UnbiasednessTests
{
    /// <summary>
    /// Checks it for groups of n below the mean and says where it fails. A plan has m of n with one weight w; since the draw is uniform
    /// (SubsetDrawTests), the expected weight is m·w/n, exactly, and every plan's weights sum to N.
    /// </summary>
    private static string? Bias(IPruningPolicy policy)
    {
        for (var n = 1; n <= 50; n++)
        {
            // n easy samples of loss 1 and one hard of loss 1000.
            var weights = Tables.Plan(policy, Tables.Seen(policy, [.. Enumerable.Repeat(1f, n), 1000f]));
            var expected = weights[..n].Sum(static w => (double)w) / n;
            if (Math.Abs(expected - 1) > 1e-6)
            {
                return $"n = {n}: expected weight {expected}";
            }
        }

        return null;
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.3)]
    [InlineData(0.01)]
    [InlineData(0.99)]
    [InlineData(1.0)]
    public void Exact_rule_is_unbiased_for_every_small_group(double keep) => Assert.Null(Bias(new InfoBatchPolicy { Keep = keep }));

    [Fact]
    public void Reference_rule_is_biased_and_this_suite_notices() => Assert.NotNull(Bias(new InfoBatchReferencePolicy { Keep = 0.5 }));

    [Theory]
    [InlineData("infobatch")]
    [InlineData("infobatch:keep=0.13")]
    [InlineData("infobatch-quantile")]
    [InlineData("infobatch-quantile:keep-low=0.1,keep-mid=0.9")]
    public void Every_samples_mean_weight_over_4000_plans_is_1(string spec)
    {
        var policy = PolicyCatalog.Parse(spec);
        var table = Tables.Seen(policy, Tables.Skewed(101));
        double[] sums = new double[101], squares = new double[101];
        var visits = new int[101];
        for (ulong seed = 0; seed < 4000; seed++)
        {
            var weights = Tables.Plan(policy, table, seed: seed);
            Assert.Equal(101, weights.Sum(static w => (double)w), 4);
            for (var i = 0; i < weights.Length; i++)
            {
                sums[i] += weights[i];
                squares[i] += weights[i] * weights[i];
                visits[i] += weights[i] > 0 ? 1 : 0;
            }
        }

        for (var i = 0; i < 101; i++)
        {
            Statistics.AssertMean(1, sums[i], squares[i], 4000, $"sample {i}");
        }
        // Within each group all members are visited equally often.
        foreach (var group in Enumerable.Range(0, 101).Where(i => visits[i] < 4000).GroupBy(i => Math.Round(squares[i] / sums[i], 3)))
        {
            Statistics.AssertUniform([.. group.Select(i => visits[i])], group.Count());
        }
    }

    [Fact]
    public void A_linear_models_expected_gradient_is_that_of_full_data()
    {
        // loss_i = (y_i - a·x_i)²: its gradient by a is a number a sample; the weighted sum's mean over plans is the full sum.
        IPruningPolicy policy = new InfoBatchPolicy();
        float[] xs = Tables.Skewed(200, 2), ys = Tables.Skewed(200, 3);
        double[] gradient = [.. xs.Select((x, i) => -2.0 * x * (ys[i] - (0.5 * x)))];
        var table = Tables.Seen(policy, [.. xs.Select((x, i) => (ys[i] - (0.5f * x)) * (ys[i] - (0.5f * x)))]);
        double sum = 0, squares = 0;
        for (ulong seed = 0; seed < 4000; seed++)
        {
            var weights = Tables.Plan(policy, table, seed: seed);
            var g = weights.Select((w, i) => w * gradient[i]).Sum();
            (sum, squares) = (sum + g, squares + (g * g));
        }

        Statistics.AssertMean(gradient.Sum(), sum, squares, 4000, "gradient");
    }
}
