using Winnow.Plans;

namespace Winnow.Tests.Plans;

public class LossDenominatorTests
{
    private static readonly EpochPlan s_plan = EpochPlanTests.Make(weights: [.. Enumerable.Range(0, 64).Select(static i => 1f + (i % 4))]);

    private static double Loss(int id) => Math.Sin(id) + 2;

    [Theory]
    [InlineData(LossNormalization.Batch, null)]
    [InlineData(LossNormalization.Weights, null)]
    [InlineData(LossNormalization.Supplied, 321.0)]
    public void One_batch_of_64_equals_8_micro_batches_of_8(LossNormalization normalization, double? supplied)
    {
        var window = s_plan.All;
        var denominator = LossDenominator.Of(normalization, window, supplied);
        double Reduced(PlannedBatch part) => part.Ids.ToArray().Sum(id => s_plan.Weights[id] * Loss(id)) / denominator;
        var parts = Enumerable.Range(0, 8).Sum(i => Reduced(window.Slice(8 * i, 8)));
        Assert.Equal(Reduced(window), parts, 12);
        // Uneven parts too, which a mean of means gets wrong.
        Assert.Equal(Reduced(window), Reduced(window.Slice(0, 3)) + Reduced(window.Slice(3, 61)), 12);
    }

    [Fact]
    public void Is_the_count_the_sum_of_weights_or_what_is_supplied()
    {
        Assert.Equal(64, LossDenominator.Of(LossNormalization.Batch, s_plan.All));
        Assert.Equal(160, LossDenominator.Of(LossNormalization.Weights, s_plan.All));
        Assert.Equal(7.5, LossDenominator.Of(LossNormalization.Supplied, s_plan.All, 7.5));
    }

    [Fact]
    public void Refuses_what_makes_no_denominator()
    {
        foreach (var bad in new double?[] { null, 0, -1, double.NaN, double.PositiveInfinity })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => LossDenominator.Of(LossNormalization.Supplied, s_plan.All, bad));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => LossDenominator.Of(LossNormalization.Weights, s_plan.All, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => LossDenominator.Of(LossNormalization.Batch, s_plan.All.Slice(3, 0)));
        Assert.Throws<ArgumentOutOfRangeException>(() => LossDenominator.Of((LossNormalization)9, s_plan.All));
    }
}
