
namespace Winnow.Tests;

public class PrunerStatisticsTests
{
    [Fact]
    public void Are_empty_at_first()
    {
        var empty = PrunerTests.Make().Statistics;
        Assert.Equal((0, 0L, 0L, 0L, 0L, 0.0), (empty.Epochs, empty.Planned, empty.Observed, empty.Repeated, empty.NonFinite, empty.Saved));
        Assert.True(double.IsNaN(empty.MeanLoss) && double.IsNaN(empty.WeightedLoss) && double.IsNaN(empty.StoredLoss));
    }

    [Fact]
    public void Report_raw_weighted_and_stored_losses()
    {
        var pruner = PrunerTests.Make();
        pruner.Observe(pruner.Plan(0).All, PrunerTests.Losses(pruner.Plan(0).All));
        var all = Enumerable.Range(0, 100).Average(static i => (double)PrunerTests.Loss(i));
        Assert.Equal(all, pruner.Statistics.MeanLoss, 9);
        Assert.Equal(all, pruner.Statistics.WeightedLoss, 9);
        Assert.Equal(all, pruner.Statistics.StoredLoss, 9);

        // In a pruned epoch the raw mean over the visited is too high; the weighted one estimates the mean over all.
        var plan = pruner.Plan(1);
        float[] losses = [.. PrunerTests.Losses(plan.All).Select(static l => l + 1)];
        pruner.Observe(plan.All, losses);
        var weighted = plan.Order.ToArray().Select((id, i) => (double)plan.Weights[id] * losses[i]).Sum() / plan.WeightSum;
        Assert.Equal(losses.Average(static l => (double)l), pruner.Statistics.MeanLoss, 9);
        Assert.Equal(weighted, pruner.Statistics.WeightedLoss, 6);
        Assert.True(Math.Abs(weighted - (all + 1)) < 0.2 && pruner.Statistics.MeanLoss > all + 1.05);
        Assert.Equal(all + (plan.Count / 100.0), pruner.Statistics.StoredLoss, 6);
        Assert.Equal((2, 100L + plan.Count), (pruner.Statistics.Epochs, pruner.Statistics.Planned));
    }

    [Fact]
    public void Count_non_finite_losses_and_leave_them_out_of_the_means()
    {
        var pruner = PrunerTests.Make();
        var all = pruner.Plan(0).All;
        var losses = PrunerTests.Losses(all);
        (losses[3], losses[50]) = (float.NaN, float.NegativeInfinity);
        pruner.Observe(all, losses);
        var statistics = pruner.Statistics;
        Assert.Equal((2L, 100L), (statistics.NonFinite, statistics.Observed));
        var mean = losses.Where(float.IsFinite).Average(static l => (double)l);
        Assert.Equal(mean, statistics.MeanLoss, 9);
        Assert.Equal(mean, statistics.StoredLoss, 9);
        Assert.Equal(1f, pruner.Plan(1).Weights[all.Ids[3]]);
    }

    [Fact]
    public void Have_no_stored_loss_when_the_policy_keeps_none()
    {
        var pruner = PrunerTests.Make(spec: "random");
        var all = pruner.Plan(0).All;
        pruner.Observe(all, PrunerTests.Losses(all));
        Assert.True(double.IsNaN(pruner.Statistics.StoredLoss));
        Assert.False(double.IsNaN(pruner.Statistics.MeanLoss));
        Assert.Equal(0.5, pruner.Statistics.Saved, 12);
    }
}
